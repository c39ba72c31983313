# Reference values of latent change and response shift in points, with errors, of linked waves and of two groups.
# Run from the project's root: Rscript tests/reference/make/latent_change.R
# Writes tests/reference/data/latent_*.csv and tests/reference/values/latent_change.json.
# Models are written out for lavaan cell by cell; what is made of the parameters is written out, too, with its error by the delta method.
suppressMessages({ library(jsonlite); library(lavaan) })
quiet <- function(call) suppressMessages(suppressWarnings(call))

# depth of each item after: 0 nothing is equal, 1 thresholds, 2 loadings too, 3 intercepts too, 4 residual variances too
designs <- list(
  linked_ordered = list(linked = TRUE, n = 420, levels = c(4, 3, 5, 4, 2), depth = c(3, 2, 3, 3, 3), shift = c(0, .5, 0, 0, 0), holes = 0),
  groups_ordered_holes = list(linked = FALSE, n = c(380, 350), levels = rep(4, 5), depth = c(0, 4, 1, 4, 4), shift = c(0, 0, .4, 0, 0), holes = .08),
  linked_numbers_holes = list(linked = TRUE, n = 320, levels = NULL, k = 4, depth = c(4, 2, 4, 0), shift = c(0, .8, 0, 0), holes = .1),
  groups_numbers = list(linked = FALSE, n = c(260, 240), levels = NULL, k = 4, depth = c(3, 3, 2, 0), shift = c(0, 0, -.7, 0), holes = 0)
)
loading <- c(.8, .7, .75, .6, .7)
items_of <- function(d) if (is.null(d$levels)) d$k else length(d$levels)
answered <- function(d, y, wave) sapply(seq_len(ncol(y)), function(i) {
  z <- y[, i] + (wave - 1) * d$shift[i]
  if (is.null(d$levels)) return(round(5 + 1.5 * z, 2))
  as.integer(cut(z, c(-Inf, qnorm(seq_len(d$levels[i] - 1) / d$levels[i]) - .1, Inf), labels = FALSE))
})
made <- function(d) {
  k <- items_of(d); L <- loading[1:k]
  noise <- function(n) matrix(rnorm(n * k), n)
  if (d$linked) {
    person <- rnorm(d$n); own <- noise(d$n)
    x <- do.call(cbind, lapply(1:2, function(w) {
      f <- sqrt(.6) * person + sqrt(.4) * rnorm(d$n) + .3 * (w - 1)
      answered(d, outer(f, L) + (sqrt(.3) * own + sqrt(.7) * noise(d$n)) %*% diag(sqrt(1 - L^2)), w)
    }))
    x <- as.data.frame(x); names(x) <- paste0("x", rep(1:k, 2), "_", rep(1:2, each = k))
  } else {
    x <- do.call(rbind, lapply(1:2, function(w) {
      f <- .9^(w - 1) * rnorm(d$n[w]) + .3 * (w - 1)
      data.frame(answered(d, outer(f, L) + noise(d$n[w]) %*% diag(sqrt(1 - L^2)), w), g = w)
    }))
    names(x) <- c(paste0("x", 1:k), "g")
  }
  for (v in setdiff(names(x), "g")) if (d$holes > 0) x[sample(nrow(x), round(d$holes * nrow(x))), v] <- NA
  x[rowSums(!is.na(x[setdiff(names(x), "g")])) > 1, ]
}

