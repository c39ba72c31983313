# Reference values of partially overlapping samples: t.test at the ends, Derrick et al. (2017) from its formulas,
# REML fits by nlme::gls and lme4::lmer (lmerTest: Kenward-Roger of pbkrtest).
# Run from the project's root: Rscript tests/reference/make/overlap.R
suppressMessages({library(jsonlite); library(nlme); library(lme4); library(lmerTest); library(pbkrtest); library(numDeriv)})
set.seed(21)
make <- function(both, one, two, r, s2, digits) {
  z <- matrix(rnorm(2 * (both + one + two)), ncol = 2)
  d <- data.frame(first = round(3 + z[, 1], digits), second = round(3.2 + s2 * (r * z[, 1] + sqrt(1 - r^2) * z[, 2]), digits))
  if (one) d$second[both + seq_len(one)] <- NA
  if (two) d$first[both + one + seq_len(two)] <- NA
  d
}
sets <- list(balanced = make(40, 25, 30, 0.6, 1, 6), few = make(8, 30, 20, 0.7, 1.6, 6), likert = make(30, 12, 45, 0.5, 1, 0),
             negative = make(25, 20, 20, -0.4, 1.2, 6), one_sided = make(35, 20, 0, 0.7, 0.8, 6),
             pairs = make(22, 0, 0, 0.6, 1.3, 6), none = make(0, 18, 27, 0, 1.5, 6))
