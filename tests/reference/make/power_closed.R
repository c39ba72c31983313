# Power, size and detectable differences of t tests by stats::power.t.test, and of equivalence by base R.
# Run from the project's root: Rscript tests/reference/make/power_closed.R
# Writes tests/reference/values/power_closed.json.
suppressMessages(library(jsonlite))
tight <- 1e-14
cases <- list()
for (type in c("paired", "two.sample")) for (alternative in c("two.sided", "one.sided")) for (level in c(0.05, 0.01)) {
  for (set in list(c(n = 12, delta = 6, sd = 8), c(n = 150, delta = 2.5, sd = 15), c(n = 900, delta = 1, sd = 20))) {
    two <- alternative == "two.sided"
    p <- power.t.test(n = set[["n"]], delta = set[["delta"]], sd = set[["sd"]], sig.level = level, type = type, alternative = alternative, strict = two)
    d <- power.t.test(n = set[["n"]], power = 0.8, sd = set[["sd"]], sig.level = level, type = type, alternative = alternative, strict = two, tol = tight)
    n <- power.t.test(delta = set[["delta"]], power = 0.9, sd = set[["sd"]], sig.level = level, type = type, alternative = alternative, strict = two, tol = tight)
    cases[[length(cases) + 1]] <- list(type = type, two_sided = two, level = level, n = set[["n"]], delta = set[["delta"]], sd = set[["sd"]],
      power = p$power, detectable = d$delta, needed = n$n)
  }
}
# the probability that a 90 % t interval lies within the margins, by integrating over the standard deviation
tost <- lapply(list(c(df = 40, se = 0.4, margin = 1.2, effect = 0), c(df = 8, se = 0.5, margin = 1.5, effect = 0.3), c(df = 300, se = 1, margin = 2.2, effect = -0.5)), function(s) {
  crit <- qt(0.95, s[["df"]]); df <- s[["df"]]
  f <- function(u) { x <- qchisq(u, df); h <- crit * sqrt(x / df); reach <- s[["margin"]] / s[["se"]] - h
    pmax(pnorm(reach - s[["effect"]] / s[["se"]]) - pnorm(-reach - s[["effect"]] / s[["se"]]), 0) }
  top <- pchisq(df * (s[["margin"]] / s[["se"]] / crit)^2, df)
  c(as.list(s), power = integrate(f, 0, top, rel.tol = 1e-11, subdivisions = 2000)$value)
})
write_json(list(r = R.version.string, packages = list(stats = as.character(packageVersion("stats"))), cases = cases, tost = tost),
  "tests/reference/values/power_closed.json", auto_unbox = TRUE, digits = NA)
