# Pooled means and a regression after multiple imputation by mice (predictive mean matching), 80 imputations.
# Run from the project's root: Rscript tests/reference/make/missing_imputation.R
# Writes tests/reference/data/missing_likert.csv and tests/reference/values/missing_imputation.json.
suppressMessages({library(jsonlite); library(mice)})
RNGkind("Mersenne-Twister", "Inversion", "Rejection")
set.seed(20240704)
n <- 300
f1 <- rnorm(n); f2 <- 0.7 * f1 + 0.2 + rnorm(n, sd = 0.7)
item <- function(f) as.numeric(cut(0.8 * f + rnorm(n, sd = 0.6), c(-Inf, -1.2, -0.4, 0.3, 1.1, Inf)))
x <- data.frame(lapply(1:4, function(i) item(f1)), lapply(1:4, function(i) item(f2)))
names(x) <- c(paste0("before", 1:4), paste0("after", 1:4))
drop <- runif(n) < plogis(-1 - 0.7 * (rowMeans(x[, 1:4]) - 3))
x[drop, 5:8] <- NA
x[, 1:8][matrix(runif(8 * n) < 0.06, n)] <- NA
write.csv(x, "tests/reference/data/missing_likert.csv", row.names = FALSE, na = "")
describe <- function(method) {
  done <- mice(x, m = 80, maxit = 10, method = method, seed = 1, printFlag = FALSE)
  fits <- with(done, lm(I((after1 + after2 + after3 + after4) / 4) ~ I((before1 + before2 + before3 + before4) / 4)))
  one <- with(done, lm(I((after1 + after2 + after3 + after4 - before1 - before2 - before3 - before4) / 4) ~ 1))
  a <- pool(fits)$pooled; b <- pool(one)$pooled
  list(estimate = c(b$estimate, a$estimate), se = sqrt(c(b$t, a$t)), between = c(b$b, a$b), m = 80)
}
write_json(list(r = R.version.string, packages = list(mice = as.character(packageVersion("mice"))), pmm = describe("pmm")),
  "tests/reference/values/missing_imputation.json", auto_unbox = TRUE, digits = NA)
