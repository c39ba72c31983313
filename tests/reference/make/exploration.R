# Reference values of exploratory factor analysis: psych, GPArotation, stats::factanal, lavaan.
# Run from the project's root: Rscript tests/reference/make/exploration.R
# Writes tests/reference/data/exploration_*.csv and tests/reference/values/exploration.json.
suppressMessages({library(jsonlite); library(psych); library(lavaan); library(GPArotation)})
root <- "tests/reference"
set.seed(20261127)

cut_at <- function(y, probabilities) as.integer(cut(y, c(-Inf, qnorm(probabilities), Inf)))
items_from <- function(n, L, phi, categories, skew = 0) {
  m <- ncol(L)
  f <- matrix(rnorm(n * m), n) %*% chol(phi)
  u <- sqrt(pmax(1 - diag(L %*% phi %*% t(L)), 0.05))
  y <- f %*% t(L) + t(t(matrix(rnorm(n * nrow(L)), n)) * u)
  x <- sapply(seq_len(nrow(L)), function(i) cut_at(y[, i], pnorm(qnorm(seq_len(categories[i] - 1) / categories[i]) + skew)))
  colnames(x) <- paste0("q", seq_len(nrow(L)))
  as.data.frame(x)
}
pattern <- function(k, m, high, cross) {
  L <- matrix(runif(k * m, -cross, cross), k)
  for (j in seq_len(m)) L[((j - 1) * k / m + 1):(j * k / m), j] <- runif(k / m, high - 0.15, high + 0.15)
  L
}
equal <- function(m, r) { P <- matrix(r, m, m); diag(P) <- 1; P }

mixed <- items_from(400, pattern(12, 2, 0.65, 0.1), equal(2, 0.4), rep(c(2, 3, 4, 5, 6, 7), 2), 0.3)
holes <- items_from(350, pattern(9, 3, 0.65, 0.1), equal(3, 0.3), rep(5, 9), 0.4)
for (j in seq_len(9)) holes[sample(350, 30), j] <- NA
general <- cbind(0.55, pattern(16, 4, 0.45, 0.05))
general <- items_from(600, general, diag(5), rep(4, 16))
sets <- list(mixed = mixed, holes = holes, general = general)
for (name in names(sets)) write.csv(sets[[name]], file.path(root, sprintf("data/exploration_%s.csv", name)), row.names = FALSE, na = "")
matrices <- list(
  mixed = list(R = cor(mixed), n = 400, m = 2), holes = list(R = cor(holes, use = "pairwise"), n = 350, m = 3),
  general = list(R = cor(general), n = 600, m = 4),
  holzinger = list(R = cor(HolzingerSwineford1939[, paste0("x", 1:9)]), n = 301, m = 3)
)

