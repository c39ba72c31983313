# Reference values of randomisation over areas: full enumeration with combn, coin, power of t.test, Hotelling by hand.
# Run from the project's root: Rscript tests/reference/make/areas_randomization.R
suppressMessages({library(jsonlite); library(coin)})
set.seed(61)
welch <- function(y, w) { a <- y[w == 1]; b <- y[w == 0]; c(mean(a) - mean(b), sqrt(var(a) / length(a) + var(b) / length(b))) }
listed <- function(d) t(combn(length(d), sum(d), function(p) as.numeric(seq_along(d) %in% p)))
ptest <- function(y, d, W, stat, at = 0) { z <- y - at * d; t0 <- abs(stat(z, d)); mean(apply(W, 1, function(w) abs(stat(z, w))) >= t0 * (1 - 1e-9)) }
plain <- function(y, w) welch(y, w)[1]; studentized <- function(y, w) { s <- welch(y, w); s[1] / s[2] }
# limits by bisection of the p value from a rejected effect towards the estimate
edge <- function(y, d, W, stat, side) { e <- plain(y, d); out <- e + side * 20 * sd(y); kept <- e
  for (i in 1:50) { m <- (out + kept) / 2; if (ptest(y, d, W, stat, m) > 0.05) kept <- m else out <- m }; kept }
sets <- list(six = list(y = round(rnorm(12) + rep(c(1, 0), each = 6), 2), d = rep(c(1, 0), each = 6)),
             three = list(y = round(rexp(10), 3), d = c(1, 1, 1, rep(0, 7))), ties = list(y = sample(1:4, 11, TRUE), d = rep(c(1, 0), c(5, 6))))
whole <- lapply(sets, function(s) { W <- listed(s$d)
  out <- list(y = s$y, d = s$d, n = nrow(W), coin = as.numeric(pvalue(oneway_test(s$y ~ factor(s$d), distribution = "exact"))))
  out$coin_greater <- as.numeric(pvalue(oneway_test(s$y ~ factor(1 - s$d), distribution = "exact", alternative = "greater")))
  one <- function(f, at, sign) { z <- s$y - at * s$d; mean(sign * apply(W, 1, function(w) f(z, w)) >= sign * f(z, s$d) - 1e-9) }
  for (k in c("plain", "studentized")) { f <- get(k)
    out[[k]] <- list(p = ptest(s$y, s$d, W, f), statistic = f(s$y, s$d), low = edge(s$y, s$d, W, f, -1), high = edge(s$y, s$d, W, f, 1), under = sapply(c(0, -0.5, 0.5), function(at) one(f, at, 1)),
      over = sapply(c(0, -0.5, 0.5), function(at) one(f, at, -1))) }
  out })
pairs <- (function() { y <- round(rnorm(16), 2); d <- rep(c(1, 0), 8); y <- y + 0.9 * d; s <- rep(1:8, each = 2); delta <- y[d == 1] - y[d == 0]
  S <- as.matrix(expand.grid(rep(list(c(1, -1)), 8))); ts <- function(x) mean(x) / (sd(x) / sqrt(8))
  list(y = y, d = d, strata = s, plain = mean(abs(S %*% delta) >= abs(sum(delta)) - 1e-9), statistic = ts(delta),
       studentized = mean(abs(apply(S, 1, function(g) ts(g * delta))) >= abs(ts(delta)) - 1e-9),
       coin = as.numeric(pvalue(oneway_test(y ~ factor(d) | factor(s), distribution = "exact")))) })()
blocks <- (function() { y <- round(rnorm(13), 2); d <- c(1, 1, 0, 0, 0, 1, 1, 1, 1, 0, 0, 0, 0); s <- rep(1:2, c(5, 8)); y <- y + d
  A <- listed(d[1:5]); B <- listed(d[6:13]); f <- function(y, w) { u <- welch(y[s == 1], w[s == 1]); v <- welch(y[s == 2], w[s == 2])
    c((5 * u[1] + 8 * v[1]) / 13, sqrt((5 * u[2] / 13)^2 + (8 * v[2] / 13)^2)) }
  all <- do.call(rbind, lapply(seq_len(nrow(A)), function(i) cbind(matrix(A[i, ], nrow(B), 5, byrow = TRUE), B)))
  one <- function(y, w) f(y, w)[1]; two <- function(y, w) { g <- f(y, w); g[1] / g[2] }
  list(y = y, d = d, strata = s, n = nrow(all), estimate = one(y, d), statistic = two(y, d), plain = ptest(y, d, all, one), studentized = ptest(y, d, all, two)) })()
