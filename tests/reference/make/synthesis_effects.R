# Reference values of random-effects synthesis: metafor on one published data set and two simulated ones.
# Run from the project's root: Rscript tests/reference/make/synthesis_effects.R
# Writes tests/reference/data/synthesis_*.csv and tests/reference/values/synthesis_effects.json.
suppressMessages({library(jsonlite); library(metafor)})
RNGkind("Mersenne-Twister", "Inversion", "Rejection")
set.seed(20240701)
root <- "tests/reference"
number <- function(x) as.numeric(unname(x))
bcg <- escalc(measure = "RR", ai = tpos, bi = tneg, ci = cpos, di = cneg, data = dat.bcg)
many <- local({ v <- runif(25, 0.01, 0.4); z <- round(rnorm(25), 3)
  data.frame(y = round(0.3 + 0.2 * z + rnorm(25, sd = 0.35) + rnorm(25, sd = sqrt(v)), 4), se = round(sqrt(v), 4), z = z) })
alike <- data.frame(y = c(1.2, 0.4, 2.1, 0.9, 1.1, 0.2), se = c(0.9, 1.1, 1.3, 0.6, 1.0, 0.8), z = c(-1, 0, 1, 2, 0.5, -0.5))
two <- data.frame(y = c(3.1, -0.6), se = c(0.8, 0.9), z = c(0, 1))
sets <- list(bcg = data.frame(y = number(bcg$yi), se = sqrt(number(bcg$vi)), z = (bcg$ablat - 33) / 10),
             many = many, alike = alike, two = two)
tight <- list(threshold = 1e-13, maxiter = 10000)
describe <- function(m) {
  ci <- suppressMessages(confint(m, level = 95, control = list(tol = 1e-13, tau2.max = 1e6)))$random["tau^2", ]
  p <- predict(m, newmods = if (m$p > 1) 0.7 else NULL)
  list(b = number(m$beta), se = number(m$se), stat = number(m$zval), p = number(m$pval), low = number(m$ci.lb), high = number(m$ci.ub),
       tau2 = m$tau2, tau2_se = m$se.tau2, tau2_low = number(ci[2]), tau2_high = number(ci[3]), q = m$QE, q_p = m$QEp,
       i2 = m$I2 / 100, h2 = m$H2, omnibus = if (m$p > 1) m$QM else NA, omnibus_p = if (m$p > 1) m$QMp else NA,
       predicted = number(p$pred), predicted_low = number(p$ci.lb), predicted_high = number(p$ci.ub),
       new_low = number(p$pi.lb), new_high = number(p$pi.ub))
}
tests <- c(knha = "knha", floor = "adhoc", z = "z", t = "t")
cases <- list(); blups <- list(); left <- list()
for (name in names(sets)) {
  d <- sets[[name]]
  write.csv(d, file.path(root, "data", paste0("synthesis_", name, ".csv")), row.names = FALSE)
  for (method in c("REML", "ML", "DL", "PM")) for (test in names(tests)) {
    control <- if (method == "PM") list(tol = 1e-14, maxiter = 10000, tau2.max = 1e6) else tight
    fit <- function(mods) suppressWarnings(rma(y, sei = se, mods = mods, data = d, method = method, test = tests[[test]], control = control))
    cases[[paste(name, method, test, "mean")]] <- describe(fit(~ 1))
    if (nrow(d) > 2) cases[[paste(name, method, test, "z")]] <- describe(fit(~ z))
  }
  m <- suppressWarnings(rma(y, sei = se, data = d, test = "knha", control = tight))
  b <- blup(m); b2 <- blup(suppressWarnings(rma(y, sei = se, data = d, test = "z", control = tight)))
  blups[[name]] <- list(estimate = number(b$pred), se = number(b$se), low = number(b$pi.lb), high = number(b$pi.ub),
                        z_se = number(b2$se), z_low = number(b2$pi.lb), z_high = number(b2$pi.ub))
  if (nrow(d) > 2) left[[name]] <- do.call(rbind, lapply(seq_len(nrow(d)), function(i) {
    r <- suppressWarnings(rma(y, sei = se, data = d[-i, ], test = "knha", control = tight))
    c(number(r$beta), r$se, r$ci.lb, r$ci.ub, r$tau2) }))
}
out <- list(r = R.version.string, packages = list(metafor = as.character(packageVersion("metafor"))),
            cases = cases, blups = blups, left = left)
write_json(out, file.path(root, "values", "synthesis_effects.json"), auto_unbox = TRUE, digits = NA, null = "null", na = "null")
