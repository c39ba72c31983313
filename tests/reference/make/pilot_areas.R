# Changes and differences of changes with CR2 errors by area: lm and clubSandwich. Writes values/pilot_areas.json.
suppressMessages({library(clubSandwich); library(jsonlite)})
d <- read.csv("tests/reference/data/pilot_areas.csv")
d$after <- as.numeric(d$wave == "after")
d$treated <- as.numeric(d$area %in% c("A", "B", "C", "D"))
d$both <- ave(d$after, d$who, FUN = length) == 2
row <- function(model, name, clusters) {
  t <- coef_test(model, vcov = "CR2", cluster = clusters, test = "Satterthwaite")
  t <- as.data.frame(t)[name, ]
  list(estimate = t$beta, std_error = t$SE, df = t$df, p_value = t$p_Satt)
}
p <- d[d$both, ]
d$age_c <- d$age - weighted.mean(d$age, d$w)
cases <- list(
  linked_effect = row(lm(y ~ after * treated, p), "after:treated", p$area),
  different_effect = row(lm(y ~ after * treated, d, weights = w), "after:treated", d$area),
  covariate_effect = row(lm(y ~ after * treated + age_c + age_c:after, d, weights = w), "after:treated", d$area),
  linked_change = row(lm(y ~ after, p), "after", p$area),
  weighted_change = row(lm(y ~ after + age_c, d, weights = w), "after", d$area),
  mean_before = row(lm(y ~ 1, p, subset = after == 0), "(Intercept)", p$area[p$after == 0])
)
write_json(list(r = R.version.string, packages = list(clubSandwich = as.character(packageVersion("clubSandwich"))),
  cases = cases), "tests/reference/values/pilot_areas.json", auto_unbox = TRUE, digits = NA, pretty = TRUE)
