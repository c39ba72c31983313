# Times measurement invariance with semTools + lavaan on a CSV, inside one R session. Called by bench_invariance.py with:
# file model kind. Prints lines "step,chi-square,difference,seconds": all models, then all difference tests.
suppressMessages({ library(lavaan); library(semTools) })
given <- commandArgs(TRUE)
x <- read.csv(given[1]); model <- gsub(";", "\n", given[2]); ordinal <- given[3] == "ordinal"
items <- setdiff(names(x), "g")
quiet <- function(call) suppressMessages(suppressWarnings(call))
clock <- function() proc.time()[["elapsed"]]
steps <- list(configural = character(), thresholds = "thresholds", loadings = "loadings", intercepts = "intercepts", residuals = "residuals")
if (!ordinal) steps <- steps[-2]
equal <- character(); before <- NULL
for (name in names(steps)) {
  start <- clock(); equal <- c(equal, steps[[name]])
  ask <- list(configural.model = model, data = x, group = "g", group.equal = equal, ID.fac = "std.lv", return.fit = TRUE)
  ask <- c(ask, if (ordinal) list(ordered = items, parameterization = "theta", ID.cat = "Wu.Estabrook.2016", estimator = "WLSMV") else list(estimator = "MLR"))
  fit <- quiet(do.call(measEq.syntax, ask))
  difference <- if (is.null(before)) 0 else quiet(lavTestLRT(before, fit))[2, "Chisq diff"]
  cat(sprintf("%s,%.17g,%.17g,%.3f\n", name, fitMeasures(fit, "chisq.scaled"), difference, clock() - start))
  before <- fit
}