# cell by cell: value before and after, either a label, or a number; in two groups c(before, after) in one line
lines_of <- function(d, left, op, right, cells) {
  if (d$linked) return(sapply(1:2, function(w) paste0(left(w), op, cells[w], "*", right(w))))
  number <- grepl("^[01]$", cells); told <- function(words) paste0(left(1), op, "c(", paste(words, collapse = ","), ")*", right(1))
  if (!any(number) || all(number)) return(told(cells))
  paste0(told(ifelse(number, cells, "NA")), " + c(", paste(ifelse(number, '""', paste0('"', cells, '"')), collapse = ","), ")*", right(1))
}
syntax <- function(d) {
  k <- items_of(d); ordered <- !is.null(d$levels); out <- character()
  item <- function(i) function(w) if (d$linked) paste0("x", i, "_", w) else paste0("x", i)
  f <- function(w) if (d$linked) paste0("f", w) else "f"
  say <- function(left, op, right, cells) out <<- c(out, lines_of(d, left, op, right, cells))
  two <- function(name, equal) if (equal) rep(name, 2) else paste0(name, c("", "b"))
  one <- function(w) "1"
  for (i in 1:k) {
    depth <- d$depth[i]; binary <- ordered && d$levels[i] == 2
    say(f, " =~ ", item(i), two(paste0("l", i), depth >= if (binary) 3 else 2))
    if (ordered) {
      for (t in seq_len(d$levels[i] - 1)) say(item(i), " | ", function(w) paste0("t", t), two(paste0("t", i, "_", t), depth >= 1))
      say(item(i), " ~ ", one, c("0", if (depth %in% 1:2) paste0("n", i, "b") else "0"))
      free <- if (binary) depth == 3 else depth %in% 1:3
      say(item(i), " ~~ ", item(i), c("1", if (free) paste0("e", i, "b") else "1"))
    } else {
      say(item(i), " ~ ", one, two(paste0("n", i), depth >= 3))
      say(item(i), " ~~ ", item(i), two(paste0("e", i), depth >= 4))
    }
    if (d$linked) out <- c(out, paste0("x", i, "_1 ~~ x", i, "_2"))
  }
  say(f, " ~ ", one, c("0", "alpha"))
  say(f, " ~~ ", f, c("1", "psi"))
  if (d$linked) out <- c(out, "f1 ~~ phi*f2")
  out
}

# the expected points of item i with loadings, everything else, and the factor of before ("") or after ("b")
label <- function(d, kind, i, after, t = NULL) {
  depth <- d$depth[i]; ordered <- !is.null(d$levels); binary <- ordered && d$levels[i] == 2
  b <- if (after) "b" else ""
  switch(kind,
    l = paste0("l", i, if (after && depth < (if (binary) 3 else 2)) "b" else ""),
    t = paste0("t", i, "_", t, if (after && depth < 1) "b" else ""),
    n = if (ordered) { if (after && depth %in% 1:2) paste0("n", i, "b") else "0" } else paste0("n", i, if (after && depth < 3) "b" else ""),
    e = if (after && (if (binary) depth == 3 else depth %in% 1:3)) paste0("e", i, "b") else "1")
}
expected <- function(d, i, loadings, rest, mean, spread) {
  l <- label(d, "l", i, loadings); n <- label(d, "n", i, rest)
  m <- if (mean) "alpha" else "0"; s <- if (spread) "psi" else "1"
  centre <- paste0("(", n, "+", l, "*", m, ")")
  if (is.null(d$levels)) return(paste0("(10*", centre, ")"))
  width <- paste0("sqrt(", l, "^2*", s, "+", label(d, "e", i, rest), ")")
  step <- 100 / (d$levels[i] - 1)
  paste0("(100", paste(sapply(seq_len(d$levels[i] - 1), function(t)
    paste0("-", format(step, digits = 17), "*pnorm((", label(d, "t", i, rest, t), "-", centre, ")/", width, ")")), collapse = ""), ")")
}
defined <- function(d) {
  k <- items_of(d); sum_of <- function(f) paste0("(", paste(sapply(1:k, f), collapse = "+"), ")/", k)
  e <- function(a, b, m, s) sum_of(function(i) expected(d, i, a, b, m, s))
  out <- c(paste0("true_mean := ", e(FALSE, FALSE, TRUE, FALSE), "-", e(FALSE, FALSE, FALSE, FALSE)),
           paste0("true_all := ", e(FALSE, FALSE, TRUE, TRUE), "-", e(FALSE, FALSE, FALSE, FALSE)),
           paste0("model_all := ", e(TRUE, TRUE, TRUE, TRUE), "-", e(FALSE, FALSE, FALSE, FALSE)),
           paste0("shift_all := ", e(TRUE, TRUE, TRUE, TRUE), "-", e(FALSE, FALSE, TRUE, TRUE)))
  for (i in 1:k) if (d$depth[i] < 4) {
    at <- function(a, b) paste0(expected(d, i, a, b, TRUE, TRUE), "/", k)
    whole <- paste0(at(TRUE, TRUE), "-", at(FALSE, FALSE))
    weight <- paste0("(", at(TRUE, FALSE), "-", at(FALSE, FALSE), "+", at(TRUE, TRUE), "-", at(FALSE, TRUE), ")/2")
    out <- c(out, paste0("shift", i, " := ", whole), paste0("weight", i, " := ", weight))
  }
  if (d$linked) out <- c(out, "stability := phi/sqrt(psi)")
  out
}

