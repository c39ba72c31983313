# Reference values of confirmatory factor analysis: parameters, standard errors, tests, indices, standardised solution, scores.
# Run from the project's root: Rscript tests/reference/make/cfa.R
# Writes tests/reference/data/cfa_*.csv and tests/reference/values/cfa_*.json.
# lavaan's optimizer stops about 1e-6 short of the optimum; `polish` takes Newton steps with lavaan's own gradient and Hessian.
suppressMessages({ library(jsonlite); library(lavaan) })
quiet <- function(call) suppressMessages(suppressWarnings(call))
root <- "tests/reference"
digits <- function(x) if (is.list(x)) lapply(x, digits) else if (is.double(x)) signif(x, 12) else x

# -- data -----------------------------------------------------------------------------------------------------------------
set.seed(20267)
drawn <- function(n, L, phi, residual = 1) {
  f <- matrix(rnorm(n * ncol(L)), n) %*% chol(phi)
  f %*% t(L) + matrix(rnorm(n * nrow(L)), n) %*% diag(sqrt(pmax(residual - diag(L %*% phi %*% t(L)), .15)))
}
block <- function(loadings) { k <- length(loadings[[1]]); L <- matrix(0, k * length(loadings), length(loadings))
  for (j in seq_along(loadings)) L[(j - 1) * k + 1:k, j] <- loadings[[j]]; L }
related <- function(m, r) { R <- matrix(r, m, m); diag(R) <- 1; R }
named <- function(x) setNames(as.data.frame(x), paste0("x", seq_len(ncol(x))))
cuts <- function(y, at) sapply(seq_len(ncol(y)), function(i) findInterval(y[, i], at[[(i - 1) %% length(at) + 1]]) + 1)
punched <- function(x, share) { for (v in grep("^x", names(x))) x[sample(nrow(x), round(share * nrow(x))), v] <- NA; x[rowSums(!is.na(x)) > 0, ] }
joined <- function(y) { for (pair in list(c(1, 2), c(5, 8))) y[, pair] <- y[, pair] + .5 * rnorm(nrow(y)); y }
L3 <- block(list(c(.8, .7, .6), c(.75, .65, .7), c(.6, .8, .7)))
L2 <- block(list(c(.8, .7, .6, .65), c(.7, .75, .6, .5)))
L2[4, 2] <- .2
LB <- cbind(seq(.45, .7, length.out = 9), block(list(c(.5, .45, .4), c(.4, .5, .45), c(.5, .4, .5))))
frames <- list(
  skewed = named(round(10 * exp(.5 * drawn(350, L3, related(3, .4))), 2)),
  units = named(round(drawn(240, L2, related(2, .5)) %*% diag(c(1, 5, .2, 3, 12, .5, 1, 2)) + 7, 3)),
  general = named(round(drawn(600, LB, diag(4)), 3)),
  two_groups = cbind(named(round(rbind(drawn(260, L3, related(3, .4)), drawn(240, L3, related(3, .3), 1.3) + .3), 3)), unit = rep(1:2, c(260, 240))),
  six = named(cuts(joined(drawn(400, L2, related(2, .4))), list(c(-.9, -.2, .5, 1.1, 1.7), c(-.5, .1, .6, 1.2, 1.9)))),
  two_to_seven = named(cuts(drawn(520, L3, related(3, .45)), list(.4, c(-.6, .7), c(-1, 0, .9), c(-1, -.3, .4, 1.1), c(-1.3, -.6, 0, .6, 1.3),
    c(-1.4, -.8, -.2, .3, .9, 1.4), c(.2, .9), c(-1, .5, 1.3), c(-.8, -.1, .6, 1.4)))),
  binary = named(cuts(drawn(420, matrix(c(.8, .7, .6, .75, .65, .7)), matrix(1)), list(-.3, 0, .4, .8, -.1, .2))),
  sparse = named(cuts(drawn(160, L3, related(3, .4)), list(c(-.2, .8, 1.5, 2), c(0, .7, 1.4, 1.9)))),
  ordered_groups = cbind(named(cuts(rbind(drawn(330, L3, related(3, .4)), drawn(300, L3, related(3, .3), 1.2) + .25), list(c(-.7, .1, .9), c(-1, 0, .8, 1.4)))),
                         unit = rep(1:2, c(330, 300)))
)
frames$skewed_holes <- punched(frames$skewed, .06)
frames$units_holes <- punched(frames$units, .1)
frames$groups_holes <- punched(frames$two_groups, .08)
frames$six_holes <- punched(frames$six, .02)
for (name in names(frames)) write.csv(frames[[name]], file.path(root, sprintf("data/cfa_%s.csv", name)), row.names = FALSE, na = "")
frames <- lapply(setNames(names(frames), names(frames)), function(name) read.csv(file.path(root, sprintf("data/cfa_%s.csv", name))))

