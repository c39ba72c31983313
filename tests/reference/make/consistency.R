# Reference values of consistency beyond alpha: Guttman's bounds, glb, split halves, omegas, FIML, weights and clusters.
# Run from the project's root: Rscript tests/reference/make/consistency.R
# Writes tests/reference/data/consistency_*.csv and tests/reference/values/consistency.json.
suppressMessages({library(jsonlite); library(psych); library(lavaan); library(semTools); library(survey)})

root <- "tests/reference"
number <- function(x) as.numeric(unname(x))
quiet <- function(call) { sink(nullfile()); on.exit(sink()); suppressWarnings(suppressMessages(call)) }

# Data.
set.seed(20261)
one_factor <- function(n, loadings) outer(rnorm(n), loadings) + matrix(rnorm(n * length(loadings)), n)
cut_at <- function(x, at) matrix(findInterval(x, at) + 1, nrow(x))
named <- function(x) setNames(as.data.frame(x), paste0("q", seq_len(ncol(x))))
latent <- one_factor(250, seq(0.6, 1.4, length.out = 8))
binary <- named(sapply(1:8, function(j) 0 + (latent[, j] > seq(-0.8, 1.1, length.out = 8)[j])))
seven <- one_factor(220, c(0.7, 0.9, 1.1, 1, 0.8))
seven <- named(cbind(cut_at(seven[, 1:3], seq(-2, 2.2, length.out = 6)), cut_at(seven[, 4, drop = FALSE], c(-0.5, 0.8)),
                     cut_at(seven[, 5, drop = FALSE], c(-1, 0, 0.4, 1.2))))
seven[matrix(runif(220 * 5) < 0.08, 220)] <- NA
general <- rnorm(500)
three <- named(cut_at(do.call(cbind, lapply(1:3, function(f) {
  group <- rnorm(500)
  sapply(c(0.9, 0.8, 0.7), function(l) l * general * 0.8 + 0.7 * group + rnorm(500, sd = 0.9))
})), c(-2, -0.8, 0.4, 1.6)))
cluster <- rep(1:24, times = sample(6:20, 24, TRUE))
n <- length(cluster)
design <- named(cut_at(one_factor(n, c(0.9, 1, 0.8, 1.2, 0.7)) + rnorm(24, sd = 0.6)[cluster], c(-1.4, -0.4, 0.5, 1.3)))
design$weight <- round(exp(rnorm(n, sd = 0.5)), 3); design$cluster <- cluster
made <- list(binary = binary, seven = seven, three = three, design = design)
for (name in names(made)) write.csv(made[[name]], file.path(root, sprintf("data/consistency_%s.csv", name)), row.names = FALSE, na = "")
old <- function(name) read.csv(file.path(root, sprintf("data/reliability_%s.csv", name)))
cases <- list(continuous = old("continuous"), skewed = old("skewed"), two_factors = old("two_factors"), holes = old("holes"),
              binary = binary, seven = seven, three = three)

# Covariance-metric formulas, as printed in Guttman (1945), and the distribution-free standard error by a numeric gradient.
lambda2_of <- function(S) { k <- nrow(S); C <- S; diag(C) <- 0; (sum(C) + sqrt(k / (k - 1) * sum(C^2))) / sum(S) }
lambda6_of <- function(S) 1 - sum(1 / diag(solve(S))) / sum(S)
alpha_of <- function(S) nrow(S) / (nrow(S) - 1) * (1 - sum(diag(S)) / sum(S))
std_of <- function(S) alpha_of(cov2cor(S))
gradient_of <- function(S, coefficient) {
  k <- nrow(S); below <- lower.tri(diag(k), diag = TRUE); s <- S[below]
  rebuild <- function(v) { M <- matrix(0, k, k); M[below] <- v; M + t(M) - diag(diag(M), k) }
  vapply(seq_along(s), function(j) {
    h <- 1e-3 * sqrt(diag(S)[row(below)[below][j]] * diag(S)[col(below)[below][j]])
    at <- function(m) { v <- s; v[j] <- v[j] + m * h; coefficient(rebuild(v)) }
    (45 * (at(1) - at(-1)) - 9 * (at(2) - at(-2)) + (at(3) - at(-3))) / (60 * h)
  }, 0)
}
products_of <- function(x) {
  below <- lower.tri(diag(ncol(x)), diag = TRUE); d <- scale(x, scale = FALSE)
  t(apply(d, 1, function(row) outer(row, row)[below]))
}
adf_se <- function(x, coefficient) {
  g <- gradient_of(cov(x), coefficient)
  sqrt(drop(g %*% cov(products_of(x)) %*% g) / nrow(x))
}
normal_se <- function(x, coefficient) {
  S <- cov(x); k <- ncol(x); below <- lower.tri(diag(k), diag = TRUE)
  i <- row(below)[below]; j <- col(below)[below]
  V <- outer(seq_along(i), seq_along(i), Vectorize(function(a, b) S[i[a], i[b]] * S[j[a], j[b]] + S[i[a], j[b]] * S[j[a], i[b]]))
  g <- gradient_of(S, coefficient)
  sqrt(drop(g %*% V %*% g) / nrow(x))
}

