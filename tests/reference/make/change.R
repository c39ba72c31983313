# Reference values of comparisons: t tests, rank tests, effect sizes, intervals, adjusted p values, reliable change.
# Run from the project's root: Rscript tests/reference/make/change.R
# Writes tests/reference/data/change.csv and tests/reference/values/change.json.
suppressMessages({library(jsonlite); library(effectsize)})

root <- "tests/reference"
exact_ncp <- function(t, df, level) {
  limit <- function(p) uniroot(function(ncp) pt(t, df, ncp) - p, t + c(-1, 1) * (6 + abs(t)), tol = 1e-13)$root
  c(limit(1 - (1 - level) / 2), limit((1 - level) / 2))
}
J <- function(df) exp(lgamma(df / 2) - log(sqrt(df / 2)) - lgamma((df - 1) / 2))
number <- function(x) as.numeric(unname(x))

paired <- function(x, y, level = 0.95) {
  n <- length(x); d <- y - x
  t <- t.test(y, x, paired = TRUE, conf.level = level)
  w <- suppressWarnings(wilcox.test(y, x, paired = TRUE, digits.rank = 10))
  dz <- mean(d) / sd(d)
  v <- (var(x) + var(y)) / 2
  spread <- var(x)^2 + var(y)^2 + 2 * cov(x, y)^2
  dav <- mean(d) / sqrt(v)
  se <- sqrt(dav^2 * spread / (8 * (n - 1) * v^2) + var(d) / ((n - 1) * v))
  jav <- J((n - 1) * (var(x) + var(y))^2 / spread)
  point <- function(d) suppressWarnings(rank_biserial(signif(d, 10), ci = NULL)$r_rank_biserial)
  moved <- d[abs(d) > 1e-9]; m <- length(moved)
  rb <- point(moved)
  without <- vapply(seq_len(m), function(i) point(moved[-i]), 0)
  rbse <- sqrt((m - 1) / m * sum((without - mean(without))^2))
  es <- cohens_d(y, x, paired = TRUE, ci = level)
  list(
    mean_before = number(t.test(x, conf.level = level)$estimate), mean_before_ci = number(t.test(x, conf.level = level)$conf.int),
    mean_change = number(t$estimate), std_error = number(t$stderr), t = number(t$statistic), df = number(t$parameter),
    p = t$p.value, ci = number(t$conf.int),
    d_z = dz, d_z_ci = exact_ncp(dz * sqrt(n), n - 1, level) / sqrt(n),
    d_z_effectsize = es$Cohens_d, d_z_effectsize_ci = c(es$CI_low, es$CI_high),
    d_av = dav, d_av_se = se, d_av_ci = dav + c(-1, 1) * qnorm((1 + level) / 2) * se,
    g_av = jav * dav, g_av_ci = jav * (dav + c(-1, 1) * qnorm((1 + level) / 2) * se),
    wilcoxon_v = number(w$statistic), wilcoxon_p = w$p.value, wilcoxon_method = w$method,
    rank_biserial = rb, rank_biserial_se = rbse,
    rank_biserial_ci = tanh(atanh(rb) + c(-1, 1) * qt((1 + level) / 2, m - 1) * rbse / (1 - rb^2))
  )
}