# -- models ---------------------------------------------------------------------------------------------------------------
three <- "f =~ x1 + x2 + x3\ng =~ x4 + x5 + x6\nh =~ x7 + x8 + x9"
two <- "f =~ x1 + x2 + x3 + x4\ng =~ x5 + x6 + x7 + x8"
models <- list(
  three = three, two = two, one = "f =~ x1 + x2 + x3 + x4 + x5 + x6",
  joined = paste0(two, "\nx1 ~~ x2\nx5 ~~ x8\ng =~ x4"),
  labelled = "f =~ a*x1 + a*x2 + x3\ng =~ x4 + b*x5 + b*x6\nh =~ x7 + x8 + x9\nf ~~ 0.3*g\nf ~~ r*h\ng ~~ r*h",
  higher = paste0(three, "\ntop =~ f + g + h"),
  causes = paste0(three, "\ng ~ f\nh ~ f + g"),
  bifactor = paste0("all =~ x1 + x2 + x3 + x4 + x5 + x6 + x7 + x8 + x9\n", three)
)
case <- function(data, model, estimator, ...) list(data = data, model = model, estimator = estimator, ask = list(...))
ml <- list(
  case("skewed", "three", "ML"), case("skewed", "three", "ML", std.lv = FALSE), case("units", "two", "ML"), case("units", "joined", "ML"),
  case("skewed", "labelled", "ML"), case("general", "bifactor", "ML", orthogonal = TRUE), case("skewed", "higher", "ML"), case("skewed", "causes", "ML"),
  case("skewed", "three", "MLR"), case("units", "joined", "MLR"), case("general", "three", "MLR", std.lv = FALSE), case("general", "bifactor", "MLR", orthogonal = TRUE),
  case("skewed", "higher", "MLR", std.lv = FALSE), case("skewed", "causes", "MLR"), case("skewed", "labelled", "MLR"),
  case("two_groups", "three", "ML", group = "unit", group.equal = c("loadings", "intercepts")),
  case("two_groups", "three", "MLR", group = "unit"), case("two_groups", "three", "MLR", group = "unit", group.equal = c("loadings", "intercepts")),
  case("skewed_holes", "three", "ML", missing = "ml"), case("skewed_holes", "three", "MLR", missing = "ml"), case("units_holes", "joined", "MLR", missing = "ml"),
  case("skewed_holes", "higher", "MLR", missing = "ml"), case("groups_holes", "three", "MLR", missing = "ml", group = "unit")
)
ordered_cases <- function(estimator) list(
  case("six", "two", estimator), case("six", "joined", estimator), case("six_holes", "two", estimator), case("two_to_seven", "three", estimator),
  case("two_to_seven", "three", estimator, std.lv = FALSE), case("two_to_seven", "higher", estimator), case("two_to_seven", "causes", estimator),
  case("two_to_seven", "labelled", estimator), case("binary", "one", estimator), case("sparse", "three", estimator),
  case("ordered_groups", "three", estimator, group = "unit"), case("ordered_groups", "three", estimator, group = "unit", group.equal = c("loadings", "thresholds"))
)
cases <- c(ml, ordered_cases("WLSMV"), ordered_cases("ULSMV")[c(2, 3, 4, 6, 9, 10, 12)])

