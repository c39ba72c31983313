# Response propensity by glm, weights, standardised differences, the stacked sandwich by numerical derivatives, AUC by pairs.
# Run from the project's root: Rscript tests/reference/make/missing_attrition.R (after missing_bounds.R)
# Writes tests/reference/values/missing_attrition.json.
suppressMessages({library(jsonlite); library(numDeriv)})
root <- "tests/reference"
x <- read.csv(file.path(root, "data", "missing_arms.csv"))
seen <- !is.na(x$after); n <- nrow(x)
Z <- cbind(1, before = x$before, cell = x$cell)
base <- 1 + (seq_len(n) %% 4) / 4
group <- rep(seq_len(42), each = 10)
describe <- function(base, trim) {
  b <- coef(suppressWarnings(glm(seen ~ Z - 1, family = binomial, weights = base / mean(base), control = list(epsilon = 1e-14, maxit = 100))))
  p <- plogis(drop(Z %*% b)); share <- sum(base * seen) / sum(base)
  f <- share / p; lim <- if (trim > 0) quantile(f[seen], c(trim, 1 - trim)) else c(0, Inf)
  w <- ifelse(seen, pmin(pmax(f, lim[1]), lim[2]) * base, 0); w <- w * sum(base[seen]) / sum(w)
  y <- ifelse(seen, x$after - x$before, 0); mu <- sum(w * y) / sum(w)
  # stacked equations: the model's score, and the weighted mean's; derivative by numDeriv
  cut <- f < lim[1] | f > lim[2]
  row <- function(theta) { q <- plogis(drop(Z %*% theta[1:3])); k <- ifelse(cut, pmin(pmax(f, lim[1]), lim[2]), share / q)
    cbind(base / mean(base) * (seen - q) * Z, ifelse(seen, k * base * (y - theta[4]), 0)) }
  A <- jacobian(function(t) colSums(row(t)), c(b, mu)); IF <- -row(c(b, mu)) %*% t(solve(A))
  m <- sum(seen); G <- rowsum(IF, group)
  out <- sapply(1:2, function(j) { c <- Z[, j + 1]; wm <- function(v, u) sum(u * v) / sum(u)
    wv <- function(v, u) { s <- u / sum(u); k <- 1 / sum(s^2); sum(s * (v - wm(v, u))^2) * k / (k - 1) }
    c((wm(c, base * seen) - wm(c, base * !seen)) / sqrt((wv(c, base * seen) + wv(c, base * !seen)) / 2), (wm(c, w) - wm(c, base)) / sqrt(wv(c, base))) })
  pairs <- outer(p[seen], p[!seen], ">") + outer(p[seen], p[!seen], "==") / 2
  list(b = unname(b), weights = w[seen][1:20], mean = mu, se = sqrt(sum(IF[, 4]^2) * m / (m - 1)), cluster_se = sqrt(sum(G[, 4]^2) * 42 / 41),
       fixed_se = sqrt(sum((w * (y - mu) / sum(w))^2) * m / (m - 1)), smd = out[1, ], left = out[2, ],
       auc = sum(pairs * outer(base[seen], base[!seen])) / (sum(base[seen]) * sum(base[!seen])), effective = sum(w)^2 / sum(w^2))
}
write_json(list(r = R.version.string, packages = list(numDeriv = as.character(packageVersion("numDeriv"))),
  cases = list(plain = describe(rep(1, n), 0), trimmed = describe(rep(1, n), 0.05), weighted = describe(base, 0.02))),
  file.path(root, "values", "missing_attrition.json"), auto_unbox = TRUE, digits = NA)
