# Reference values of tests against bounds: by hand from pt(), by t.test(mu = bound), by emmeans.
# Run from the project's root: Rscript tests/reference/make/equivalence.R
suppressMessages({library(jsonlite); library(emmeans)})
set.seed(11)
hand <- do.call(rbind, lapply(1:24, function(i) {
  est <- round(rnorm(1, 0.1, 0.4), 4); se <- round(runif(1, 0.02, 0.5), 4)
  df <- c(2, 3.7, 11, 28.4, 200, Inf)[(i - 1) %% 6 + 1]; low <- -round(runif(1, 0.05, 0.6), 3); high <- round(runif(1, 0.05, 0.6), 3)
  q <- qt(0.975, df); q2 <- qt(0.95, df)
  data.frame(est, se, df = if (is.finite(df)) df else -1, low, high, above_low = pt((est - low) / se, df, lower.tail = FALSE),
    below_high = pt((est - high) / se, df), within = max(pt((est - low) / se, df, lower.tail = FALSE), pt((est - high) / se, df)),
    above_high = pt((est - high) / se, df, lower.tail = FALSE), below_low = pt((est - low) / se, df),
    two = 2 * pt(-abs(est / se), df), ci_low = est - q * se, ci_high = est + q * se, in_low = est - q2 * se, in_high = est + q2 * se)
}))
sets <- list(welch = list(x = round(rnorm(14, 0.3), 3), y = round(rnorm(22, 0, 1.6), 3), paired = FALSE),
             paired = list(x = round(rnorm(17, 0.1), 3), y = round(rnorm(17), 3), paired = TRUE),
             likert = list(x = sample(1:5, 40, TRUE), y = sample(1:5, 35, TRUE, c(3, 3, 2, 1, 1)), paired = FALSE))
tests <- lapply(sets, function(s) {
  run <- function(mu, alt) t.test(s$x, s$y, paired = s$paired, mu = mu, alternative = alt)
  base <- run(0, "two.sided"); d <- if (s$paired) mean(s$x - s$y) else mean(s$x) - mean(s$y)
  list(estimate = d, std_error = base$stderr, df = unname(base$parameter), delta = 0.4, above_low = run(-0.4, "greater")$p.value,
       below_high = run(0.4, "less")$p.value, above_high = run(0.4, "greater")$p.value, below_low = run(-0.4, "less")$p.value,
       two = base$p.value, ci = as.numeric(base$conf.int), inner = as.numeric(t.test(s$x, s$y, paired = s$paired, conf.level = 0.9)$conf.int))
})
d <- data.frame(y = c(sets$likert$x, sets$likert$y), g = rep(c("a", "b"), c(40, 35)))
c2 <- contrast(emmeans(lm(y ~ g, d), "g"), "pairwise")
plain <- as.data.frame(c2)
em <- lapply(c(0.3, 0.6, 1.2), function(delta) list(delta = delta, estimate = plain$estimate, std_error = plain$SE, df = plain$df,
  within = as.data.frame(summary(c2, infer = c(FALSE, TRUE), side = "equivalence", delta = delta))$p.value,
  noninferior = as.data.frame(summary(c2, infer = c(FALSE, TRUE), side = "noninferiority", delta = delta))$p.value))
write_json(list(r = R.version.string, packages = list(emmeans = as.character(packageVersion("emmeans"))),
  cases = list(hand = hand, t_test = tests, emmeans = em)), "tests/reference/values/equivalence.json", digits = NA, auto_unbox = TRUE)
