# Makes tests/reference/values/regression_wild.json: every sign vector, by refitting the model each time.
# Needs the data of regression_clusters.R. Run from the root of the project.
suppressPackageStartupMessages(library(jsonlite))
panel <- read.csv("tests/reference/data/regression_panel.csv")
few <- read.csv("tests/reference/data/regression_few.csv")

clustered_t <- function(X, w, y, cluster, c, r) {
  fit <- lm.wfit(X, y, w)
  M <- solve(crossprod(X * sqrt(w)))
  s <- rowsum(X * (w * fit$residuals), cluster)
  n <- nrow(X); G <- nrow(s)
  V <- M %*% crossprod(s) %*% M * G / (G - 1) * (n - 1) / (n - ncol(X))
  (sum(c * fit$coefficients) - r) / sqrt(sum(c * (V %*% c)))
}
everything <- function(formula, data, w, column, r) {
  X <- model.matrix(formula, data); y <- model.response(model.frame(formula, data)); cluster <- data$area
  c <- as.numeric(colnames(X) == column)
  t <- clustered_t(X, w, y, cluster, c, r)
  offset <- r * X[, column]
  keep <- X[, colnames(X) != column, drop = FALSE]
  restricted <- lm.wfit(keep, y - offset, w)
  fitted <- y - restricted$residuals
  G <- max(cluster)
  signs <- as.matrix(expand.grid(rep(list(c(-1, 1)), G)))
  draws <- apply(signs, 1, function(v) clustered_t(X, w, fitted + restricted$residuals * v[cluster], cluster, c, r))
  near <- function(a, b) abs(a - b) < 1e-8 * abs(b)
  larger <- abs(draws) > abs(t) & !near(abs(draws), abs(t)); tied <- near(abs(draws), abs(t))
  above <- draws > t | near(draws, t); below <- draws < t | near(draws, t)
  list(null = r, t = t, p_strict = mean(larger), p = mean(larger | tied),
       p_equal_tailed = min(1, 2 * min(mean(above), mean(below))))
}
panel_formula <- y ~ wave * treated + age
cases <- list(
  panel = lapply(c(0, 0.3), function(r) everything(panel_formula, panel, rep(1, nrow(panel)), "wave:treated", r)),
  panel_weighted = lapply(c(0, -0.4), function(r) everything(panel_formula, panel, panel$w, "wave:treated", r)),
  few = lapply(c(0, 1), function(r) everything(y ~ treated + x, few, rep(1, nrow(few)), "x", r)),
  few_weighted = lapply(c(0, 0.5), function(r) everything(y ~ treated + x, few, few$w, "treated", r)))
write_json(list(r = R.version.string, packages = list(stats = as.character(packageVersion("stats"))), cases = cases),
           "tests/reference/values/regression_wild.json", digits = NA, auto_unbox = TRUE)