# Half the sum of squared residuals, and the likelihood discrepancy, searched again until nothing moves.
again <- function(R, m, start, kind) {
  k <- nrow(R)
  value <- function(u) {
    if (kind == "ml") { e <- eigen(R / sqrt(outer(u, u)), symmetric = TRUE, only.values = TRUE)$values[-seq_len(m)]; return(sum(e - log(e) - 1)) }
    e <- eigen(R - diag(u), symmetric = TRUE, only.values = TRUE)$values[-seq_len(m)]; sum(e^2) / 2
  }
  slope <- function(u) {
    if (kind == "ml") { e <- eigen(R / sqrt(outer(u, u)), symmetric = TRUE); v <- e$vectors[, -seq_len(m)]^2; return(c(v %*% (1 - e$values[-seq_len(m)])) / u) }
    e <- eigen(R - diag(u), symmetric = TRUE); -c(e$vectors[, -seq_len(m)]^2 %*% e$values[-seq_len(m)])
  }
  u <- start
  for (i in 1:5) u <- optim(u, value, slope, method = "L-BFGS-B", lower = 0.005, upper = 1, control = list(factr = 0, pgtol = 0, maxit = 500))$par
  list(uniquenesses = u, objective = value(u), started_at = value(pmax(start, 0.005)))
}
best_turn <- function(A, how, ...) {
  best <- NULL
  turn <- function(start, eps, maxit) suppressWarnings(try(how(A, Tmat = start, eps = eps, maxit = maxit, ...), silent = TRUE))
  for (i in 1:8) {
    found <- turn(if (i == 1) diag(ncol(A)) else Random.Start(ncol(A)), 1e-5, 1000)
    if (inherits(found, "try-error")) next
    f <- found$Table[nrow(found$Table), 2]
    if (is.null(best) || f < best$f - 1e-9) best <- list(f = f, Th = found$Th)
  }
  found <- turn(best$Th, 1e-9, 5000)
  list(loadings = unclass(found$loadings), phi = if (is.null(found$Phi)) diag(ncol(A)) else found$Phi,
       f = found$Table[nrow(found$Table), 2], slope = found$Table[nrow(found$Table), 3])
}
cases <- list()
for (name in names(matrices)) {
  R <- matrices[[name]]$R; n <- matrices[[name]]$n; m <- matrices[[name]]$m; k <- nrow(R)
  kmo <- KMO(R); bart <- cortest.bartlett(R, n = n)
  par <- if (name %in% names(sets)) suppressWarnings(fa.parallel(sets[[name]], SMC = TRUE, n.iter = 20, plot = FALSE)) else
    suppressWarnings(fa.parallel(R, n.obs = n, SMC = TRUE, n.iter = 20, plot = FALSE))
  maps <- suppressWarnings(suppressMessages(vss(R, n = k - 1, n.obs = n, plot = FALSE, rotate = "none")$map))
  fits <- list()
  for (kind in c("minres", "ml")) {
    fit <- suppressWarnings(fa(R, m, n.obs = n, rotate = "none", fm = kind))
    fits[[kind]] <- list(uniquenesses = unname(fit$uniquenesses), chisq = fit$STATISTIC, dof = fit$dof, p = fit$PVAL, tli = fit$TLI,
      rms = fit$rms, crms = fit$crms, bic = fit$BIC, rmsea = unname(fit$RMSEA), again = again(R, m, unname(fit$uniquenesses), kind))
  }
  fac <- factanal(covmat = R, factors = m, n.obs = n, rotation = "none", control = list(nstart = 5, opt = list(factr = 1)))
  fits$factanal <- list(uniquenesses = unname(fac$uniquenesses), criterion = unname(fac$criteria[1]), chisq = unname(fac$STATISTIC), p = unname(fac$PVAL))
  e <- eigen(R - diag(fits$minres$again$uniquenesses), symmetric = TRUE)
  A <- e$vectors[, seq_len(m)] %*% diag(sqrt(e$values[seq_len(m)]))
  V <- varimax(A, normalize = TRUE, eps = 1e-15); P <- promax(unclass(V$loadings), m = 4)
  U <- solve(P$rotmat)
  turns <- list(
    varimax_kaiser = list(loadings = unclass(V$loadings), phi = diag(m)),
    promax_kaiser = list(loadings = unclass(P$loadings), phi = U %*% t(U)),
    varimax = best_turn(A, GPForth, method = "varimax"), quartimax = best_turn(A, GPForth, method = "quartimax"),
    geomin_orthogonal = best_turn(A, GPForth, method = "geomin", methodArgs = list(delta = 0.01)),
    oblimin = best_turn(A, GPFoblq, method = "oblimin", methodArgs = list(gam = 0)), oblimin_kaiser = best_turn(A, GPFoblq, method = "quartimin", normalize = TRUE),
    geomin = best_turn(A, GPFoblq, method = "geomin", methodArgs = list(delta = 0.01)),
    geomin_kaiser = best_turn(A, GPFoblq, method = "geomin", methodArgs = list(delta = 0.01), normalize = TRUE)
  )
  # With two factors the bifactor criterion is zero everywhere.
  if (m > 2) turns <- c(turns, list(bifactor = best_turn(A, GPForth, method = "bifactor"), bifactor_oblique = best_turn(A, GPFoblq, method = "bifactor")))
  sl <- suppressWarnings(suppressMessages(schmid(R, m, fm = "minres", n.obs = n)))
  cases[[name]] <- list(
    R = unname(R), n = n, m = m, kmo = list(overall = kmo$MSA, items = unname(kmo$MSAi)),
    bartlett = list(chisq = bart$chisq, df = bart$df, p = bart$p.value), eigen = eigen(R)$values,
    parallel = list(pc = par$pc.values, fa = par$fa.values, pc_sim = par$pc.sim, fa_sim = par$fa.sim), map = maps,
    fits = fits, unrotated = A, turns = turns,
    schmid = list(oblique = unclass(sl$oblique), phi = sl$phi, sl = unclass(sl$sl), g = unclass(sl$gloading))
  )
}

