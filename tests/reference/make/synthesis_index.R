# The inverse-covariance-weighted index and second-order errors of partial pooling by naive loops in base R.
# Run from the project's root: Rscript tests/reference/make/synthesis_index.R (after synthesis_effects.R)
# Writes tests/reference/data/synthesis_index.csv and tests/reference/values/synthesis_index.json.
suppressMessages(library(jsonlite))
RNGkind("Mersenne-Twister", "Inversion", "Rejection")
set.seed(20240702)
root <- "tests/reference"
n <- 150
f <- rnorm(n)
x <- round(cbind(a = 50 + 10 * (f + rnorm(n)), b = 3 + 0.8 * (f + rnorm(n)), c = 0.5 * f + rnorm(n), d = rnorm(n, 7, 2)), 3)
x[matrix(runif(4 * n) < 0.08, n)] <- NA
base <- rep(c(TRUE, FALSE), c(90, 60))
write.csv(data.frame(x, base = as.integer(base)), file.path(root, "data", "synthesis_index.csv"), row.names = FALSE, na = "")
index <- function(x, base) {
  mu <- apply(x[base, ], 2, mean, na.rm = TRUE); s <- apply(x[base, ], 2, sd, na.rm = TRUE)
  z <- sweep(sweep(x, 2, mu), 2, s, "/")
  R <- cov(z[base, ], use = "pairwise.complete.obs")
  w <- rowSums(solve(R)) / sum(solve(R))
  raw <- sapply(seq_len(nrow(z)), function(i) { ok <- !is.na(z[i, ]); if (any(ok)) sum(w[ok] * z[i, ok]) / sum(w[ok]) else NA })
  list(weights = unname(w), index = (raw - mean(raw[base], na.rm = TRUE)) / sd(raw[base], na.rm = TRUE))
}
full <- x[complete.cases(x), ]; full_base <- base[complete.cases(x)]
# Partial pooling with tau integrated out, by one-dimensional quadrature ------------------------------------------------
pooled <- function(y, se) {
  v <- se^2
  moments <- function(t) { w <- 1 / (v + t^2); b <- sum(w * y) / sum(w); B <- v * w
    list(ll = 0.5 * (sum(log(w)) - log(sum(w)) - sum(w * (y - b)^2)), mean = B * b + (1 - B) * y, var = B * t^2 + B^2 / sum(w), b = b, vb = 1 / sum(w)) }
  top <- optimize(function(t) moments(t)$ll, c(0, 20), maximum = TRUE)$objective
  area <- function(g) { parts <- c(0, 0.25, 0.5, 1, 2, 4, 8, 16, 64, 400, Inf)
    sum(sapply(seq_len(length(parts) - 1), function(i) integrate(Vectorize(function(t) { m <- moments(t); exp(m$ll - top) * g(m, t) }), parts[i], parts[i + 1], rel.tol = 1e-10, subdivisions = 1000)$value)) }
  total <- area(function(m, t) 1)
  mean <- sapply(seq_along(y), function(i) area(function(m, t) m$mean[i])) / total
  second <- sapply(seq_along(y), function(i) area(function(m, t) m$var[i] + m$mean[i]^2)) / total
  list(mean = mean, sd = sqrt(second - mean^2), new = area(function(m, t) m$b) / total)
}
sets <- c("bcg", "many", "alike")
shrunk <- lapply(setNames(sets, sets), function(s) { d <- read.csv(file.path(root, "data", paste0("synthesis_", s, ".csv"))); pooled(d$y, d$se) })
write_json(list(r = R.version.string, packages = list(base = "base"), holes = index(x, base), complete = index(full, full_base), pooled = shrunk),
           file.path(root, "values", "synthesis_index.json"), auto_unbox = TRUE, digits = NA, na = "null")
