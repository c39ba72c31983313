# Reference values of the proportional-odds model: ordinal::clm, and MASS::polr or (two answers) stats::glm.
# Run from the project's root: Rscript tests/reference/make/ordinal_regression.R
# Writes tests/reference/data/ordinal_regression_*.csv and tests/reference/values/ordinal_regression.json.
suppressMessages({ library(jsonlite); library(ordinal); library(MASS) })

made <- function(n, cuts, slopes) {
  x <- data.frame(s = round(rnorm(n), 4), g = rep_len(c(0, 1, 0), n), h = round(runif(n), 4))
  eta <- as.matrix(x) %*% slopes
  x$y <- findInterval(eta + rlogis(n), cuts)
  x$w <- rep_len(c(1, 2, .5, 1.5), n)
  x
}
fitted_by <- function(f, x, weights = NULL) {
  x$y <- factor(x$y, ordered = TRUE)
  if (!is.null(weights)) x$wt <- weights else x$wt <- 1
  control <- clm.control(gradTol = 1e-12, maxIter = 200)
  fit <- clm(f, data = x, weights = wt, control = control)
  other <- if (nlevels(x$y) == 2) suppressWarnings(glm(f, binomial, x, weights = wt, epsilon = 1e-14))
           else polr(f, data = x, weights = wt, Hess = TRUE, control = list(reltol = 1e-15))
  list(alpha = unname(fit$alpha), beta = unname(fit$beta), std_errors = unname(sqrt(diag(vcov(fit)))),
       log_likelihood = as.numeric(logLik(fit)), other_log_likelihood = if (nlevels(x$y) == 2) -deviance(other) / 2 else as.numeric(logLik(other)))
}
set.seed(31)
plans <- list(two = list(n = 250, cuts = .3, slopes = c(1.2, .6, -.5)), five = list(n = 400, cuts = c(-2, -.5, .4, 1.8), slopes = c(.8, 0, 1)),
              seven = list(n = 600, cuts = c(-3.5, -2.5, -1, 0, .3, 2.5), slopes = c(2, -.7, .3)))
cases <- list()
for (name in names(plans)) {
  x <- do.call(made, plans[[name]])
  write.csv(x, sprintf("tests/reference/data/ordinal_regression_%s.csv", name), row.names = FALSE)
  cases[[name]] <- list(plain = fitted_by(y ~ s + g + h, x), weighted = fitted_by(y ~ s + g + h, x, x$w),
                        interaction = fitted_by(y ~ s * g, x), one = fitted_by(y ~ s, x))
}
packages <- sapply(c("ordinal", "MASS", "jsonlite"), function(p) as.character(packageVersion(p)), simplify = FALSE)
write_json(list(r = R.version.string, packages = packages, cases = cases), "tests/reference/values/ordinal_regression.json",
           auto_unbox = TRUE, digits = NA)
