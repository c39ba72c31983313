# Reference values of weighted logistic regression: stats::glm, sandwich.
# Run from the project's root: Rscript tests/reference/make/logit.R
suppressMessages({library(jsonlite); library(sandwich)})
set.seed(41)
make <- function(n, b, digits) { x <- round(matrix(rnorm(n * (length(b) - 1)), n), digits); colnames(x) <- paste0("X", seq_len(ncol(x)))
  data.frame(y = rbinom(n, 1, plogis(b[1] + x %*% b[-1])), x, w = round(rexp(n) + 0.2, 3)) }
sets <- list(plain = make(120, c(0.3, 0.8, -0.5), 3), rare = make(200, c(-3, 1.2, 0.4, 0), 3), binary = make(80, c(0.2, 1), 0),
             scaled = transform(make(150, c(-0.5, 0.7, 0.7), 3), X1 = 1000 + 50 * X1))
fit <- function(d, weighted) {
  x <- as.matrix(d[grep("^X", names(d))])
  m <- suppressWarnings(glm(d$y ~ x, family = binomial, weights = if (weighted) d$w else NULL, control = glm.control(epsilon = 1e-15, maxit = 100)))
  eta <- predict(m); e <- weights(m, "prior") * d$y - weights(m, "prior") * fitted(m)
  list(coefficients = unname(coef(m)), covariance = unname(vcov(m)), fitted = unname(fitted(m)), robust = unname(sandwich(m)),
       log_likelihood = sum(weights(m, "prior") * (d$y * plogis(eta, log.p = TRUE) + (1 - d$y) * plogis(-eta, log.p = TRUE))))
}
cases <- lapply(sets, function(d) list(y = d$y, x = unname(as.matrix(d[grep("^X", names(d))])), w = d$w, plain = fit(d, FALSE), weighted = fit(d, TRUE)))
write_json(list(r = R.version.string, packages = list(sandwich = as.character(packageVersion("sandwich"))), cases = cases), "tests/reference/values/logit.json", digits = NA, auto_unbox = TRUE)
