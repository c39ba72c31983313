# Makes tests/reference/values/regression_mixed.json and data/regression_mixed_{crossed,zero}.csv.
# Needs the data of regression_clusters.R. Run from the root of the project.
suppressPackageStartupMessages({library(lmerTest); library(pbkrtest); library(jsonlite)})
panel <- read.csv("tests/reference/data/regression_panel.csv")
many <- read.csv("tests/reference/data/regression_many.csv")

set.seed(43)
# Crossed: people asked by interviewers, a different one each time.
crossed <- expand.grid(wave = 0:2, person = 1:45)[-sample(135, 20), ]
crossed$interviewer <- sample(1:8, nrow(crossed), TRUE)
crossed$treated <- as.numeric(crossed$person <= 20)
crossed$y <- round(rnorm(45)[crossed$person] + rnorm(8, sd = 0.6)[crossed$interviewer] + 0.3 * crossed$treated * crossed$wave +
                   rnorm(nrow(crossed)), 4)
# Zero: groups whose means vary less than chance, so that their variance is estimated as zero.
zero <- data.frame(area = rep(1:9, each = 8), person = rep(1:24, each = 3))
zero$x <- round(rnorm(72), 3)
zero$y <- rnorm(72) + rnorm(24)[zero$person]
zero$y <- round(zero$y - 0.9 * ave(zero$y, zero$area) + 0.2 * zero$x, 4)
write.csv(crossed, "tests/reference/data/regression_mixed_crossed.csv", row.names = FALSE, quote = FALSE)
write.csv(zero, "tests/reference/data/regression_mixed_zero.csv", row.names = FALSE, quote = FALSE)

control <- lmerControl(optimizer = "bobyqa", optCtrl = list(rhobeg = 0.02, rhoend = 1e-12, maxfun = 1e5),
                       calc.derivs = FALSE, check.conv.singular = "ignore")
one <- function(formula, data, joint, reml, factors, profile = FALSE) {
  f <- lmerTest::lmer(formula, data, REML = reml, control = control)
  variances <- as.data.frame(VarCorr(f))
  variance <- setNames(variances$vcov, variances$grp)[c(factors, "Residual")]
  s <- coef(summary(f, ddf = "Satterthwaite"))
  L <- diag(length(fixef(f)))[joint, , drop = FALSE]
  sw <- contestMD(f, L, ddf = "Satterthwaite")
  th <- setNames(getME(f, "theta"), names(getME(f, "flist")))[factors]
  out <- list(criterion = if (reml) as.numeric(REMLcrit(f)) else as.numeric(deviance(f)), log_likelihood = as.numeric(logLik(f)),
              theta = as.numeric(th), fixed = as.numeric(fixef(f)), vcov = matrix(as.numeric(vcov(f)), nrow(s)),
              variances = as.numeric(variance), df = as.numeric(s[, "df"]), p = as.numeric(s[, "Pr(>|t|)"]),
              F = sw[["F value"]], df_denominator = sw[["DenDF"]])
  if (reml) {
    k <- coef(summary(f, ddf = "Kenward-Roger"))
    kr <- KRmodcomp(f, L)$stats
    out <- c(out, list(kr_vcov = matrix(as.numeric(vcovAdj(f)), nrow(s)), kr_df = as.numeric(k[, "df"]),
                       kr_p = as.numeric(k[, "Pr(>|t|)"]), kr_F = kr$Fstat, kr_df_denominator = kr$ddf, kr_scale = kr$F.scaling))
  }
  if (profile) {
    ci <- suppressMessages(confint(f, parm = "theta_", method = "profile", oldNames = FALSE))
    out$sd_intervals <- unname(ci[c(sapply(factors, function(g) grep(g, rownames(ci))), grep("sigma", rownames(ci))), ])
  }
  out
}
both <- function(...) list(reml = one(..., reml = TRUE), ml = one(..., reml = FALSE, profile = TRUE))
cases <- list(
  panel_person = both(y ~ wave * treated + age + (1 | person), panel, 4:5, factors = "person"),
  panel_nested = both(y ~ wave * treated + age + (1 | person) + (1 | area), panel, 2:5, factors = c("person", "area")),
  many_person = both(y ~ wave * group + x + (1 | person), many, 2:3, factors = "person"),
  crossed = both(y ~ wave * treated + (1 | person) + (1 | interviewer), crossed, 2:4, factors = c("person", "interviewer")),
  zero_area = both(y ~ x + (1 | area), zero, 1:2, factors = "area"),
  zero_two = both(y ~ x + (1 | person) + (1 | area), zero, 1:2, factors = c("person", "area")))
versions <- sapply(c("lme4", "lmerTest", "pbkrtest"), function(p) as.character(packageVersion(p)))
write_json(list(r = R.version.string, packages = as.list(versions), cases = cases),
           "tests/reference/values/regression_mixed.json", digits = NA, auto_unbox = TRUE)