# what `defined` says at some parameters, and its error by the delta method
at_values <- function(d, lines, values) with(as.list(values), sapply(sub(".*:= ", "", lines), function(one) eval(parse(text = one))))

# lavaan's search stops short of the optimum: Newton steps with lavaan's own gradient and Hessian go on from there
polish <- function(fit, again, steps = 60) {
  K <- if (fit@Model@eq.constraints) fit@Model@eq.constraints.K else diag(fit@Model@nx.free)
  for (i in seq_len(steps)) {
    g <- lavInspect(fit, "gradient"); H <- lavInspect(fit, "hessian")
    move <- -K %*% solve(t(K) %*% unclass(H) %*% K, t(K) %*% as.numeric(g))
    table <- parTable(fit); free <- table$free > 0
    table$est[free] <- table$est[free] + move[table$free[free]]
    fit <- again(table)
    if (max(abs(move)) < 1e-10) break
  }
  cat(sprintf("  %d steps, last %.1e\n", i, max(abs(move))))
  fit
}

set.seed(20261127)
cases <- lapply(names(designs), function(name) {
  d <- designs[[name]]; x <- made(d)
  write.csv(x, paste0("tests/reference/data/latent_", name, ".csv"), row.names = FALSE, na = "")
  ordered <- !is.null(d$levels); items <- setdiff(names(x), "g")
  ask <- list(model = syntax(d), data = x)
  if (!d$linked) ask <- c(ask, list(group = "g", group.label = c("1", "2")))
  ask <- c(ask, if (ordered) list(ordered = items, estimator = "WLSMV", parameterization = "theta", missing = if (d$holes > 0) "pairwise" else "listwise")
           else list(estimator = "MLR", meanstructure = TRUE, missing = if (d$holes > 0) "ml" else "listwise"))
  again <- function(table) quiet(do.call(lavaan, c(ask, list(start = table, optim.method = "none", check.gradient = FALSE))))
  fit <- polish(quiet(do.call(lavaan, ask)), again)
  table <- parTable(fit); table <- table[table$label != "" & !duplicated(table$label), ]
  values <- setNames(table$est, table$label)
  all <- parTable(fit); free <- all$free[match(names(values), all$label)]
  V <- vcov(fit)[free, free]
  lines <- c("alpha := alpha", "psi := psi", defined(d))
  J <- numDeriv::jacobian(function(v) at_values(d, lines, setNames(v, names(values))), values)
  list(linked = d$linked, levels = d$levels, depth = d$depth, terms = sub(" := .*", "", lines), estimate = unname(at_values(d, lines, values)),
       std_error = sqrt(diag(J %*% V %*% t(J))), chi_square = unname(fitMeasures(fit, "chisq")), df = unname(fitMeasures(fit, "df")))
})
names(cases) <- names(designs)
write_json(list(r = R.version.string, packages = list(lavaan = as.character(packageVersion("lavaan")), numDeriv = as.character(packageVersion("numDeriv"))),
                cases = cases), "tests/reference/values/latent_change.json", digits = NA, auto_unbox = TRUE, pretty = TRUE)
