# Reference values of measurement invariance, step by step, for groups and for linked waves, of ordered items and of numbers.
# Run from the project's root: Rscript tests/reference/make/invariance.R
# Writes tests/reference/data/invariance_*.csv and tests/reference/values/invariance.json.
# Every model is built by semTools::measEq.syntax, fitted by lavaan, and tested against the step before by lavTestLRT.
suppressMessages({ library(jsonlite); library(lavaan); library(semTools) })
quiet <- function(call) suppressMessages(suppressWarnings(call))

# -- data: units are groups (column g) or waves (columns x1.1, x1.2, ...) --------------------------------------------------
one <- list(cuts = NULL, loading = c(.8, .7, .75, .6, .7, .65), factor = rep(1, 6))
designs <- list(
  five = list(n = c(400, 350), cuts = rep(list(c(-.3, .5, 1.1, 1.7)), 6), loading = one$loading, factor = one$factor, mean = c(0, .3)),
  three_groups = list(n = c(300, 280, 320), cuts = rep(list(c(-1, 0, .9)), 5), loading = one$loading[1:5], factor = rep(1, 5), mean = c(0, .2, -.3)),
  two_to_seven = list(n = c(420, 380), factor = rep(1:3, each = 3), loading = rep(c(.8, .7, .6), 3), mean = c(0, .25),
                      cuts = list(c(-.8, .4), c(-1, -.2, .6), c(-1, -.3, .4, 1.1), c(-1.2, -.5, 0, .6, 1.2), c(-1.3, -.8, -.2, .3, .9, 1.4),
                                  c(-.5, .5), c(-.4, .8, 1.4), c(-1.1, -.4, .5, 1.2), c(-.9, .1, 1))),
  binary = list(n = c(450, 400), cuts = as.list(c(-.3, 0, .4, .6, -.1, .2)), loading = one$loading, factor = one$factor, mean = c(0, .3)),
  three_answers = list(n = c(400, 360), cuts = rep(list(c(-.6, .7)), 5), loading = one$loading[1:5], factor = rep(1, 5), mean = c(0, .2)),
  two_waves = list(n = 420, waves = 2, cuts = rep(list(c(-1, -.2, .5, 1.2)), 5), loading = one$loading[1:5], factor = rep(1, 5), mean = c(0, .35)),
  three_waves = list(n = 380, waves = 3, cuts = rep(list(c(-.8, .1, .9)), 4), loading = one$loading[1:4], factor = rep(1, 4), mean = c(0, .2, .4)),
  numbers = list(n = c(300, 260), loading = one$loading, factor = one$factor, mean = c(0, .3), skewed = TRUE),
  numbers_three_factors = list(n = c(320, 300, 280), loading = rep(c(.8, .7, .6), 3), factor = rep(1:3, each = 3), mean = c(0, .2, .4), skewed = TRUE),
  numbers_two_waves = list(n = 350, waves = 2, loading = one$loading[1:5], factor = rep(1, 5), mean = c(0, .3), skewed = TRUE),
  numbers_three_waves = list(n = 320, waves = 3, loading = one$loading[1:4], factor = rep(1, 4), mean = c(0, .2, .4), skewed = TRUE)
)
designs$holes <- within(designs$five, { holes <- .08 })
designs$numbers_holes <- within(designs$numbers, { holes <- .1 })
designs$numbers_two_waves_holes <- within(designs$numbers_two_waves, { holes <- .1 })

latent <- function(d, f, shift) sapply(seq_along(d$factor), function(i) d$loading[i] * (f[, d$factor[i]] + shift))
answers <- function(d, y) sapply(seq_len(ncol(y)), function(i) {
  if (!is.null(d$cuts)) as.integer(cut(y[, i], c(-Inf, d$cuts[[i]], Inf), labels = FALSE)) else round(10 * exp(.4 * y[, i]), 3)
})
factors <- function(n, m) { common <- rnorm(n); sqrt(.4) * common + sqrt(.6) * matrix(rnorm(n * m), n) }
made <- function(d) {
  k <- length(d$factor); m <- max(d$factor)
  if (is.null(d$waves)) {
    x <- do.call(rbind, lapply(seq_along(d$n), function(g) {
      f <- factors(d$n[g], m)
      y <- latent(d, f, d$mean[g]) + matrix(rnorm(d$n[g] * k), d$n[g]) %*% diag(sqrt(1 - d$loading^2))
      y[, 2] <- y[, 2] + .15 * (g - 1)
      data.frame(answers(d, y), g = g)
    }))
    names(x) <- c(paste0("x", 1:k), "g")
  } else {
    person <- matrix(rnorm(d$n * m), d$n); own <- matrix(rnorm(d$n * k), d$n)
    x <- do.call(cbind, lapply(seq_len(d$waves), function(w) {
      f <- sqrt(.6) * person + sqrt(.4) * matrix(rnorm(d$n * m), d$n)
      e <- sqrt(.3) * own + sqrt(.7) * matrix(rnorm(d$n * k), d$n)
      y <- latent(d, f, d$mean[w]) + e %*% diag(sqrt(1 - d$loading^2))
      y[, 2] <- y[, 2] + .12 * (w - 1)
      answers(d, y)
    }))
    x <- as.data.frame(x); names(x) <- paste0("x", rep(1:k, d$waves), ".", rep(1:d$waves, each = k))
  }
  items <- setdiff(names(x), "g")
  if (!is.null(d$holes)) for (v in items) x[sample(nrow(x), round(d$holes * nrow(x))), v] <- NA
  x[rowSums(!is.na(x[items])) > 0, ]
}