one_factor_syntax <- function(x) paste("f =~", paste(names(x), collapse = " + "))
sharp <- list(reltol = 1e-16, maxit = 20000)

halves_of <- function(x) {
  s <- quiet(splitHalf(x, raw = TRUE, covar = TRUE))
  list(max = s$maxrb, min = s$minrb, mean = s$meanr, values = sort(number(s$raw)))
}
naive_lambda4 <- function(S) {
  k <- ncol(S); best <- -Inf
  for (code in 0:(2^(k - 1) - 1)) {
    t <- c(1, ifelse(bitwAnd(code, 2^(0:(k - 2))) > 0, -1, 1))
    best <- max(best, 1 - drop(t %*% S %*% t) / sum(S))
  }
  best
}

describe <- function(x) {
  x <- na.omit(x); S <- cov(x); R <- cor(x); k <- ncol(x)
  a <- quiet(psych::alpha(x, check.keys = FALSE, warnings = FALSE))
  g <- quiet(guttman(x))
  fit <- cfa(one_factor_syntax(x), x, std.lv = TRUE, optim.method = "BFGS", control = sharp)
  few <- max(sapply(x, function(column) length(unique(column)))) <= 10
  found <- list(
    n = nrow(x), k = k, alpha_ase = a$total$ase, standardized_lambda2 = g$lambda.2, standardized_lambda6 = a$total[["G6(smc)"]],
    lambda2 = lambda2_of(S), lambda6 = lambda6_of(S), lambda4 = naive_lambda4(S),
    glb = quiet(glb.algebraic(S)$glb), glb_correlations = quiet(glb.algebraic(R)$glb),
    adf_se = list(alpha = adf_se(x, alpha_of), lambda2 = adf_se(x, lambda2_of), lambda6 = adf_se(x, lambda6_of)),
    normal_se = list(alpha = normal_se(x, alpha_of), lambda2 = normal_se(x, lambda2_of), lambda6 = normal_se(x, lambda6_of),
                     alpha_standardized = normal_se(x, std_of)),
    omega_total = number(quiet(reliability(fit)["omega", 1])), omega_total_observed = number(quiet(reliability(fit)["omega3", 1])),
    comp_rel = list(implied = number(compRelSEM(fit, obs.var = FALSE)), observed = number(compRelSEM(fit, obs.var = TRUE)))
  )
  if (k %% 2 == 0) found$halves <- halves_of(x)
  if (few) {
    ordinal <- cfa(one_factor_syntax(x), x, std.lv = TRUE, ordered = names(x), estimator = "WLSMV", optim.method = "BFGS", control = sharp)
    of <- function(...) number(quiet(compRelSEM(ordinal, ...)))
    found$ordinal <- list(
      loadings = number(lavInspect(ordinal, "est")$lambda), thresholds = number(lavInspect(ordinal, "thresholds")),
      correlations = unname(unclass(lavInspect(ordinal, "sampstat")$cov)),
      alpha = of(tau.eq = TRUE, ord.scale = FALSE, obs.var = TRUE),
      omega_observed = of(ord.scale = TRUE, obs.var = TRUE), omega_implied = of(ord.scale = TRUE, obs.var = FALSE)
    )
  }
  found
}
values <- lapply(cases, describe)

