# Reference values of weights that meet margins: survey::rake, postStratify, calibrate, trimWeights.
# Run from the project's root: Rscript tests/reference/make/weighting.R
suppressMessages({library(jsonlite); library(survey)})
set.seed(82)
n <- 400
d <- data.frame(age = sample(1:5, n, TRUE, c(.1, .2, .3, .25, .15)), sex = sample(1:2, n, TRUE, c(.6, .4)), area = sample(1:4, n, TRUE),
                household = sample(1:6, n, TRUE, c(.3, .3, .15, .15, .06, .04)), cluster = sample(1:25, n, TRUE),
                w = round(rexp(n) * 3 + 1, 3), y = round(rnorm(n, 50, 12), 2))
d$y <- d$y + 3 * d$age - 4 * (d$sex == 1)
write.csv(d, "tests/reference/data/weighting.csv", row.names = FALSE)
N <- 10000
age <- c(.15, .22, .26, .2, .17) * N; sex <- c(.51, .49) * N; area <- c(.4, .3, .2, .1) * N
cross <- matrix(c(800, 1100, 1300, 1000, 850, 750, 1080, 1320, 980, 820), 5)  # age x sex
for (v in c("age", "sex", "area")) d[[v]] <- factor(d[[v]])
d$agesex <- interaction(d$age, d$sex)
design <- svydesign(id = ~cluster, weights = ~w, data = d)
flat <- svydesign(id = ~1, weights = ~w, data = d)
strict <- function(x) { x$epsilon <- 1e-13; x }
frame <- function(name, freq) setNames(data.frame(levels(d[[name]]), freq), c(name, "Freq"))
raked <- rake(design, list(~age, ~sex, ~area), list(frame("age", age), frame("sex", sex), frame("area", area)), control = list(maxit = 500, epsilon = 1e-9))
crossed <- rake(flat, list(~agesex, ~area), list(frame("agesex", as.vector(cross)), frame("area", area)), control = list(maxit = 500, epsilon = 1e-9))
stratified <- postStratify(design, ~agesex, frame("agesex", as.vector(cross)))
totals <- c("(Intercept)" = N, setNames(age[-1], paste0("age", 2:5)), sex2 = sex[2], household = 2.3 * N)
cal <- function(...) calibrate(design, ~age + sex + household, totals, epsilon = 1e-12, maxit = 200, ...)
g <- function(x) unname(weights(x))
se <- function(x) unname(c(coef(svymean(~y, x)), SE(svymean(~y, x))))
start <- sum(d$w); share <- totals / N * start
near <- function(...) calibrate(design, ~age + sex + household, share, epsilon = 1e-12, maxit = 200, ...)
values <- list(
  raked = list(weights = g(raked), mean = se(raked)), crossed = list(weights = g(crossed), mean = se(crossed)),
  stratified = list(weights = g(stratified), mean = se(stratified)),
  linear = list(weights = g(cal(calfun = "linear")), mean = se(cal(calfun = "linear"))),
  raking = list(weights = g(cal(calfun = "raking")), mean = se(cal(calfun = "raking"))),
  linear_bounded = list(weights = g(near(calfun = "linear", bounds = c(.5, 1.8))), bounds = c(.5, 1.8)),
  logit = list(weights = g(near(calfun = "logit", bounds = c(.4, 2.2))), mean = se(near(calfun = "logit", bounds = c(.4, 2.2))), bounds = c(.4, 2.2)),
  trimmed = list(upper = 12, lower = 1.5, once = g(trimWeights(flat, upper = 12, lower = 1.5)), strict = g(trimWeights(flat, upper = 9, strict = TRUE)), strict_upper = 9))
write_json(list(r = R.version.string, packages = list(survey = as.character(packageVersion("survey"))), age = age, sex = sex, area = area, cross = as.vector(cross),
                household = 2.3, values = values), "tests/reference/values/weighting.json", digits = NA, auto_unbox = TRUE)