# -- fits -----------------------------------------------------------------------------------------------------------------
polish <- function(fit, again, steps = 20) {
  K <- if (fit@Model@eq.constraints) fit@Model@eq.constraints.K else diag(fit@Model@nx.free)
  for (i in seq_len(steps)) {
    g <- lavInspect(fit, "gradient"); H <- lavInspect(fit, "hessian")
    move <- -K %*% solve(t(K) %*% unclass(H) %*% K, t(K) %*% as.numeric(g))
    table <- parTable(fit)
    free <- table$free > 0
    table$est[free] <- table$est[free] + move[table$free[free]]
    fit <- again(table)
    if (max(abs(move)) < 1e-11) break
  }
  cat(sprintf("  %d steps, last %.1e\n", i, max(abs(move))))
  fit
}
wanted <- c("chisq", "df", "pvalue", "chisq.scaled", "pvalue.scaled", "chisq.scaling.factor", "baseline.chisq", "baseline.df", "baseline.chisq.scaled", "cfi", "tli",
            "cfi.scaled", "tli.scaled", "cfi.robust", "tli.robust", "rmsea", "rmsea.ci.lower", "rmsea.ci.upper", "rmsea.scaled", "rmsea.ci.lower.scaled",
            "rmsea.ci.upper.scaled", "rmsea.robust", "rmsea.ci.lower.robust", "rmsea.ci.upper.robust", "srmr", "logl", "aic", "bic")
# lavaan's Hessian of several groups with holes does not lead to the optimum; unequal groups are as many single fits
separately <- function(fit, ask, again) {
  table <- parTable(fit); unit <- ask$group; ask$group <- NULL
  for (g in seq_len(lavInspect(fit, "ngroups"))) {
    own <- ask; own$data <- ask$data[ask$data[[unit]] == lavInspect(fit, "group.label")[g], ]
    one <- parTable(polish(quiet(do.call("cfa", own)), function(table) quiet(do.call("cfa", c(own, list(start = table, optim.method = "none", check.gradient = FALSE))))))
    key <- function(t) paste(t$lhs, t$op, t$rhs)
    mine <- which(table$group == g & table$free > 0)
    table$est[mine] <- one$est[match(key(table[mine, ]), key(one))]
  }
  again(table)
}
people <- 12
scores <- function(fit, method) unclass(head(lavPredict(fit, method = method), people))[, , drop = FALSE]
# lavPredict's own search of the mode stops at about 1e-4: go on from there with the parameters that lavaan estimated
modes <- function(fit, x) {
  est <- lavInspect(fit, "est"); L <- unclass(est$lambda); m <- ncol(L)
  reach <- if (is.null(est$beta)) diag(m) else solve(diag(m) - est$beta)
  V <- reach %*% est$psi %*% t(reach); prior <- solve(V)
  left <- sqrt(1 - diag(L %*% V %*% t(L)))
  edges <- lapply(rownames(L), function(v) c(-Inf, est$tau[grep(paste0("^", v, "[|]"), rownames(est$tau)), 1], Inf))
  first <- unclass(head(lavPredict(fit, method = "EBM"), people))
  loss <- function(eta, y) {
    at <- drop(L %*% eta)
    p <- sapply(seq_along(y), function(i) diff(pnorm((edges[[i]][y[i] + 0:1] - at[i]) / left[i])))
    -sum(log(p)) + .5 * drop(eta %*% prior %*% eta)
  }
  slope <- function(eta, y) {
    at <- drop(L %*% eta)
    pull <- sapply(seq_along(y), function(i) { z <- (edges[[i]][y[i] + 0:1] - at[i]) / left[i]; (dnorm(z[1]) - dnorm(z[2])) / diff(pnorm(z)) / left[i] })
    drop(prior %*% eta) - drop(t(L) %*% pull)
  }
  best <- t(sapply(seq_len(nrow(first)), function(r) {
    eta <- first[r, ]
    for (k in 1:3) eta <- optim(eta, loss, slope, y = x[r, ], method = "BFGS", control = list(reltol = 1e-17, maxit = 1000))$par
    eta
  }))
  if (m == 1) t(best) else best
}
with_mi <- c("skewed three ML TRUE", "units joined ML TRUE", "general bifactor ML TRUE", "skewed three MLR TRUE", "skewed_holes three MLR TRUE", "six two WLSMV TRUE",
             "two_to_seven three WLSMV TRUE", "sparse three WLSMV TRUE", "two_to_seven three ULSMV TRUE", "skewed higher MLR FALSE", "two_to_seven three WLSMV FALSE")