# -- models ---------------------------------------------------------------------------------------------------------------
syntax <- function(d) {
  k <- length(d$factor)
  if (is.null(d$waves)) return(paste(sapply(seq_len(max(d$factor)), function(f)
    paste0("f", f, " =~ ", paste0("x", which(d$factor == f), collapse = " + "))), collapse = "\n"))
  paste(sapply(seq_len(d$waves), function(w) paste0("f.", w, " =~ ", paste0("x", 1:k, ".", w, collapse = " + "))), collapse = "\n")
}
step_fit <- function(d, x, equal, partial = "") {
  ordinal <- !is.null(d$cuts); items <- setdiff(names(x), "g"); k <- length(d$factor)
  ask <- list(configural.model = syntax(d), data = x, ID.fac = "std.lv", return.fit = FALSE)
  if (ordinal) ask <- c(ask, list(ordered = items, parameterization = "theta", ID.cat = "Wu.Estabrook.2016"))
  if (is.null(d$waves)) ask <- c(ask, list(group = "g", group.equal = equal, group.partial = partial)) else
    ask <- c(ask, list(longFacNames = list(f = paste0("f.", 1:d$waves)), auto = "all", long.equal = equal, long.partial = partial,
                       longIndNames = setNames(lapply(1:k, function(i) paste0("x", i, ".", 1:d$waves)), paste0("x", 1:k))))
  model <- as.character(quiet(do.call(measEq.syntax, ask)))
  ask <- list(model = model, data = x)
  if (is.null(d$waves)) ask$group <- "g"
  if (ordinal) ask <- c(ask, list(ordered = items, parameterization = "theta", estimator = "WLSMV"), if (!is.null(d$holes)) list(missing = "pairwise"))
  else ask <- c(ask, list(estimator = "MLR", meanstructure = TRUE, missing = if (is.null(d$holes)) "listwise" else "ml"))
  fit <- quiet(do.call(lavaan, ask))
  if (!lavInspect(fit, "converged")) cat("not converged:", equal, "\n")
  fit
}
numbers_of <- function(fit, before, d) {
  m <- fitMeasures(fit)
  at <- function(name) if (name %in% names(m)) unname(m[[name]]) else NA
  found <- lapply(c(chi2 = "chisq", df = "df", scaled = "chisq.scaled", p = "pvalue.scaled", scale = "chisq.scaling.factor", srmr = "srmr", cfi = "cfi.robust",
                    tli = "tli.robust", rmsea = "rmsea.robust", cfi_scaled = "cfi.scaled", rmsea_scaled = "rmsea.scaled"), at)
  e <- parameterEstimates(fit)
  means <- e[e$op == "~1" & grepl("^f", e$lhs) & e$se > 0, ]
  found$means <- means$est; found$means_se <- means$se
  if (!is.null(before) && fitMeasures(before, "df") < at("df")) {
    if (is.null(d$cuts)) {
      for (year in c("2001", "2010")) {
        t <- quiet(lavTestLRT(before, fit, method = paste0("satorra.bentler.", year)))
        found[[paste0("difference_", year)]] <- c(t[2, "Chisq diff"], t[2, "Df diff"])
      }
    } else { t <- quiet(lavTestLRT(before, fit)); found$difference_2000 <- c(t[2, "Chisq diff"], t[2, "Df diff"]) }
  }
  found
}
STEPS <- list(configural = character(), thresholds = "thresholds", loadings = "loadings", intercepts = "intercepts", residuals = "residuals")
ladder <- function(d, x) {
  steps <- if (is.null(d$cuts)) STEPS[-2] else STEPS
  equal <- character(); before <- NULL; found <- list()
  for (name in names(steps)) {
    equal <- c(equal, steps[[name]])
    if (!is.null(d$cuts) && all(lengths(d$cuts) == 1) && name %in% c("thresholds", "loadings")) next   # nothing that could be tested
    fit <- step_fit(d, x, equal)
    found[[name]] <- numbers_of(fit, before, d)
    if (name == "intercepts") {
      partial <- if (is.null(d$waves)) "x2 ~ 1" else "x2 ~ 1"
      if (is.null(d$cuts) || any(lengths(d$cuts) > 1)) found$partial <- numbers_of(step_fit(d, x, equal, partial), before, d)
    }
    before <- fit
  }
  found
}

set.seed(2016)
cases <- list()
for (name in names(designs)) {
  d <- designs[[name]]; x <- made(d)
  write.csv(x, sprintf("tests/reference/data/invariance_%s.csv", name), row.names = FALSE, na = "")
  took <- system.time(steps <- ladder(d, x))[[3]]
  cases[[name]] <- list(waves = if (is.null(d$waves)) 0 else d$waves, ordinal = !is.null(d$cuts), factor = d$factor, steps = steps)
  cat(name, round(took, 1), "s\n")
}
packages <- lapply(c(lavaan = "lavaan", semTools = "semTools"), function(p) as.character(packageVersion(p)))
write_json(list(r = R.version.string, packages = packages, cases = cases), "tests/reference/values/invariance.json",
           auto_unbox = TRUE, digits = NA, pretty = TRUE, na = "null")
