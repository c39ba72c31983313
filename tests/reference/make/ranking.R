# Reference values of zones side by side: means with cluster-robust errors, partial pooling, critical values of all pairs.
# Run from the project's root: Rscript tests/reference/make/ranking.R
# Writes tests/reference/data/ranking_people.csv and tests/reference/values/ranking.json.
suppressMessages({library(jsonlite); library(clubSandwich); library(metafor); library(mvtnorm)})
RNGkind("Mersenne-Twister", "Inversion", "Rejection")
set.seed(20261127)
root <- "tests/reference"
number <- function(x) as.numeric(unname(x))
sizes <- c(Centre = 74, East = 41, North = 58, Port = 12, West = 66)
shift <- c(Centre = 50, East = 58, North = 44, Port = 61, West = 53)
people <- do.call(rbind, lapply(names(sizes), function(z) {
  n <- sizes[[z]]
  hood <- sample(if (z == "Port") 1:3 else 1:7, n, replace = TRUE)
  data.frame(zone = z, hood = paste0(z, hood), interviewer = paste0("i", sample(1:9, n, replace = TRUE)),
             weight = round(runif(n, 0.4, 2.5), 3),
             trust = round(pmin(100, pmax(0, shift[[z]] + rnorm(7, sd = 5)[hood] + rnorm(n, sd = 17))), 3))
}))
write.csv(people, file.path(root, "data", "ranking_people.csv"), row.names = FALSE)

robust <- function(cluster, weighted) {
  people$w <- if (weighted) people$weight else 1
  fit <- if (weighted) lm(trust ~ 0 + zone, people, weights = w) else lm(trust ~ 0 + zone, people)
  v <- vcovCR(fit, cluster = people[[cluster]], type = "CR2")
  t <- coef_test(fit, vcov = v, test = "Satterthwaite")
  list(estimate = number(coef(fit)), se = number(t$SE), df = number(if (is.null(t$df)) t$df_Satt else t$df), covariance = unname(as.matrix(v)))
}
means <- aggregate(trust ~ zone, people, function(y) c(mean(y), sd(y) / sqrt(length(y)), length(y) - 1))
y <- means$trust[, 1]; se <- means$trust[, 2]; df <- means$trust[, 3]
stretched <- se * qt(0.975, df) / qnorm(0.975)

tight <- list(threshold = 1e-13, maxiter = 10000)
average <- suppressWarnings(rma(y, sei = se, test = "adhoc", control = tight))
limits <- suppressMessages(confint(average, control = list(tol = 1e-13, tau2.max = 1e6)))$random["tau", ]
leaning <- blup(suppressWarnings(rma(y, sei = se, test = "knha", control = tight)))

# partial pooling with tau integrated out over its restricted likelihood, flat in tau, by quadrature
pool <- function(y, s) {
  at <- function(tau) {
    w <- 1 / (s^2 + tau^2); mu <- sum(w * y) / sum(w)
    density <- exp(0.5 * (sum(log(w)) - log(sum(w)) - sum(w * (y - mu)^2)))
    b <- s^2 * w; mean <- b * mu + (1 - b) * y
    list(density = density, mean = mean, second = b * tau^2 + b^2 / sum(w) + mean^2, share = b)
  }
  over <- function(f) integrate(Vectorize(f), 0, Inf, rel.tol = 1e-10, subdivisions = 2000)$value
  total <- over(function(tau) at(tau)$density)
  of <- function(part, j) over(function(tau) { a <- at(tau); a$density * a[[part]][j] }) / total
  k <- seq_along(y); m <- sapply(k, function(j) of("mean", j))
  list(mean = m, sd = sqrt(sapply(k, function(j) of("second", j)) - m^2), share = sapply(k, function(j) of("share", j)))
}

# how large the largest of all pairwise differences gets by chance: normal, unequal errors
pairs <- combn(length(y), 2)
C <- t(apply(pairs, 2, function(p) { row <- numeric(length(y)); row[p] <- c(1, -1); row }))
R <- cov2cor(C %*% diag(se^2) %*% t(C))
largest <- number(abs(C %*% y) / sqrt(diag(C %*% diag(se^2) %*% t(C))))
precise <- GenzBretz(maxpts = 2e6, abseps = 1e-6, releps = 0)
p_largest <- sapply(largest, function(t) 1 - pmvnorm(rep(-t, ncol(pairs)), rep(t, ncol(pairs)), corr = R, algorithm = precise))
critical <- uniroot(function(c) { set.seed(1); 0.95 - pmvnorm(rep(-c, ncol(pairs)), rep(c, ncol(pairs)), corr = R, algorithm = precise) }, c(2, 4), tol = 1e-6)$root

# intervals for comparing: the average error over pairs of equal zones
comparing <- function(s, df) uniroot(function(c) mean(apply(combn(length(s), 2), 2, function(p) {
  both <- sqrt(sum(s[p]^2)); nu <- sum(s[p]^2)^2 / sum(s[p]^4 / df[p]); 2 * pt(c * sum(s[p]) / both, nu, lower.tail = FALSE)
})) - 0.05, c(1, 3), tol = 1e-13)$root

out <- list(
  r = R.version.string,
  packages = lapply(c(clubSandwich = "clubSandwich", metafor = "metafor", mvtnorm = "mvtnorm"), function(p) as.character(packageVersion(p))),
  robust = list(hood = robust("hood", FALSE), hood_weighted = robust("hood", TRUE), interviewer = robust("interviewer", FALSE),
                interviewer_weighted = robust("interviewer", TRUE)),
  means = list(estimate = y, se = se, df = df),
  average = list(estimate = number(average$beta), se = average$se, low = average$ci.lb, high = average$ci.ub, tau = sqrt(average$tau2),
                 tau_low = number(limits[2]), tau_high = number(limits[3]), i2 = average$I2 / 100),
  blup = list(estimate = number(leaning$pred), se = number(leaning$se)),
  pooled = pool(y, stretched), pooled_plain = pool(y, se),
  critical = critical, p_single_step = number(p_largest),
  tukey = lapply(list("3" = 3, "5" = 5, "12" = 12), function(k) qtukey(0.95, k, Inf) / sqrt(2)),
  comparing = list(normal = comparing(se, rep(Inf, length(se))), t = comparing(se, df)))
write_json(out, file.path(root, "values", "ranking.json"), auto_unbox = TRUE, digits = NA, null = "null", na = "null")
