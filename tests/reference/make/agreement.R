# Reference values of agreement and stability: intraclass correlations, kappa, limits, concordance, ROC, important change.
# Run from the project's root: Rscript tests/reference/make/agreement.R
# Writes tests/reference/data/agreement_*.csv and tests/reference/values/agreement.json.
suppressMessages({library(jsonlite); library(psych); library(psy); library(lme4); library(pROC); library(epiR)})
RNGkind("Mersenne-Twister", "Inversion", "Rejection")
set.seed(20240611)
root <- "tests/reference"
keep <- function(name, x) write.csv(x, file.path(root, "data", paste0("agreement_", name, ".csv")), row.names = FALSE, na = "")
number <- function(x) as.numeric(unname(x))

# Ratings: targets in rows, raters in columns ------------------------------------------------------------------------
ratings <- function(n, k, target, rater, error, digits) {
  x <- outer(rnorm(n, sd = target), rnorm(k, sd = rater), "+") + rnorm(n * k, sd = error)
  as.data.frame(round(x, digits))
}
sets <- list(
  likert = as.data.frame(lapply(ratings(120, 4, 1.1, 0.5, 0.8, 6), function(v) as.numeric(cut(v, c(-Inf, -1.2, -0.4, 0.4, 1.2, Inf))))),
  two = ratings(60, 2, 1, 0.1, 0.6, 3),
  noisy = ratings(15, 3, 0.3, 0.8, 1.5, 2),
  wide = ratings(40, 8, 10, 3, 5, 1),
  weak = ratings(30, 3, 0.02, 0.5, 1, 2)
)
holes <- list(likert = 0.2, two = 0.1, wide = 0.35, weak = 0.15)
six <- function(x, level) {
  found <- suppressMessages(suppressWarnings(psych::ICC(x, lmer = FALSE, alpha = 1 - level)))$results
  list(estimate = number(found$ICC), f = number(found$F), df1 = number(found$df1), df2 = number(found$df2),
       p = number(found$p), low = number(found[["lower bound"]]), high = number(found[["upper bound"]]))
}
tight <- lmerControl(optimizer = "nloptwrap", optCtrl = list(xtol_abs = 1e-12, ftol_abs = 1e-12, xtol_rel = 1e-12, maxeval = 1e5), calc.derivs = FALSE)
components <- function(x) {
  long <- data.frame(y = unlist(x), target = factor(rep(seq_len(nrow(x)), ncol(x))), rater = factor(rep(seq_len(ncol(x)), each = nrow(x))))
  long <- long[!is.na(long$y), ]
  two <- suppressMessages(lmer(y ~ 1 + (1 | target) + (1 | rater), long, REML = TRUE, control = tight))
  one <- suppressMessages(lmer(y ~ 1 + (1 | target), long, REML = TRUE, control = tight))
  pick <- function(m, group) { v <- as.data.frame(VarCorr(m)); v$vcov[v$grp == group] }
  list(target = pick(two, "target"), rater = pick(two, "rater"), error = pick(two, "Residual"), criterion = REMLcrit(two),
       one_target = pick(one, "target"), one_error = pick(one, "Residual"), one_criterion = REMLcrit(one), n = nrow(long))
}
icc <- list(); reml <- list()
for (name in names(sets)) {
  x <- sets[[name]]; names(x) <- paste0("r", seq_along(x))
  keep(name, x)
  icc[[name]] <- list(l95 = six(x, 0.95), l90 = six(x, 0.90), psy = psy::icc(x)[c("icc.consistency", "icc.agreement")])
  if (!is.null(holes[[name]])) {
    gap <- matrix(runif(nrow(x) * ncol(x)) < holes[[name]], nrow(x))
    gap[rowSums(!gap) == 0, 1] <- FALSE
    x[gap] <- NA
    keep(paste0(name, "_holes"), x)
    reml[[name]] <- components(x)
  }
}

