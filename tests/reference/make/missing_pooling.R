# Rubin's rules by mice::pool.scalar, mice::pool and mitml's D1, on given estimates.
# Run from the project's root: Rscript tests/reference/make/missing_pooling.R
# Writes tests/reference/values/missing_pooling.json.
suppressMessages({library(jsonlite); library(mice); library(mitml)})
RNGkind("Mersenne-Twister", "Inversion", "Rejection")
set.seed(20240703)
number <- function(x) as.numeric(unname(x))
scalar <- list(); vector <- list()
for (set in list(c(m = 5, sd = 0.3, n = 40), c(m = 20, sd = 1.5, n = 300), c(m = 2, sd = 0.05, n = 25), c(m = 40, sd = 0.2, n = Inf))) {
  q <- round(rnorm(set["m"], 1.1, set["sd"]), 5); u <- round(runif(set["m"], 0.1, 0.2), 5)
  r <- pool.scalar(q, u, n = set["n"], k = 3)
  scalar[[length(scalar) + 1]] <- list(q = q, u = u, df_complete = if (is.finite(set["n"])) unname(set["n"] - 3) else NA, estimate = r$qbar, within = r$ubar,
    between = r$b, total = r$t, r = r$r, df = r$df, fmi = r$fmi, lambda = (1 + 1 / unname(set["m"])) * r$b / r$t)
}
for (set in list(c(m = 5, k = 3, df = NA), c(m = 10, k = 4, df = 60), c(m = 3, k = 2, df = NA), c(m = 20, k = 2, df = 25))) {
  k <- set["k"]; m <- set["m"]
  q <- matrix(round(rnorm(m * k, 0.4, 0.2), 5), m)
  u <- lapply(seq_len(m), function(i) { a <- matrix(rnorm(k * (k + 4)), k); round(a %*% t(a) / 80, 6) })
  names <- paste0("b", seq_len(k))
  qhat <- t(q); rownames(qhat) <- names
  uhat <- array(unlist(u), c(k, k, m))
  r <- testConstraints(qhat = qhat, uhat = uhat, constraints = names, method = "D1", df.com = if (is.na(set["df"])) NULL else unname(set["df"]))$test
  vector[[length(vector) + 1]] <- list(q = q, u = u, df_complete = unname(set["df"]), f = number(r[1, 1]), df1 = number(r[1, 2]), df2 = number(r[1, 3]), p = number(r[1, 4]), riv = number(r[1, 5]))
}
fits <- with(mice(nhanes, m = 5, seed = 1, printFlag = FALSE), lm(chl ~ age + bmi))
empty <- lapply(fits$analyses, function(f) update(f, . ~ 1, data = f$model))
joint <- lapply(list(NULL, 22), function(df) { t <- testModels(fits$analyses, empty, method = "D1", df.com = df)$test
  list(df_complete = if (is.null(df)) NA else df, f = number(t[1, 1]), df1 = number(t[1, 2]), df2 = number(t[1, 3]), p = number(t[1, 4]), riv = number(t[1, 5])) })
models <- list(q = t(sapply(fits$analyses, function(f) number(coef(f)[-1]))), u = lapply(fits$analyses, function(f) unname(vcov(f)[-1, -1])), tests = joint)
s <- summary(pool(fits), conf.int = TRUE); p <- pool(fits)$pooled
lm_case <- list(q = t(sapply(fits$analyses, function(f) number(coef(f)))), u = t(sapply(fits$analyses, function(f) number(diag(vcov(f))))),
  df_complete = p$dfcom[1], estimate = s$estimate, se = s$std.error, statistic = s$statistic, df = s$df, p = s$p.value, low = s[["2.5 %"]], high = s[["97.5 %"]],
  lambda = p$lambda, fmi = p$fmi, riv = p$riv)
write_json(list(r = R.version.string, packages = list(mice = as.character(packageVersion("mice")), mitml = as.character(packageVersion("mitml"))),
  scalar = scalar, vector = vector, lm = lm_case, models = models), "tests/reference/values/missing_pooling.json", auto_unbox = TRUE, digits = NA, na = "null")
