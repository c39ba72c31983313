# Changes and effects that differ between groups (lm, clubSandwich), zones together (metafor). Writes values/pilot_groups.json.
suppressMessages({library(clubSandwich); library(metafor); library(jsonlite)})
d <- read.csv("tests/reference/data/pilot_areas.csv")
d$after <- as.numeric(d$wave == "after")
d$treated <- as.numeric(d$area %in% c("A", "B", "C"))
d$both <- ave(d$after, d$who, FUN = length) == 2
number <- as.integer(sub("p", "", d$who))
d$two <- factor(c("even", "odd")[number %% 2 + 1])
d$three <- factor(c("x", "y", "z")[number %% 3 + 1])
p <- d[d$both, ]
test <- function(model, pattern, clusters) {
  names <- grep(pattern, names(coef(model)), value = TRUE)
  if (length(names) == 1) {
    t <- as.data.frame(coef_test(model, vcov = "CR2", cluster = clusters, test = "Satterthwaite"))[names, ]
    return(list(estimate = t$beta, std_error = t$SE, df = t$df, p_value = t$p_Satt))
  }
  w <- Wald_test(model, constrain_zero(names), vcov = "CR2", cluster = clusters, test = "HTZ")
  list(statistic = w$Fstat, df = w$df_denom, p_value = w$p_val)
}
groups <- list(
  linked_two = test(lm(y ~ two * after, p), "two.*:after", p$who),
  linked_three = test(lm(y ~ three * after, p), "three.*:after", p$who),
  clusters_three = test(lm(y ~ three * after, p), "three.*:after", p$area),
  effect_two = test(lm(y ~ two * after * treated, p), "two.*:after:treated", p$area),
  effect_three = test(lm(y ~ three * after * treated, p), "three.*:after:treated", p$area),
  weighted_two = test(lm(y ~ two * after, d, weights = w), "two.*:after", seq_len(nrow(d)))
)
z <- data.frame(zone = c("Aa", "Bb", "Cc", "Dd", "Ee", "Ff"), estimate = c(4.1, 2.0, 6.2, -1.2, 5.1, 0.4), std_error = c(1.5, 1.1, 1.9, 1.4, 1.6, 0.9))
pool <- function(z, method) {
  m <- rma(estimate, sei = std_error, data = z, method = method, test = "knha", control = list(threshold = 1e-12, maxiter = 1000, tol = 1e-13))
  ci <- confint(m, control = list(tol = 1e-12))$random
  new <- predict(m)
  out <- leave1out(m)
  list(average = list(estimate = as.numeric(m$beta), std_error = m$se, df = m$k - 1, p_value = m$pval, ci_low = m$ci.lb, ci_high = m$ci.ub),
    tau = unname(ci["tau", ]), i2 = unname(ci["I^2(%)", ]) / 100, q = c(m$QE, m$QEp), known_tau = c(new$pi.lb, new$pi.ub),
    without = out$estimate, without_error = out$se, floored = floored(z, method))
}
# Hartung and Knapp's factor kept at one or more
floored <- function(z, method) {
  m <- rma(estimate, sei = std_error, data = z, method = method, test = "adhoc", control = list(threshold = 1e-12, maxiter = 1000, tol = 1e-13))
  list(average = list(estimate = as.numeric(m$beta), std_error = m$se, df = m$k - 1, p_value = m$pval, ci_low = m$ci.lb, ci_high = m$ci.ub),
    without_error = leave1out(m)$se)
}
zones <- list(REML = pool(z, "REML"), ML = pool(z, "ML"), DL = pool(z, "DL"), PM = pool(z, "PM"))
alike <- data.frame(zone = c("Aa", "Bb", "Cc", "Dd"), estimate = c(1.3, 0.8, 1.1, 0.6), std_error = c(1.0, 0.8, 1.2, 0.9))
close <- lapply(c(REML = "REML", DL = "DL"), function(method) {
  m <- rma(estimate, sei = std_error, data = alike, method = method, test = "knha")
  list(average = list(estimate = as.numeric(m$beta), std_error = m$se, df = m$k - 1, p_value = m$pval, ci_low = m$ci.lb, ci_high = m$ci.ub),
    floored = floored(alike, method))
})
versions <- lapply(c(clubSandwich = "clubSandwich", metafor = "metafor"), function(p) as.character(packageVersion(p)))
write_json(list(r = R.version.string, packages = versions, cases = list(groups = groups, zones = zones, data = z, alike = alike, close = close)),
  "tests/reference/values/pilot_groups.json", auto_unbox = TRUE, digits = NA, pretty = TRUE)
