# Reference values of reliability: alpha, its intervals, omega, item statistics.
# Run from the project's root: Rscript tests/reference/make/reliability.R
# Writes tests/reference/data/reliability_*.csv and tests/reference/values/reliability.json.
suppressMessages({library(jsonlite); library(psych); library(lavaan); library(boot)})

root <- "tests/reference"
number <- function(x) as.numeric(unname(x))

# Data: one factor unless said otherwise.
set.seed(20251)
one_factor <- function(n, loadings) outer(rnorm(n), loadings) + matrix(rnorm(n * length(loadings)), n)
cut5 <- function(x, at) matrix(findInterval(x, at) + 1, nrow(x))
named <- function(x) setNames(as.data.frame(x), paste0("q", seq_len(ncol(x))))
cases <- list(
  continuous = named(round(one_factor(150, c(0.6, 0.9, 1.2, 0.8)) %*% diag(c(1, 1.5, 0.7, 2)), 6)),
  skewed = named(cut5(one_factor(300, seq(0.5, 1.3, length.out = 6)), c(0.3, 1, 1.6, 2.2))),
  small = named(cut5(one_factor(25, rep(0.9, 5)), c(-1, -0.3, 0.3, 1))),
  two_factors = named(cut5(cbind(one_factor(400, rep(1, 6)), one_factor(400, rep(0.8, 6))) + rnorm(400) * 0.6, c(-1.5, -0.5, 0.5, 1.5)))
)
turned <- cases$skewed; turned$q2 <- 6 - turned$q2
cases$one_turned <- turned
holes <- cases$skewed[1:200, 1:5]
holes[matrix(runif(1000) < 0.1, 200)] <- NA
cases$holes <- holes
for (name in names(cases)) write.csv(cases[[name]], file.path(root, sprintf("data/reliability_%s.csv", name)), row.names = FALSE, na = "")

# The distribution-free standard error, step by step: covariance matrix of the products of deviations, numeric gradient.
adf_se <- function(x, coefficient) {
  x <- as.matrix(x); n <- nrow(x); k <- ncol(x)
  below <- lower.tri(diag(k), diag = TRUE)
  rebuild <- function(v) { S <- matrix(0, k, k); S[below] <- v; S + t(S) - diag(diag(S), k) }
  d <- scale(x, scale = FALSE)
  products <- t(apply(d, 1, function(row) outer(row, row)[below]))
  s <- cov(x)[below]
  gradient <- vapply(seq_along(s), function(j) {
    h <- 1e-4 * sqrt(diag(cov(x))[row(below)[below][j]] * diag(cov(x))[col(below)[below][j]])
    at <- function(m) { v <- s; v[j] <- v[j] + m * h; coefficient(rebuild(v)) }
    (8 * (at(1) - at(-1)) - (at(2) - at(-2))) / (12 * h)
  }, 0)
  sqrt(drop(gradient %*% cov(products) %*% gradient) / n)
}
alpha_of <- function(S) nrow(S) / (nrow(S) - 1) * (1 - sum(diag(S)) / sum(S))
std_of <- function(S) alpha_of(cov2cor(S))
sem_of <- function(S) sqrt(sum(S) * (1 - alpha_of(S))) / nrow(S)

one_factor_model <- function(x) {
  items <- names(x); k <- length(items)
  model <- paste(c(
    paste("f =~", paste0("l", 1:k, "*", items, collapse = " + ")),
    paste0(items, " ~~ e", 1:k, "*", items),
    sprintf("omega := (%s)^2 / ((%s)^2 + %s)", paste0("l", 1:k, collapse = "+"), paste0("l", 1:k, collapse = "+"), paste0("e", 1:k, collapse = "+"))
  ), collapse = "\n")
  fitted <- function(estimator) {
    fit <- cfa(model, x, std.lv = TRUE, estimator = estimator, optim.method = "BFGS", control = list(reltol = 1e-16, maxit = 10000))
    parameterEstimates(fit)
  }
  robust <- fitted("MLM"); normal <- fitted("ML")
  omega <- function(p) p[p$label == "omega", ]
  lambda <- robust$est[robust$op == "=~"]
  list(
    loadings = lambda * ifelse(sum(lambda) < 0, -1, 1),
    uniquenesses = robust$est[match(paste0("e", 1:k), robust$label)], omega = omega(robust)$est,
    robust_se = omega(robust)$se, robust_ci = c(omega(robust)$ci.lower, omega(robust)$ci.upper),
    normal_se = omega(normal)$se, normal_ci = c(omega(normal)$ci.lower, omega(normal)$ci.upper)
  )
}

describe <- function(x) {
  a <- suppressWarnings(psych::alpha(x, check.keys = FALSE, warnings = FALSE))
  complete <- na.omit(x)
  listwise <- suppressWarnings(psych::alpha(complete, check.keys = FALSE, warnings = FALSE))
  feldt <- alpha.ci(listwise$total$raw_alpha, nrow(complete), ncol(x))
  list(
    n = nrow(complete), k = ncol(x),
    alpha = listwise$total$raw_alpha, alpha_standardized = listwise$total$std.alpha,
    feldt = c(feldt$lower.ci, feldt$upper.ci),
    pairwise_alpha = a$total$raw_alpha, pairwise_standardized = a$total$std.alpha,
    item_total = number(listwise$item.stats$r.drop), alpha_if_dropped = number(listwise$alpha.drop$raw_alpha),
    mean = number(colMeans(complete)), sd = number(sapply(complete, sd)),
    sem = sd(rowMeans(complete)) * sqrt(1 - listwise$total$raw_alpha),
    adf_se = list(alpha = adf_se(complete, alpha_of), alpha_standardized = adf_se(complete, std_of), sem = adf_se(complete, sem_of)),
    factor = one_factor_model(complete)
  )
}
values <- lapply(cases, describe)

# Bootstrap, BCa, with many draws; the acceleration from the empirical influence.
bca <- function(x, coefficient, draws = 20000) {
  done <- boot(as.matrix(x), function(d, i) coefficient(cov(d[i, ])), draws)
  L <- empinf(data = as.matrix(x), statistic = function(d, i) coefficient(cov(d[i, ])), type = "jack", stype = "i")
  list(se = sd(done$t), ci = number(boot.ci(done, type = "bca", L = L)$bca[4:5]))
}
set.seed(7)
values$skewed$bootstrap <- list(alpha = bca(cases$skewed, alpha_of), sem = bca(cases$skewed, sem_of))

version <- function(name) as.character(packageVersion(name))
write_json(list(
  r = as.character(getRversion()),
  packages = list(psych = version("psych"), lavaan = version("lavaan"), boot = version("boot")),
  cases = values
), file.path(root, "values/reliability.json"), auto_unbox = TRUE, digits = NA, pretty = TRUE, na = "null")
