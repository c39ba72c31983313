# Reference values of the verbs of estimates: groups crossed, quantiles by group and under replicate weights, shares by group,
# contrasts with their Wald test, an analyst's own number, and replicates that are raked and calibrated again.
# Run from the project's root: Rscript tests/reference/make/survey_estimates.R
# Reads tests/reference/data/survey_{schools,pairs}.csv; writes tests/reference/values/survey_estimates.json.
suppressMessages({ library(jsonlite); library(survey) })
d <- read.csv("tests/reference/data/survey_schools.csv")
p <- read.csv("tests/reference/data/survey_pairs.csv")
told <- function(e) list(estimate = unname(coef(e)), covariance = unname(as.matrix(vcov(e))))
full <- svydesign(~cluster, strata = ~stratum, weights = ~w, data = d)
d$half <- ifelse(d$y > 640, "high", "low")
crossed <- svydesign(~cluster, strata = ~stratum, weights = ~w, data = d)
by <- svyby(~y, ~half + b, crossed, svymean, covmat = TRUE)
by <- by[order(by$half, by$b), ]
shares <- svyby(~factor(a), ~b, full, svymean, covmat = TRUE)
quantiles <- lapply(1:2, function(k) unname(svyquantile(~y, subset(full, b == k), .5, ci = TRUE)[[1]][1, ]))
b3 <- svyby(~y, ~a, full, svymean, covmat = TRUE)
differences <- svycontrast(b3, list(c(-1, 1, 0), c(-1, 0, 1)))
pairs <- svydesign(~cluster, strata = ~stratum, weights = ~w, data = p)
jkn <- as.svrepdesign(pairs, type = "JKn", mse = TRUE)
fay <- as.svrepdesign(pairs, type = "Fay", fay.rho = .3, mse = TRUE)
brr <- as.svrepdesign(pairs, type = "BRR", mse = TRUE)
quantiled <- function(r) unname(lapply(c(.25, .5), function(k) unname(svyquantile(~y, r, k, ci = TRUE)[[1]][1, ])))
own <- function(r) { e <- withReplicates(r, function(w, data) sum(w * data$y^2) / sum(w * data$z)^2 * sum(w)); list(estimate = c(e), std_error = c(SE(e))) }
known <- list(a = data.frame(a = 1:3, Freq = c(330, 250, 120)), b = data.frame(b = 1:2, Freq = c(300, 400)))
uneven <- as.svrepdesign(full, type = "JKn", mse = TRUE)
raked <- rake(uneven, list(~a, ~b), known, control = list(maxit = 500, epsilon = 1e-12))
calibrated <- calibrate(uneven, ~factor(a) + x, c(`(Intercept)` = 700, `factor(a)2` = 250, `factor(a)3` = 120, x = 4400), calfun = "raking", epsilon = 1e-12, maxit = 500)
one <- function(r) list(mean = told(svymean(~y + z, r)), share = told(svymean(~factor(a), r)), domain = told(svymean(~y, subset(r, g == 1))))
packages <- sapply(c("survey", "jsonlite"), function(name) as.character(packageVersion(name)), simplify = FALSE)
write_json(list(r = R.version.string, packages = packages,
  by = list(estimate = unname(coef(by)), std_error = unname(c(SE(by)))),
  shares = told(shares), quantile_by = quantiles, contrasts = told(differences), df = degf(full),
  replicated_quantiles = list(jkn = quantiled(jkn), fay = quantiled(fay), brr = quantiled(brr)),
  own = list(jkn = own(jkn), fay = own(fay)), raked = one(raked), calibrated = one(calibrated)),
  "tests/reference/values/survey_estimates.json", auto_unbox = TRUE, digits = NA, na = "null")