# A matrix in which one uniqueness runs to its bound: the first item would share 125 % of its variance.
R <- matrix(0.45, 5, 5); R[1, ] <- R[, 1] <- 0.75; diag(R) <- 1
heywood <- list(R = R, n = 60, m = 1)
for (kind in c("minres", "ml")) {
  u <- suppressWarnings(fa(R, 1, n.obs = 60, rotate = "none", fm = kind))
  heywood[[kind]] <- again(R, 1, unname(u$uniquenesses), kind)
}
fac <- factanal(covmat = R, factors = 1, n.obs = 60, rotation = "none", control = list(nstart = 5, opt = list(factr = 1)))
heywood$factanal <- list(uniquenesses = unname(fac$uniquenesses), criterion = unname(fac$criteria[1]))

# Standard errors of one factor (no turn to choose), and the test from polychoric correlations, by lavaan.
tight_search <- list(optim.method = "nlminb", control = list(rel.tol = 1e-15, x.tol = 1e-12, eval.max = 5000, iter.max = 5000))
one <- list()
for (estimator in c("ML", "MLM")) {
  model <- paste("f =~", paste(paste0("q", 1:6), collapse = " + "))
  fit <- do.call("cfa", c(list(model, mixed, std.lv = TRUE, estimator = estimator), tight_search))
  s <- standardizedSolution(fit); s <- s[s$op == "=~", ]
  one[[estimator]] <- list(loadings = s$est.std, se = s$se)
}
poly <- list()
for (name in c("mixed", "general")) {
  x <- sets[[name]]; m <- matrices[[name]]$m
  fit <- efa(x, nfactors = m, ordered = TRUE, estimator = "ULSMV", rotation = "none", output = "lavaan")
  poly[[name]] <- list(R = unclass(lavInspect(fit, "sampstat")$cov), fit = as.list(unclass(fitMeasures(fit, c("chisq", "chisq.scaled", "df",
    "pvalue.scaled", "rmsea.scaled", "rmsea.ci.lower.scaled", "rmsea.ci.upper.scaled", "tli.scaled", "baseline.chisq.scaled")))))
}
model <- paste("f =~", paste(paste0("q", 1:6), collapse = " + "))
fit <- do.call("cfa", c(list(model, mixed, std.lv = TRUE, ordered = TRUE, estimator = "ULSMV"), tight_search))
s <- standardizedSolution(fit); s <- s[s$op == "=~", ]
one$ULSMV <- list(loadings = s$est.std, se = s$se)

versions <- sapply(c("psych", "lavaan", "GPArotation"), function(p) as.character(packageVersion(p)))
out <- list(r = R.version.string, packages = as.list(versions), cases = cases, heywood = heywood, one_factor = one, polychoric = poly)
write_json(out, file.path(root, "values/exploration.json"), auto_unbox = TRUE, digits = NA, na = "null")