results <- lapply(cases, function(one) {
  cat(one$data, one$model, one$estimator, names(one$ask), "\n")
  ordered <- one$estimator %in% c("WLSMV", "ULSMV")
  ask <- list(model = models[[one$model]], data = frames[[one$data]], estimator = one$estimator)
  if (is.null(one$ask$std.lv)) ask$std.lv <- TRUE
  if (ordered) ask$ordered <- TRUE
  if (identical(one$ask$missing, "ml")) ask <- c(ask, list(em.h1.tol = 1e-12, em.h1.iter.max = 20000))
  ask <- c(ask, one$ask)
  fit <- quiet(do.call("cfa", ask))
  if (!lavInspect(fit, "converged")) stop("not converged")
  again <- function(table) quiet(do.call("cfa", c(ask, list(start = table, optim.method = "none", check.gradient = FALSE))))
  fit <- if (identical(ask$missing, "ml") && !is.null(ask$group)) separately(fit, ask, again) else polish(fit, again)
  m <- fitMeasures(fit)
  pt <- parTable(fit)
  pt$se[is.na(pt$se)] <- 0
  groups <- lavInspect(fit, "ngroups")
  found <- list(data = one$data, model = models[[one$model]], name = one$model, estimator = one$estimator, groups = groups, marker = !ask$std.lv,
                orthogonal = isTRUE(one$ask$orthogonal), fiml = identical(one$ask$missing, "ml"), equal = one$ask$group.equal,
                fit = as.list(m[intersect(wanted, names(m))]), table = pt[, c("lhs", "op", "rhs", "group", "free", "plabel", "est", "se")])
  if (groups == 1) {
    s <- standardizedSolution(fit)
    found$standardized <- s[s$op != "~*~", c("lhs", "op", "rhs", "est.std", "se")]
    if (paste(one$data, one$model, one$estimator, ask$std.lv) %in% with_mi) { mi <- quiet(modindices(fit)); found$mi <- mi[, c("lhs", "op", "rhs", "mi", "epc")] }
    if (one$model %in% c("three", "two", "one", "higher")) {
      if (ordered) found$mode <- modes(fit, as.matrix(na.omit(ask$data[, lavNames(fit)]))) else {
        found$regression <- scores(fit, "regression")
        if (one$model != "higher") found$bartlett <- scores(fit, "Bartlett")
      }
    }
  } else if (!is.null(one$ask$group.equal) && !ordered) {
    test <- quiet(lavTestScore(fit)); found$score <- data.frame(lhs = test$uni$lhs, rhs = test$uni$rhs, x2 = test$uni$X2)
  }
  found
})
estimator <- sapply(results, function(x) x$estimator)
family <- ifelse(estimator %in% c("WLSMV", "ULSMV"), tolower(estimator), ifelse(sapply(results, function(x) x$fiml || x$groups > 1), "holes_and_groups",
                 ifelse(estimator == "MLR", "robust", "normal")))
for (one in unique(family)) {
  out <- list(r = R.version.string, packages = list(lavaan = as.character(packageVersion("lavaan"))), cases = results[family == one])
  write(toJSON(digits(out), digits = NA, dataframe = "columns", auto_unbox = TRUE, na = "null", null = "null"), file.path(root, sprintf("values/cfa_%s.json", one)))
}
