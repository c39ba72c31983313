# Reference values of item bias by nested proportional-odds models (ordinal::clm), with purification, and its points of bias.
# Run from the project's root: Rscript tests/reference/make/item_bias.R
# Writes tests/reference/data/item_bias_*.csv and tests/reference/values/item_bias.json.
suppressMessages({ library(jsonlite); library(ordinal); library(numDeriv) })

made <- function(n, cuts, slopes, shift, impact) {
  g <- rep(seq_along(n), n); f <- rnorm(sum(n)) + impact[g]
  x <- as.data.frame(sapply(seq_along(slopes), function(j) {
    findInterval(slopes[j] * f + rlogis(length(f)) + shift[[j]][g] , cuts[[j]])
  }))
  names(x) <- paste0("q", seq_along(slopes)); x$group <- c("a", "b", "c")[g]
  x
}
standing <- function(x, items) { s <- rowMeans(sapply(x[items], function(v) 100 * v / top)); (s - mean(s)) / sqrt(mean((s - mean(s))^2)) }
examine <- function(x, items, anchors, item) {
  d <- data.frame(y = factor(x[[item]], ordered = TRUE), z = standing(x, union(anchors, item)), g = factor(x$group))
  control <- clm.control(gradTol = 1e-11, maxIter = 200)
  fits <- list(clm(y ~ 1, data = d, control = control), clm(y ~ z, data = d, control = control),
               clm(y ~ z + g, data = d, control = control), clm(y ~ z * g, data = d, control = control))
  ll <- sapply(fits, logLik); n <- nrow(d); G <- nlevels(d$g) - 1
  nagelkerke <- function(l) (1 - exp(2 * (ll[1] - l) / n)) / (1 - exp(2 * ll[1] / n))
  points <- 100 * sort(unique(x[[item]])) / top / length(items)
  cut <- length(points) - 1
  V <- vcov(fits[[4]]); theta <- c(fits[[4]]$alpha, fits[[4]]$beta)
  bias <- lapply(levels(d$g)[-1], function(name) {
    z <- d$z[d$g == name]; at <- match(name, levels(d$g)) - 1
    value <- function(t) {
      expected <- function(eta) { F <- sapply(t[1:cut], function(a) plogis(a - eta)); drop(cbind(F, 1) %*% points - cbind(0, F) %*% points) }
      own <- t[cut + 1] * z + t[cut + 1 + at] + t[cut + 1 + G + at] * z
      mean(expected(own) - expected(t[cut + 1] * z))
    }
    s <- grad(value, theta)
    list(estimate = value(theta), std_error = sqrt(drop(s %*% V %*% s)))
  })
  list(uniform = 2 * (ll[3] - ll[2]), nonuniform = 2 * (ll[4] - ll[3]), total = 2 * (ll[4] - ll[2]), df = 2 * G,
       mcfadden = (ll[4] - ll[2]) / -ll[1], nagelkerke = nagelkerke(ll[4]) - nagelkerke(ll[2]), bias = bias)
}
round_of <- function(x, items, anchors) sapply(items, function(i) examine(x, items, anchors, i), simplify = FALSE)
flagged_in <- function(found) {
  p <- sapply(found, function(f) pchisq(f$total, f$df, lower.tail = FALSE))
  names(found)[p.adjust(p, "holm") < .05]
}
search_of <- function(x) {
  items <- setdiff(names(x), "group"); anchors <- items
  first <- found <- round_of(x, items, anchors)
  for (i in 1:20) {
    flagged <- flagged_in(found); guilty <- intersect(flagged, anchors); cleared <- setdiff(items, c(anchors, flagged))
    p <- sapply(found, function(f) pchisq(f$total, f$df, lower.tail = FALSE))
    if (length(guilty)) anchors <- setdiff(anchors, names(which.min(p[guilty])))
    else if (length(cleared)) anchors <- c(anchors, names(which.max(p[cleared])))
    else break
    found <- round_of(x, items, anchors)
  }
  list(first = unname(first), last = unname(found), flagged = I(flagged_in(found)), first_flagged = I(flagged_in(first)))
}
set.seed(77)
plain <- list(c(0, 0, 0))
plans <- list(
  two_groups = list(n = c(300, 250), cuts = rep(list(c(-2, -.7, .6, 2)), 6), slopes = c(1.2, 1.6, 1, 2, 1.4, 1.3),
                    shift = c(plain, list(c(0, -1.8, 0)), plain, plain, list(c(0, -1, 0)), plain), impact = c(0, .3)),
  three_groups = list(n = c(260, 240, 300), cuts = rep(list(c(-1.5, .2, 1.4)), 5), slopes = c(1, 1.5, 1.8, 1.1, 1.5),
                      shift = c(list(c(0, .8, -.6)), plain, plain, plain, plain), impact = c(0, -.2, .4)),
  binary = list(n = c(400, 400), cuts = rep(list(.3), 7), slopes = c(1, 1.5, 1.8, 1.1, 1.5, 1.3, 1.7),
                shift = c(plain, plain, plain, list(c(0, 1, 0)), plain, plain, plain), impact = c(0, .2)),
  alike = list(n = c(200, 200), cuts = list(c(-1, 0, 1), .2, c(-1, 1), c(-1.5, -.5, .5, 1.5), c(-1, 0, 1)), slopes = rep(1.5, 5),
               shift = rep(plain, 5), impact = c(0, 0))
)
cases <- list()
for (name in names(plans)) {
  x <- do.call(made, plans[[name]])
  top <- max(x[names(x) != "group"])
  write.csv(x, sprintf("tests/reference/data/item_bias_%s.csv", name), row.names = FALSE)
  cases[[name]] <- search_of(x)
}
packages <- sapply(c("ordinal", "numDeriv", "jsonlite"), function(p) as.character(packageVersion(p)), simplify = FALSE)
write_json(list(r = R.version.string, packages = packages, cases = cases), "tests/reference/values/item_bias.json",
           auto_unbox = TRUE, digits = NA)