# Two coders ---------------------------------------------------------------------------------------------------------
coders <- function(n, cuts, noise) {
  latent <- rnorm(n)
  pair <- lapply(noise, function(s) as.numeric(cut(latent + rnorm(n, sd = s), c(-Inf, cuts, Inf))))
  setNames(as.data.frame(pair), c("first", "second"))
}
pairs <- list(
  binary = coders(150, 0.8, c(0.5, 0.5)),
  five = coders(200, c(-1, -0.2, 0.5, 1.2), c(0.4, 0.6)),
  rare = coders(80, c(-2.2, 0, 0.5, 2.5), c(0.7, 0.7)),
  seven = coders(300, seq(-1.5, 1.5, length.out = 6), c(1, 1))
)
by_hand <- function(t, w) {
  p <- t / sum(t); n <- sum(t); a <- rowSums(p); b <- colSums(p); e <- outer(a, b)
  po <- sum(w * p); pe <- sum(w * e); k <- (po - pe) / (1 - pe)
  m <- outer(as.vector(w %*% b), as.vector(t(w) %*% a), "+")
  c(k, sqrt((sum(p * (w - m * (1 - k))^2) - (k - pe * (1 - k))^2) / n) / (1 - pe), sqrt((sum(e * (w - m)^2) - pe^2) / n) / (1 - pe))
}
cohen <- lapply(pairs, function(x) {
  levels <- sort(unique(unlist(x))); c <- length(levels)
  t <- table(factor(x$first, levels), factor(x$second, levels))
  d <- abs(outer(seq_len(c), seq_len(c), "-"))
  w <- list(unweighted = (d == 0) + 0, linear = 1 - d / (c - 1), quadratic = 1 - d^2 / (c - 1)^2)
  one <- suppressMessages(cohen.kappa(unclass(t), w = w$quadratic))
  lin <- suppressMessages(cohen.kappa(unclass(t), w = w$linear))
  # cohen.kappa gives the large-sample variance that is used for the interval
  list(unweighted = one$kappa, quadratic = one$weighted.kappa, linear = lin$weighted.kappa,
       se_unweighted = sqrt(one$var.kappa), se_quadratic = sqrt(one$var.weighted), se_linear = sqrt(lin$var.weighted),
       ckappa = psy::ckappa(x)$kappa, wkappa = psy::wkappa(x)$kappa,
       hand = lapply(w, function(v) by_hand(unclass(t), v)), categories = c)
})
for (name in names(pairs)) keep(paste0("coders_", name), pairs[[name]])

# Two methods --------------------------------------------------------------------------------------------------------
methods <- list(close = { t <- rnorm(50, 60, 12); data.frame(first = round(t + rnorm(50, sd = 3), 2), second = round(t + 1 + rnorm(50, sd = 4), 2)) },
  shifted = { t <- rnorm(24, 20, 4); data.frame(first = round(t + rnorm(24), 3), second = round(1.2 * t - 1 + rnorm(24), 3)) },
  opposite = { t <- rnorm(35); data.frame(first = round(t, 3), second = round(-0.4 * t + rnorm(35), 3)) })
limits <- function(x, level) {
  d <- x$first - x$second; n <- length(d); z <- qnorm(0.975); a <- (1 - level) / 2
  root <- function(p) uniroot(function(q) pt(q, n - 1, z * sqrt(n)) - p, c(-10, 10 * z * sqrt(n)), tol = 1e-13)$root
  tt <- t.test(d, conf.level = level)
  k <- c(root(a), root(1 - a)) / sqrt(n)
  line <- summary(lm(d ~ I((first + second) / 2), x))$coefficients[2, ]
  list(bias = number(tt$estimate), bias_ci = number(tt$conf.int), sd = sd(d), lower = mean(d) - z * sd(d), upper = mean(d) + z * sd(d),
       lower_ci = mean(d) - rev(k) * sd(d), upper_ci = mean(d) + k * sd(d),
       sd_ci = sd(d) * sqrt((n - 1) / qchisq(c(1 - a, a), n - 1)),
       slope = number(line), slope_ci = number(confint(lm(d ~ I((first + second) / 2), x), level = level)[2, ]))
}
# Variance of Lin's coefficient by the delta method from the moments of a bivariate normal distribution, divisor n - 2.
lin <- function(x, y) {
  n <- length(x); s <- cov(cbind(x, y)) * (n - 1) / n; v <- s[1, 1]; w <- s[2, 2]; c <- s[1, 2]; d <- mean(x) - mean(y)
  den <- v + w + d^2; p <- 2 * c / den
  g <- c(-p / den, -p / den, 2 / den, -2 * p * d / den)
  V <- matrix(0, 4, 4)
  V[1:3, 1:3] <- rbind(c(2 * v^2, 2 * c^2, 2 * v * c), c(2 * c^2, 2 * w^2, 2 * w * c), c(2 * v * c, 2 * w * c, v * w + c^2))
  V[4, 4] <- v + w - 2 * c
  se <- sqrt(as.numeric(t(g) %*% V %*% g) / (n - 2))
  z <- atanh(p) + c(-1, 1) * qnorm(0.975) * se / (1 - p^2)
  list(ccc = p, se = se, ci = tanh(z))
}
method <- lapply(methods, function(x) {
  e <- epi.ccc(x$first, x$second, ci = "z-transform")
  list(l95 = limits(x, 0.95), l90 = limits(x, 0.90), lin = lin(x$first, x$second), epi = number(unlist(e$rho.c)), epi_shift = c(e$s.shift, e$l.shift),
       accuracy = number(e$C.b), pearson = number(cor.test(x$first, x$second)$estimate), pearson_ci = number(cor.test(x$first, x$second)$conf.int))
})
for (name in names(methods)) keep(paste0("methods_", name), methods[[name]])
repeats <- { m <- rep(c(2, 3, 4, 3, 2, 5, 3, 3, 2, 4, 3, 6), length.out = 20); p <- rep(seq_along(m), m); t <- rnorm(20, 50, 8)[p]
  data.frame(person = p, first = round(t + rnorm(length(p), sd = 2), 2), second = round(t + rnorm(20, 1, 3)[p] + rnorm(length(p), sd = 2), 2)) }
