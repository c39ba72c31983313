# Trimming and worst-case bounds by sorting, Lee's printed variance, Imbens and Manski's interval by uniroot; regression to
# the mean by lm and numerical integration; delta adjustment by lm. Base R alone.
# Run from the project's root: Rscript tests/reference/make/missing_bounds.R
# Writes tests/reference/data/missing_arms.csv and tests/reference/values/missing_bounds.json.
suppressMessages(library(jsonlite))
RNGkind("Mersenne-Twister", "Inversion", "Rejection")
set.seed(20240705)
n <- 420
d <- rep(0:1, each = n / 2)
cell <- sample(0:2, n, TRUE)
before <- round(50 + 4 * cell + rnorm(n, sd = 12), 2)
y <- round(pmin(pmax(before + 5 * d + rnorm(n, sd = 10), 0), 100), 2)
seen <- runif(n) < plogis(0.3 + 0.5 * d + 0.02 * (before - 50) + 0.2 * cell)
after <- ifelse(seen, y, NA)
x <- data.frame(treated = d, cell = cell, before = before, after = after)
write.csv(x, "tests/reference/data/missing_arms.csv", row.names = FALSE, na = "")
im <- function(l, u, sl, su, level = 0.95) {
  C <- uniroot(function(C) pnorm(C + (u - l) / max(sl, su)) - pnorm(-C) - level, c(1, 3), tol = 1e-14)$root
  c(l - C * sl, u + C * su)
}
part_mean <- function(y, mass) { full <- floor(mass + 1e-9); rest <- mass - full
  (sum(y[seq_len(full)]) + if (rest > 1e-9) rest * y[full + 1] else 0) / mass }
lee <- function(y, d) {
  s <- !is.na(y); q1 <- mean(s[d == 1]); q0 <- mean(s[d == 0]); swap <- q0 > q1
  if (swap) { d <- 1 - d; t <- q1; q1 <- q0; q0 <- t }
  y1 <- sort(y[d == 1 & s]); y0 <- y[d == 0 & s]; p <- 1 - q0 / q1; mass <- length(y1) * (1 - p)
  low <- part_mean(y1, mass) - mean(y0); high <- part_mean(rev(y1), mass) - mean(y0)
  out <- if (swap) c(-high, -low) else c(low, high)
  list(bounds = out, p = p, smaller = q0)
}
# Lee (2009), proposition 3, population variances, the border's share in the trimmed mean
lee_error <- function(y, d, top) {
  s <- !is.na(y); n <- length(y); q1 <- mean(s[d == 1]); a0 <- mean(s[d == 0]); p <- 1 - a0 / q1
  y1 <- sort(y[d == 1 & s], decreasing = top); m <- length(y1); mass <- round(m * (1 - p), 9); w <- c(rep(1, floor(mass)), mass - floor(mass), rep(0, m))[1:m]
  border <- if (mass == floor(mass)) mean(y1[mass + 0:1]) else y1[floor(mass) + 1]; mu <- sum(w * y1) / mass; v <- sum(w * (y1 - mu)^2) / mass
  esd <- m / n
  vp <- (1 - p)^2 * ((1 - a0 / (1 - p)) / (mean(d) * a0 / (1 - p)) + (1 - a0) / ((1 - mean(d)) * a0))
  vt <- v / (esd * (1 - p)) + (border - mu)^2 * p / (esd * (1 - p)) + ((border - mu) / (1 - p))^2 * vp
  y0 <- y[d == 0 & s]; vc <- mean((y0 - mean(y0))^2) / (length(y0) / n)
  sqrt((vt + vc) / n * n / (n - 1))
}
plain <- lee(after, d); el <- lee_error(after, d, FALSE); eu <- lee_error(after, d, TRUE)
cells <- lapply(0:2, function(g) lee(after[cell == g], d[cell == g]))
share <- sapply(0:2, function(g) mean(cell == g)) * sapply(cells, function(r) r$smaller)
tight <- rowSums(sapply(seq_along(cells), function(i) share[i] * cells[[i]]$bounds)) / sum(share)
worst <- function(before, after) {
  out <- lapply(c(0, 100), function(e) { ch <- ifelse(is.na(after), e, after) - before; c(mean(ch), sd(ch) / sqrt(length(ch))) })
  list(bounds = c(out[[1]][1], out[[2]][1]), errors = c(out[[1]][2], out[[2]][2]), ci = im(out[[1]][1], out[[2]][1], out[[1]][2], out[[2]][2]))
}
t1 <- d == 1
b <- before[t1]; a <- after[t1]; s <- !is.na(a)
fit <- lm(I(a - b)[s] ~ b[s]); X <- cbind(1, b); mu <- mean(X %*% coef(fit))
# the sandwich of the stacked equations: regression among those seen, means of predictors, share unseen
H <- t(X[s, ]) %*% X[s, ] / length(b); IF <- matrix(0, length(b), 2)
IF[, 1] <- (X %*% coef(fit) - mu); IF[s, 1] <- IF[s, 1] + (X[s, ] %*% solve(H) %*% colMeans(X)) * resid(fit)
IF[, 2] <- (!s) - mean(!s)
V <- t(IF) %*% IF / length(b)^2 * sum(s) / (sum(s) - 2); q <- qt(0.975, sum(s) - 2)
edge <- function(delta) { e <- mu + delta * mean(!s); e - q * sqrt(c(1, delta) %*% V %*% c(1, delta)) }
zero <- uniroot(edge, c(-60, 0), tol = 1e-13)$root
chosen <- before < 45 & !is.na(after)
mc <- summary(lm(I(after[chosen] - 50) ~ I(before[chosen] - 50)))$coefficients
mee <- list(effect = mc[1, 1] , se = mc[1, 2], t = mc[1, 3], p = mc[1, 4], slope = mc[2, 1], change = mean((after - before)[chosen]))
# with the first score's population mean, 50, as null: E(second | first = 50) - 50
davis <- sapply(c(40, 50, 65), function(cut) 12 * (1 - 0.6) * integrate(function(z) -z * dnorm(z), -Inf, (cut - 52) / 12, rel.tol = 1e-12)$value / pnorm((cut - 52) / 12))
write_json(list(r = R.version.string, packages = list(base = "base"),
  lee = list(bounds = plain$bounds, p = plain$p, errors = c(el, eu), ci = im(plain$bounds[1], plain$bounds[2], el, eu), cells = tight),
  worst = worst(before[t1], after[t1]), tipping = list(change = mu, unseen = mean(!s), covariance = V, zero = zero),
  mee = mee, davis = davis), "tests/reference/values/missing_bounds.json", auto_unbox = TRUE, digits = NA)