# Conley and Taber, Ferman and Pinto, one treated area; `within` is the known variance of one person's change. Residuals are
# shrunk with the upper 90 % limit of the constant when `within` is known, and never when it is not
placebo <- function(t, k, m1 = NULL, m0 = NULL, within = NULL) { e <- k - mean(k); n0 <- length(k); v1 <- 1; v0 <- rep(1, n0); s <- e^2 * n0 / (n0 - 1)
  if (!is.null(m1)) { b <- if (is.null(within)) coef(lm(s ~ I(1 / m0))) else c(max(0, mean(s - within / m0)), within)
    stopifnot(b >= 0, b[2] > 0); v1 <- b[1] + b[2] / m1; v0 <- b[1] + b[2] / m0; most <- max(0, mean(s) * (n0 - 1) / qchisq(0.1, n0 - 1) - mean(b[2] / m0))
    floor <- if (is.null(within)) 1 else sqrt((most + b[2] / m1) / (most + b[2] / m0)) }
  q <- (if (is.null(m1)) 1 else pmax(sqrt(v1 / v0), floor)) * e * sqrt((n0 + 1) / (n0 - 1)); est <- t - mean(k)
  p <- function(at) (1 + sum(abs(q) >= abs(est - at) - 1e-12)) / (1 + n0); a <- sort(abs(q), decreasing = TRUE); m <- floor(0.05 * (1 + n0) + 1e-9)
  if (m > 0) stopifnot(p(est + a[m] * 0.9999) > 0.05, p(est + a[m] * 1.0001) <= 0.05)
  list(treated = t, comparison = k, m1 = if (is.null(m1)) -1 else m1, m0 = if (is.null(m0)) -1 else m0, within = if (is.null(within)) -1 else within,
       estimate = est, p = p(0), half = if (m > 0) a[m] else -1) }
n <- round(runif(25, 10, 200)); k <- round(rnorm(25) * sqrt(0.05 + 20 / n), 3)
cases <- list(whole = whole, pairs = pairs, blocks = blocks, placebo = list(one = placebo(1.1, k), few = placebo(0.7, k[1:8]),
  sized = placebo(1.1, k, 15, n), known = placebo(1.1, k, 15, n, 12),
  smallest = placebo(1.1, k, 5, n), smallest_known = placebo(1.1, k, 5, n, 12), large = placebo(1.1, k, 300, n), large_known = placebo(1.1, k, 300, n, 12),
  large_alike = placebo(1.1, k, 300, n, 40)))
# Trends before the pilot
M <- round(matrix(rnorm(15 * 4), 15) %*% chol(0.4 * diag(4) + 0.6), 3); d <- rep(c(1, 0), c(6, 9)); time <- c(0, 1, 2.5, 3)
D <- M[, -1] - M[, 1]; tests <- apply(D, 2, function(x) { t <- t.test(x[d == 1], x[d == 0]); c(unname(t$estimate[1] - t$estimate[2]), t$stderr, unname(t$parameter), t$p.value) })
slopes <- apply(M, 1, function(y) coef(lm(y ~ time))[2]); ts <- t.test(slopes[d == 1], slopes[d == 0])
V1 <- var(D[d == 1, ]) / 6; V0 <- var(D[d == 0, ]) / 9; V <- V1 + V0; b <- colMeans(D[d == 1, ]) - colMeans(D[d == 0, ]); r <- solve(chol(V))
term <- function(S, n) { Q <- t(r) %*% S %*% r; (sum(diag(Q %*% Q)) + sum(diag(Q))^2) / (n - 1) }
v <- (3 + 9) / (term(V1, 6) + term(V0, 9)); F <- (v - 2) / (v * 3) * sum(b * solve(V, b))
need <- uniroot(function(x) { q <- qt(0.975, ts$parameter); pt(q, ts$parameter, x, lower.tail = FALSE) + pt(-q, ts$parameter, x) - 0.8 }, c(0.01, 10), tol = 1e-12)$root
pool <- lm(D ~ d); S <- crossprod(residuals(pool)) / 13 * (1 / 6 + 1 / 9); H <- anova(lm(D ~ 1), pool, test = "Hotelling-Lawley")
cases$trend <- list(means = M, d = d, time = time, tests = tests, slope = c(unname(ts$estimate[1] - ts$estimate[2]), ts$stderr, unname(ts$parameter), ts$p.value),
  joint = c(F, v - 2, pf(F, 3, v - 2, lower.tail = FALSE)), detectable = need * ts$stderr, pooled = S,
  hotelling = c(H[2, "approx F"], H[2, "den Df"], H[2, "Pr(>F)"]))
write_json(list(r = R.version.string, packages = list(coin = as.character(packageVersion("coin"))), cases = cases),
  "tests/reference/values/areas_randomization.json", digits = NA, auto_unbox = TRUE)
