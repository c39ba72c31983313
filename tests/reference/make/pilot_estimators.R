# Several analyses of one effect: mixed models (lmerTest, pbkrtest), analysis of covariance and proportional odds.
# Data: tests/reference/data/pilot_areas.csv. Writes tests/reference/values/pilot_estimators.json.
suppressMessages({library(lmerTest); library(pbkrtest); library(clubSandwich); library(MASS); library(jsonlite)})
d <- read.csv("tests/reference/data/pilot_areas.csv")
d$treated <- as.integer(d$area %in% c("A", "B", "C"))
d$later <- as.integer(d$wave == "after")
d$cell <- interaction(d$area, d$wave)
twice <- names(which(table(d$who) == 2))
l <- d[d$who %in% twice, ]

both <- function(model, term) {
  s <- coef(summary(model))[term, ]
  k <- coef(summary(model, ddf = "Kenward-Roger"))[term, ]
  pick <- function(x) list(estimate = x[["Estimate"]], std_error = x[["Std. Error"]], df = x[["df"]], p_value = x[["Pr(>|t|)"]])
  list(mixed_satterthwaite = pick(s), mixed_kenward_roger = pick(k))
}
tight <- lmerControl(optimizer = "bobyqa", optCtrl = list(rhobeg = 1e-3, rhoend = 1e-10))
w <- merge(l[l$later == 0, c("who", "area", "treated", "y")], l[l$later == 1, c("who", "y")], by = "who")
names(w) <- c("who", "area", "treated", "before", "after")
a <- lm(after ~ before + treated, w)
r <- coef_test(a, vcov = "CR2", cluster = w$area)[3, ]
o <- d; o$z <- factor(round(o$y / 10))
p <- polr(z ~ later, o, Hess = TRUE, control = list(reltol = 1e-14))
cases <- list(
  linked_effect = both(lmer(y ~ later * treated + (1 | who) + (1 | cell), l, control = tight), "later:treated"),
  different_change = both(lmer(y ~ later + (1 | area) + (1 | cell), d, control = tight), "later"),
  overlap_change = both(lmer(y ~ later + (1 | who), d, control = tight), "later"),
  ancova = list(estimate = r$beta, std_error = r$SE, df = r$df_Satt, p_value = r$p_Satt),
  odds = list(estimate = unname(coef(p)))
)
packages <- c("lmerTest", "pbkrtest", "clubSandwich", "MASS")
out <- list(r = R.version.string, packages = lapply(setNames(packages, packages), function(x) as.character(packageVersion(x))),
            cases = cases)
write_json(out, "tests/reference/values/pilot_estimators.json", auto_unbox = TRUE, digits = NA, pretty = TRUE)