derrick <- function(d) {
  a <- na.omit(d$first); b <- na.omit(d$second); p <- na.omit(d); n1 <- length(a); n2 <- length(b); nc <- nrow(p)
  na <- n1 - nc; nb <- n2 - nc; r <- if (nc) cor(p$first, p$second) else 0
  sp <- sqrt(((n1 - 1) * var(a) + (n2 - 1) * var(b)) / (n1 + n2 - 2))
  t1 <- (mean(b) - mean(a)) / (sp * sqrt(1 / n1 + 1 / n2 - 2 * r * nc / (n1 * n2)))
  t2 <- (mean(b) - mean(a)) / sqrt(var(a) / n1 + var(b) / n2 - 2 * r * sd(a) * sd(b) * nc / (n1 * n2))
  g <- (var(a) / n1 + var(b) / n2)^2 / ((var(a) / n1)^2 / (n1 - 1) + (var(b) / n2)^2 / (n2 - 1))
  list(t1 = t1, df1 = (nc - 1) + (na + nb + nc - 1) / (na + nb + 2 * nc) * (na + nb), t2 = t2,
       df2 = (nc - 1) + (g - nc + 1) / (na + nb + 2 * nc) * (na + nb))
}
long <- function(d) {
  l <- data.frame(id = rep(seq_len(nrow(d)), 2), wave = rep(0:1, each = nrow(d)), y = c(d$first, d$second))
  l <- l[!is.na(l$y), ]; l[order(l$id, l$wave), ]
}
# REML criterion of three free (co)variances, written with full matrices, sharpened by Newton from the gls solution
full <- function(d) {
  l <- long(d); X <- cbind(1 - l$wave, l$wave); same <- outer(l$id, l$id, "==")
  V <- function(p) { v <- matrix(0, nrow(l), nrow(l)); w <- l$wave + 1
    v[same] <- matrix(c(p[1], p[3], p[3], p[2]), 2)[cbind(w[row(v)[same]], w[col(v)[same]])]; v }
  parts <- function(p) { Vi <- solve(V(p)); A <- t(X) %*% Vi %*% X; b <- solve(A, t(X) %*% Vi %*% l$y); list(A = A, b = b, Vi = Vi) }
  m2l <- function(p) { q <- parts(p); e <- l$y - X %*% q$b; as.numeric(determinant(V(p))$modulus + determinant(q$A)$modulus + t(e) %*% q$Vi %*% e) }
  g <- gls(y ~ wave, l, weights = varIdent(form = ~1 | wave), correlation = corSymm(form = ~ wave + 1 | id), method = "REML",
           control = glsControl(tolerance = 1e-10, msTol = 1e-12, opt = "optim", msMaxIter = 500, maxIter = 500))
  C <- getVarCov(g, individual = l$id[which(l$wave == 1 & duplicated(l$id))[1]]); p <- c(C[1, 1], C[2, 2], C[1, 2])
  for (i in 1:6) p <- p - solve(hessian(m2l, p), grad(m2l, p))
  q <- parts(p); Phi <- solve(q$A); k <- c(-1, 1)
  E <- list(V(c(1, 0, 0)), V(c(0, 1, 0)), V(c(0, 0, 1))); P <- q$Vi - q$Vi %*% X %*% Phi %*% t(X) %*% q$Vi
  info <- outer(1:3, 1:3, Vectorize(function(i, j) sum(diag(P %*% E[[i]] %*% P %*% E[[j]])) / 2)); W <- solve(info)
  L <- lapply(E, function(e) -t(X) %*% q$Vi %*% e %*% q$Vi %*% X)
  U <- Reduce(`+`, lapply(1:3, function(i) Reduce(`+`, lapply(1:3, function(j)
    W[i, j] * (t(X) %*% q$Vi %*% E[[i]] %*% q$Vi %*% E[[j]] %*% q$Vi %*% X - L[[i]] %*% Phi %*% L[[j]])))))
  PA <- Phi + 2 * Phi %*% U %*% Phi
  s <- grad(function(p) as.numeric(t(k) %*% solve(parts(p)$A) %*% k), p); v <- as.numeric(t(k) %*% Phi %*% k)
  list(estimate = sum(k * q$b), plain = sqrt(v), std_error = sqrt(as.numeric(t(k) %*% PA %*% k)), df = as.numeric(2 * v^2 / (s %*% W %*% s)),
       correlation = p[3] / sqrt(p[1] * p[2]), gls = unname(coef(g)[2]), gls_error = unname(sqrt(diag(vcov(g)))[2]))
}
mixed <- function(d) {
  l <- long(d)
  m <- lme4::lmer(y ~ wave + (1 | id), l, REML = TRUE, control = lmerControl(optimizer = "nloptwrap", calc.derivs = FALSE,
    optCtrl = list(xtol_abs = 1e-12, ftol_abs = 1e-14, xtol_rel = 1e-12, maxeval = 1e5)))
  list(estimate = unname(fixef(m)[2]), plain = unname(sqrt(vcov(m)[2, 2])), std_error = unname(sqrt(vcovAdj(m)[2, 2])),
       df = unname(get_Lb_ddf(m, c(0, 1))))
}
cases <- lapply(sets, function(d) list(derrick = derrick(d)))
for (name in c("balanced", "few", "likert", "negative", "one_sided")) cases[[name]]$full <- full(sets[[name]])
for (name in c("balanced", "few", "likert", "one_sided")) cases[[name]]$mixed <- mixed(sets[[name]])
tt <- function(x) list(estimate = unname(if (length(x$estimate) > 1) x$estimate[1] - x$estimate[2] else x$estimate), std_error = x$stderr, df = unname(x$parameter))
cases$pairs$t_test <- tt(t.test(sets$pairs$second, sets$pairs$first, paired = TRUE))
cases$none$t_test <- tt(t.test(sets$none$second, sets$none$first))
cases$none$student <- tt(t.test(sets$none$second, sets$none$first, var.equal = TRUE))
all <- do.call(rbind, lapply(names(sets), function(n) cbind(set = n, sets[[n]])))
write.csv(all, "tests/reference/data/overlap.csv", row.names = FALSE, na = "")
v <- function(p) as.character(packageVersion(p))
write_json(list(r = R.version.string, packages = list(nlme = v("nlme"), lme4 = v("lme4"), pbkrtest = v("pbkrtest")), cases = cases),
  "tests/reference/values/overlap.json", digits = NA, auto_unbox = TRUE)
