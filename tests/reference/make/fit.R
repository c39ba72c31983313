# Reference values of one-factor fit (lavaan) and of absolute agreement (psych).
# Run from the project's root: Rscript tests/reference/make/fit.R
# Reads tests/reference/data/reliability_*.csv and change.csv; writes tests/reference/values/fit.json.
suppressMessages({library(jsonlite); library(psych); library(lavaan)})
root <- "tests/reference"
measures <- c("chisq", "df", "pvalue", "cfi", "tli", "rmsea", "rmsea.ci.lower", "rmsea.ci.upper", "srmr")
fits <- list()
for (name in c("continuous", "skewed", "small", "two_factors")) {
  x <- read.csv(file.path(root, sprintf("data/reliability_%s.csv", name)))
  fit <- cfa(paste("f =~", paste(names(x), collapse = " + ")), x, std.lv = TRUE,
             optim.method = "BFGS", control = list(reltol = 1e-16, maxit = 10000))
  fits[[name]] <- c(as.list(unclass(fitMeasures(fit, measures))), n = nrow(x))
}
changes <- read.csv(file.path(root, "data/change.csv"))
agreements <- list()
for (name in unique(changes$case)) {
  pairs <- changes[changes$case == name, c("before", "after")]
  if (nrow(pairs) < 5) next
  found <- suppressWarnings(ICC(pairs, lmer = FALSE))$results
  row <- found[found$type == "ICC2", ]
  agreements[[name]] <- list(icc = row$ICC, low = row$`lower bound`, high = row$`upper bound`, n = nrow(pairs))
}
out <- list(r = as.character(getRversion()), packages = list(lavaan = as.character(packageVersion("lavaan")),
            psych = as.character(packageVersion("psych"))), fits = fits, agreements = agreements)
write_json(out, file.path(root, "values/fit.json"), auto_unbox = TRUE, digits = 15, pretty = TRUE, na = "null")
