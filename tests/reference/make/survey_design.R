# Reference values of design-based estimates: survey's svymean, svytotal, svyratio, svyby, svyquantile, svyciprop, svycontrast,
# postStratify, rake, calibrate, lonely PSUs, and replicate weights by as.svrepdesign.
# Run from the project's root: Rscript tests/reference/make/survey_design.R
# Writes tests/reference/data/survey_{schools,pairs,lonely}.csv and tests/reference/values/survey_design.json.
suppressMessages({ library(jsonlite); library(survey) })
options(survey.lonely.psu = "fail")

# Schools in clusters of four strata, as the api data: unequal weights, gaps, a rare domain.
schools <- function() {
  set.seed(41)
  clusters <- c(3, 6, 4, 8)
  d <- do.call(rbind, lapply(1:4, function(h) do.call(rbind, lapply(seq_len(clusters[h]), function(i) {
    k <- sample(3:9, 1)
    data.frame(stratum = h, cluster = 10 * h + i, population = c(9, 20, 30, 24)[h], w = round(runif(k, 1, 9) * (1 + h / 3), 3),
               y = round(600 + 12 * h + rnorm(1, 0, 25) + rnorm(k, 0, 60), 2))
  }))))
  n <- nrow(d)
  d$people <- rep(c(60, 90, 130, 150), table(d$stratum))
  d$x <- round(rnorm(n, 3) + d$y / 200, 3)
  d$z <- round(rgamma(n, 4) + d$y / 100, 3)
  d$a <- sample(1:3, n, TRUE, c(.5, .3, .2))
  d$b <- rep_len(c(1, 2, 2, 1, 2), n)
  d$g <- sample(1:3, n, TRUE, c(.6, .3, .1))
  d$g[d$stratum == 1 & d$g == 3] <- 1
  d$gap <- ifelse(runif(n) < .2, NA, d$y)
  d$w0 <- ifelse(runif(n) < .15, 0, d$w)
  d$yes <- as.numeric(d$y + 30 * d$b > 680)
  d$points <- round(d$y / 40)
  d
}
d <- schools()
write.csv(d, "tests/reference/data/survey_schools.csv", row.names = FALSE)
both <- svydesign(~cluster, strata = ~stratum, weights = ~w, data = d)
finite <- svydesign(~cluster, strata = ~stratum, weights = ~w, fpc = ~population, data = d)
known_a <- data.frame(a = 1:3, Freq = c(330, 250, 120))
known_b <- data.frame(b = 1:2, Freq = c(300, 400))
totals <- c(`(Intercept)` = 700, `factor(a)2` = 250, `factor(a)3` = 120, x = 4400)
calibrated <- function(fun, bounds) calibrate(both, ~factor(a) + x, totals, calfun = fun, bounds = bounds, epsilon = 1e-13, maxit = 500)
designs <- list(
  one_stage = svydesign(~1, weights = ~w, data = d),
  strata = svydesign(~1, strata = ~stratum, weights = ~w, data = d),
  strata_finite = svydesign(~1, strata = ~stratum, weights = ~w, fpc = ~people, data = d),
  clusters = svydesign(~cluster, weights = ~w, data = d),
  both = both, finite = finite,
  zero_weights = svydesign(~cluster, strata = ~stratum, weights = ~w0, fpc = ~population, data = d),
  post_stratified = postStratify(finite, ~a, known_a),
  raked = rake(finite, list(~a, ~b), list(known_a, known_b), control = list(maxit = 500, epsilon = 1e-13)),
  linear = calibrated("linear", c(-Inf, Inf)), raking = calibrated("raking", c(-Inf, Inf)), logit = calibrated("logit", c(.2, 4)))

told <- function(e) list(estimate = unname(coef(e)), covariance = unname(as.matrix(vcov(e))))
# svyby(covmat = TRUE) fails when some weights are zero: then the standard errors alone.
by_domain <- function(...) tryCatch(svyby(..., covmat = TRUE), error = function(e) svyby(...))
told_by <- function(e) if (is.null(attr(e, "var"))) list(estimate = unname(coef(e)), std_error = unname(c(SE(e)))) else told(e)
asked <- c(.05, .25, .5, .9)
quantiled <- function(des, f) unname(lapply(1:4, function(k) unname(unlist(svyquantile(f, des, asked[k], ci = TRUE)[[1]][1, 1:4]))))
taken <- function(des) {
  domain <- by_domain(~y, ~g, des, svymean)
  one <- subset(des, g == 2)
  deffs <- function(e) unname(c(deff(e)))
  list(weights = unname(weights(des)), df = degf(des), df_domains = sapply(1:3, function(k) degf(subset(des, g == k))),
       mean = told(svymean(~y + x, des)), total = told(svytotal(~y + x, des)), ratio = told(svyratio(~y, ~z, des)),
       share = told(svymean(~factor(a), des)), gap = told(svymean(~gap, des, na.rm = TRUE)), domain = told_by(domain),
       domain_total = told_by(by_domain(~y, ~g, des, svytotal)), difference = if (!is.null(attr(domain, "var"))) told(svycontrast(domain, list(c(-1, 1, 0), c(0, -1, 1)))),
       domain_ratio = told_by(by_domain(~y, ~g, denominator = ~z, des, svyratio)),
       deff = deffs(svymean(~y, des, deff = TRUE)), deff_replace = deffs(svymean(~y, des, deff = "replace")),
       deff_total = deffs(svytotal(~y, des, deff = TRUE)), deff_domain = deffs(svymean(~y, one, deff = TRUE)),
       quantile = quantiled(des, ~y), quantile_points = quantiled(des, ~points), quantile_domain = quantiled(one, ~y),
       logit = unname(c(attr(svyciprop(~yes, des, method = "logit"), "ci"))),
       beta = unname(c(attr(svyciprop(~yes, des, method = "beta"), "ci"))))
}
cases <- lapply(designs, taken)