groups <- function(x, y, level = 0.95) {
  n1 <- length(x); n2 <- length(y)
  t <- t.test(y, x, conf.level = level)
  w <- suppressWarnings(wilcox.test(y, x, digits.rank = 10))
  pooled <- sqrt(((n1 - 1) * var(x) + (n2 - 1) * var(y)) / (n1 + n2 - 2))
  d <- (mean(y) - mean(x)) / pooled
  h <- sqrt(1 / n1 + 1 / n2)
  limits <- exact_ncp(d / h, n1 + n2 - 2, level) * h
  # Brunner & Munzel (2000): the share of pairs in which y is higher, and its variance from the placements.
  above <- outer(y, x, function(b, a) (b > a) + (b == a) / 2)
  p <- mean(above)
  part1 <- var(colMeans(above)) / n1; part2 <- var(rowMeans(above)) / n2
  se <- sqrt(part1 + part2)
  df <- (part1 + part2)^2 / (part1^2 / (n1 - 1) + part2^2 / (n2 - 1))
  stat <- (p - 0.5) / se
  limits_p <- plogis(qlogis(p) + c(-1, 1) * qt((1 + level) / 2, df) * se / (p * (1 - p)))
  es <- cohens_d(y, x, ci = level); g <- hedges_g(y, x, ci = level)
  list(
    mean_difference = number(t$estimate[1] - t$estimate[2]), std_error = number(t$stderr), t = number(t$statistic),
    df = number(t$parameter), p = t$p.value, ci = number(t$conf.int),
    d_s = d, d_s_ci = limits, g_s = J(n1 + n2 - 2) * d, g_s_ci = J(n1 + n2 - 2) * limits,
    d_s_effectsize = es$Cohens_d, d_s_effectsize_ci = c(es$CI_low, es$CI_high),
    g_s_effectsize = g$Hedges_g, g_s_effectsize_ci = c(g$CI_low, g$CI_high),
    w = number(w$statistic), w_p = w$p.value, w_method = w$method, rank_biserial = rank_biserial(y, x, ci = NULL)$r_rank_biserial,
    prob_superiority = p, prob_superiority_se = se, brunner_munzel = stat, brunner_munzel_df = df,
    brunner_munzel_p = 2 * pt(-abs(stat), df), prob_superiority_ci = limits_p
  )
}

set.seed(20231)
simulate <- function(case, n, shift, r, sd2, digits) {
  x <- rnorm(n, 50, 12)
  y <- 50 + shift + r * sd2 / 12 * (x - 50) + rnorm(n, 0, sd2 * sqrt(1 - r^2))
  data.frame(case = case, before = round(x, digits), after = round(y, digits))
}
data <- rbind(
  simulate("small_no_ties", 18, 4, 0.6, 12, 6),
  simulate("ties_and_zeros", 40, 2, 0.7, 10, -1),
  simulate("unequal_variances", 120, 6, 0.3, 25, 4),
  simulate("no_change", 60, 0, 0.8, 12, 0),
  simulate("large_effect", 30, 45, 0.5, 12, 2),
  simulate("fall", 49, -8, 0.5, 12, 5),
  simulate("zeros_without_ties", 21, 3, 0.6, 12, 6)
)
unmoved <- data$case == "zeros_without_ties" & seq_len(nrow(data)) %% 7 == 0
data$after[unmoved] <- data$before[unmoved]
write.csv(data, file.path(root, "data/change.csv"), row.names = FALSE)
cases <- split(data, factor(data$case, unique(data$case)))

# Groups of unequal size: the second group is the first two thirds of `after`.
shorter <- function(x) x[seq_len(ceiling(length(x) * 2 / 3))]
p_values <- c(0.01, 0.04, 0.03, 0.005, 0.5, 0.04)

# Reliable change, naively, with a given alpha; Wilson's interval by prop.test without correction.
reliable <- function(x, y, alpha) {
  sem <- sd(x) * sqrt(1 - alpha)
  rci <- (y - x) / sqrt(2 * sem^2)
  up <- sum(rci > qnorm(0.975))
  list(alpha = alpha, sem = sem, threshold = qnorm(0.975) * sqrt(2) * sem, improved = up, worsened = sum(rci < -qnorm(0.975)),
       improved_ci = number(prop.test(up, length(x), correct = FALSE)$conf.int))
}

write_json(list(
  r = as.character(getRversion()),
  packages = list(effectsize = as.character(packageVersion("effectsize"))),
  paired = lapply(cases, function(one) paired(one$before, one$after)),
  paired_90 = lapply(cases, function(one) paired(one$before, one$after, 0.9)),
  groups = lapply(cases, function(one) groups(one$before, shorter(one$after))),
  reliable = lapply(cases, function(one) reliable(one$before, one$after, 0.8)),
  adjust = list(p = p_values, holm = p.adjust(p_values, "holm"), bonferroni = p.adjust(p_values, "bonferroni"),
                fdr_bh = p.adjust(p_values, "BH"))
), file.path(root, "values/change.json"), auto_unbox = TRUE, digits = NA, pretty = TRUE, na = "null")