# Schmid-Leiman. fa() stops at about 1e-5; its own minres options are the documented defaults.
schmid <- function(x, m) {
  o <- quiet(psych::omega(x, nfactors = m, plot = FALSE, rotate = "oblimin", fm = "minres"))
  list(factors = m, hierarchical = o$omega_h, total = o$omega.tot, group = unname(as.matrix(o$omega.group)),
       general = number(o$schmid$sl[, "g"]), uniquenesses = number(o$schmid$sl[, "u2"]))
}
values$three$schmid <- schmid(three, 3)
set.seed(11)
values$skewed$schmid <- schmid(cases$skewed, 2)
values$two_factors$schmid <- schmid(cases$two_factors, 2)

# Full information: the saturated model.
saturated <- function(x) {
  x <- x[rowSums(!is.na(x)) > 0, ]
  items <- names(x); k <- length(items)
  pairs <- which(upper.tri(diag(k), diag = TRUE), arr.ind = TRUE)
  label <- function(i, j) paste0("s", i, "_", j)
  model <- c(paste0(items[pairs[, 1]], " ~~ ", label(pairs[, 1], pairs[, 2]), "*", items[pairs[, 2]]), paste0(items, " ~ 1"))
  own <- paste(label(1:k, 1:k), collapse = "+")
  cross <- paste(apply(pairs[pairs[, 1] < pairs[, 2], ], 1, function(p) label(p[1], p[2])), collapse = "+")
  model <- c(model, sprintf("alpha := %d / %d * (1 - (%s) / (%s + 2 * (%s)))", k, k - 1, own, own, cross))
  fit <- lavaan(paste(model, collapse = "\n"), x, missing = "fiml", estimator = "MLR", em.h1.iter.max = 1e5, em.h1.tol = 1e-14,
                control = list(rel.tol = 1e-15, x.tol = 1e-12, iter.max = 10000, eval.max = 20000))
  p <- parameterEstimates(fit); free <- lavInspect(fit, "sampstat.h1")
  list(n = nrow(x), means = number(free$mean), covariance = unname(unclass(free$cov)),
       alpha = p$est[p$label == "alpha"], alpha_se = p$se[p$label == "alpha"])
}
values$holes$saturated <- saturated(cases$holes)
values$seven$saturated <- saturated(cases$seven)
sparse <- old("continuous"); set.seed(5); sparse[matrix(runif(600) < 0.25, 150)] <- NA
write.csv(sparse, file.path(root, "data/consistency_sparse.csv"), row.names = FALSE, na = "")
values$sparse <- list(saturated = saturated(sparse))

# Weights and clusters: survey's covariance matrix and its design-based variance, then the delta method.
items <- design[1:5]
designs <- list(
  weights = svydesign(ids = ~1, weights = ~weight, data = design),
  clusters = svydesign(ids = ~cluster, weights = ~1, data = transform(design, one = 1)),
  both = svydesign(ids = ~cluster, weights = ~weight, data = design)
)
design_based <- function(d) {
  k <- 5
  v <- svyvar(~q1 + q2 + q3 + q4 + q5, d)
  S <- matrix(as.numeric(v), k); V <- attr(v, "var")
  below <- which(lower.tri(diag(k), diag = TRUE))
  of <- function(coefficient) {
    g <- gradient_of(S, coefficient)
    list(estimate = coefficient(S), se = sqrt(drop(g %*% V[below, below] %*% g)))
  }
  list(covariance = S, df = degf(d), alpha = of(alpha_of), alpha_standardized = of(std_of), lambda2 = of(lambda2_of), lambda6 = of(lambda6_of))
}
values$design <- lapply(designs, design_based)

# The items' binary sums.
M <- mean(rowSums(binary)); V <- var(rowSums(binary))
values$binary$kr21 <- 8 / 7 * (1 - M * (8 - M) / (8 * V))

version <- function(name) as.character(packageVersion(name))
write_json(list(
  r = R.version.string,
  packages = sapply(c("psych", "lavaan", "semTools", "survey", "Rcsdp"), version, simplify = FALSE),
  cases = values
), file.path(root, "values/consistency.json"), auto_unbox = TRUE, digits = NA, pretty = TRUE, na = "null", matrix = "rowmajor")