keep("repeats", repeats)
repeated <- {
  d <- repeats$first - repeats$second; p <- factor(repeats$person); m <- as.vector(table(p)); n <- length(m); N <- length(d)
  means <- tapply(d, p, mean); sb <- var(as.vector(means)); sw <- summary(aov(d ~ p))[[1]]$`Mean Sq`[2]; h <- 1 / mean(1 / m)
  s2 <- sb + (1 - 1 / h) * sw; z <- qnorm(0.975); a <- 0.025
  u <- s2 + sqrt((sb * ((n - 1) / qchisq(a, n - 1) - 1))^2 + ((1 - 1 / h) * sw * ((N - n) / qchisq(a, N - n) - 1))^2)
  l <- s2 - sqrt((sb * (1 - (n - 1) / qchisq(1 - a, n - 1)))^2 + ((1 - 1 / h) * sw * (1 - (N - n) / qchisq(1 - a, N - n)))^2)
  b <- mean(means); out <- sqrt(z^2 * sb / n + z^2 * (sqrt(u) - sqrt(s2))^2); inn <- sqrt(z^2 * sb / n + z^2 * (sqrt(s2) - sqrt(l))^2)
  list(bias = b, sd = sqrt(s2), sd_ci = sqrt(c(l, u)), lower = b - z * sqrt(s2), lower_ci = b - z * sqrt(s2) + c(-out, inn), upper = b + z * sqrt(s2), upper_ci = b + z * sqrt(s2) + c(-inn, out))
}

# Change and anchor --------------------------------------------------------------------------------------------------
anchored <- function(n, gain, noise, digits, cuts = c(-0.8, 0.6, 1.6)) {
  true <- rnorm(n, gain, 1); before <- rnorm(n, 50, 10)
  data.frame(before = round(before + rnorm(n, sd = 4), digits), after = round(before + 8 * true + rnorm(n, sd = 4), digits),
             anchor = as.numeric(cut(true + rnorm(n, sd = noise), c(-Inf, cuts, Inf))) - 2)
}
changes <- list(even = anchored(160, 0.5, 0.6, 0), rare = anchored(240, -0.2, 0.8, 1), many = anchored(120, 1.3, 0.5, 0))
change <- lapply(changes, function(x) {
  d <- x$after - x$before; imp <- x$anchor >= 1; n <- length(d)
  r <- roc(imp, d, quiet = TRUE, direction = "<"); area <- ci.auc(r, method = "delong")
  best <- coords(r, "best", best.method = "youden", ret = c("threshold", "sensitivity", "specificity"))
  fit <- glm(imp ~ d, family = binomial, control = glm.control(epsilon = 1e-14, maxit = 100)); b <- coef(fit)
  odds <- log(mean(imp) / (1 - mean(imp))); pred <- (odds - b[1]) / b[2]
  sdb <- sd(x$before); es <- mean(d) / sdb; g <- mean(d[imp]) / sd(d[!imp])
  sem <- sd(d) / sqrt(2); ic <- suppressMessages(suppressWarnings(psych::ICC(x[, c("before", "after")], lmer = FALSE)))$results
  aovs <- anova(lm(y ~ factor(p) + factor(w), data.frame(y = c(x$before, x$after), p = rep(seq_len(n), 2), w = rep(1:2, each = n))))$`Mean Sq`
  sa <- sqrt(max((aovs[2] - aovs[3]) / n, 0) + aovs[3])
  list(auc = number(area), auc_se = sqrt(var(r, method = "delong")), cut = best$threshold, sensitivity = best$sensitivity, specificity = best$specificity,
       predictive = number(pred), adjusted = number(pred - (0.090 + 0.103 * cor(d, imp)) * sd(d) * odds),
       mean_change = mean(d[x$anchor == 1]), mean_change_ci = number(t.test(d[x$anchor == 1])$conf.int), correlation = cor(d, imp),
       spearman = cor(d, x$anchor, method = "spearman"),
       srm = mean(d) / sd(d), es = es, es_se = sqrt(var(d) / (n * sdb^2) + es^2 / (2 * (n - 1))),
       guyatt = g, guyatt_se = sqrt(var(d[imp]) / (sum(imp) * var(d[!imp])) + g^2 / (2 * (sum(!imp) - 1))),
       sem_consistency = sem, sem_consistency_ci = sem * sqrt((n - 1) / qchisq(c(0.975, 0.025), n - 1)), sem_agreement = sa,
       icc = c(ic$ICC[2], ic[["lower bound"]][2], ic[["upper bound"]][2]), pearson = number(cor(x$before, x$after)), mean_diff_ci = number(t.test(d)$conf.int))
})
for (name in names(changes)) keep(paste0("change_", name), changes[[name]])

versions <- sapply(c("psych", "psy", "lme4", "pROC", "epiR"), function(p) as.character(packageVersion(p)), simplify = FALSE)
write(toJSON(list(r = R.version.string, packages = versions,
                  cases = list(icc = icc, reml = reml, cohen = cohen, methods = method, repeated = repeated, change = change)),
             digits = NA, auto_unbox = TRUE, pretty = TRUE, na = "null"), file.path(root, "values", "agreement.json"))