# Strata with one cluster, one of them the only one there is.
set.seed(42)
l <- data.frame(stratum = c(1, 1, 1, 1, 2, 2, 2, 3, 3, 4, 4, 4), cluster = c(1, 1, 2, 3, 4, 4, 5, 6, 6, 7, 7, 7),
                population = c(8, 8, 8, 8, 6, 6, 6, 5, 5, 1, 1, 1), w = round(runif(12, 1, 6), 3), y = round(rnorm(12, 10, 4), 3), g = rep(1:2, 6))
write.csv(l, "tests/reference/data/survey_lonely.csv", row.names = FALSE)
lonely <- list()
for (rule in c("certainty", "adjust", "average")) {
  options(survey.lonely.psu = rule)
  lonely[[rule]] <- lapply(list(endless = svydesign(~cluster, strata = ~stratum, weights = ~w, data = l),
    finite = svydesign(~cluster, strata = ~stratum, weights = ~w, fpc = ~population, data = l)), function(des)
    list(mean = told(svymean(~y, des)), total = told(svytotal(~y, des)), domain = told(svyby(~y, ~g, des, svymean, covmat = TRUE)), df = degf(des)))
}
options(survey.lonely.psu = "fail")

# Replicate weights: pairs of clusters in seven strata.
set.seed(43)
p <- data.frame(stratum = rep(1:7, each = 8), cluster = rep(1:14, each = 4), w = round(runif(56, 1, 6), 3))
p$y <- round(20 + p$stratum + rnorm(14)[p$cluster] + rnorm(56, 0, 3), 2)
p$z <- round(rgamma(56, 5) + p$y / 10, 3)
p$g <- rep_len(c(1, 2, 1), 56)
p$population <- 5 + p$stratum
write.csv(p, "tests/reference/data/survey_pairs.csv", row.names = FALSE)
plain <- svydesign(~cluster, weights = ~w, data = transform(p, N = 40), fpc = ~N)
pairs <- svydesign(~cluster, strata = ~stratum, weights = ~w, data = p)
limited <- svydesign(~cluster, strata = ~stratum, weights = ~w, data = p, fpc = ~population)
uneven <- svydesign(~cluster, strata = ~stratum, weights = ~w, data = d)
replicated <- function(r) {
  one <- function(mse) {
    r$mse <- mse
    list(mean = told(svymean(~y + z, r)), total = told(svytotal(~y, r)), ratio = told(svyratio(~y, ~z, r)),
         domain = told(svyby(~y, ~g, r, svymean, covmat = TRUE)),
         quantile = { q <- svyquantile(~y, r, c(.25, .5), interval.type = "quantile"); list(estimate = unname(q[[1]][, 1]), std_error = unname(q[[1]][, 4])) })
  }
  first <- !duplicated(r$variables$cluster)
  list(scale = r$scale, rscales = r$rscales, factors = unname(weights(r, "replication")[first, ]), df = degf(r), mean = one(FALSE), estimate = one(TRUE))
}
set.seed(44)
replicates <- lapply(list(jk1 = as.svrepdesign(plain, type = "JK1"), jkn = as.svrepdesign(pairs, type = "JKn"),
  jkn_finite = as.svrepdesign(limited, type = "JKn"), jkn_uneven = as.svrepdesign(uneven, type = "JKn"),
  brr = as.svrepdesign(pairs, type = "BRR"), fay = as.svrepdesign(pairs, type = "Fay", fay.rho = .3),
  bootstrap = as.svrepdesign(uneven, type = "bootstrap", replicates = 30),
  subbootstrap = as.svrepdesign(uneven, type = "subbootstrap", replicates = 30)), replicated)
packages <- sapply(c("survey", "jsonlite"), function(name) as.character(packageVersion(name)), simplify = FALSE)
write_json(list(r = R.version.string, packages = packages, asked = asked, cases = cases, lonely = lonely, replicates = replicates),
           "tests/reference/values/survey_design.json", auto_unbox = TRUE, digits = NA, na = "null")
