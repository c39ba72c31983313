# Reference values of polychoric, tetrachoric and polyserial correlations, and of the covariance of thresholds and correlations.
# Run from the project's root: Rscript tests/reference/make/polychoric.R
# Writes tests/reference/data/polychoric_*.csv and tests/reference/values/polychoric.json.
suppressMessages({ library(jsonlite); library(lavaan); library(psych) })

cuts <- list(
  levels2to7 = list(.3, c(-.5, .6), c(-1, 0, 1.2), c(-1.2, -.4, .3, 1.1), c(-1.5, -.8, 0, .4, 1.3), c(-1.5, -1, -.3, .2, .8, 1.4)),
  skewed7 = rep(list(c(-.2, .4, .9, 1.3, 1.7, 2)), 5),
  holes = rep(list(c(-1, 0, 1)), 5),
  binary = list(-.2, .3, .9, 1.3, 0), steep = list(c(-1, 0, 1), c(-1, .1, .8), c(-.5, .5), c(-1.2, -.3, .4, 1.5))
)
rows <- c(levels2to7 = 400, skewed7 = 350, holes = 300, binary = 250, steep = 500)
loading <- list(levels2to7 = c(.9, -.8, .7, .6, .5, .9), skewed7 = c(.9, .8, .7, .6, .95), holes = rep(.75, 5), binary = c(.5, .95, .6, .95, .3),
                steep = c(.985, -.985, .97, .98))
made <- function(name) {
  f <- rnorm(rows[[name]])
  x <- mapply(function(t, l) cut(l * f + sqrt(1 - l^2) * rnorm(length(f)), c(-Inf, t, Inf), labels = FALSE), cuts[[name]], loading[[name]])
  x <- as.data.frame(x); names(x) <- paste0("q", seq_along(x))
  if (name == "holes") for (v in names(x)) x[sample(nrow(x), 30), v] <- NA
  x
}
quiet <- function(call) suppressMessages(suppressWarnings(call))
saturated <- function(x, ...) {
  v <- names(x)
  quiet(cfa(paste("f =~", paste(v, collapse = " + ")), x, std.lv = TRUE, ...))
}
of_lavaan <- function(x, missing = "listwise") {
  v <- names(x)
  R <- quiet(lavCor(x, ordered = v, missing = missing))
  th <- quiet(lavCor(x, ordered = v, missing = missing, output = "th"))
  list(correlations = unclass(R), thresholds = as.numeric(th))
}
lower <- function(G) G[lower.tri(G, diag = TRUE)]

set.seed(11)
cases <- list()
for (name in names(cuts)) {
  x <- made(name)
  write.csv(x, sprintf("tests/reference/data/polychoric_%s.csv", name), row.names = FALSE, na = "")
  case <- of_lavaan(x)
  if (name != "binary") case$gamma_lower <- lower(unclass(lavInspect(saturated(x, ordered = names(x)), "gamma")))
  complete <- na.omit(x)
  case$n <- nrow(complete)
  case$empty_pairs <- sum(combn(names(x), 2, function(p) any(table(complete[p]) == 0)))
  case$psych <- if (name == "binary") quiet(tetrachoric(complete, correct = 0, smooth = FALSE))$rho else quiet(polychoric(complete, correct = 0, smooth = FALSE))$rho
  if (name == "holes") {
    case$pairwise <- of_lavaan(x, "pairwise")
    case$pairwise$gamma_lower <- lower(unclass(lavInspect(saturated(x, ordered = names(x), missing = "pairwise"), "gamma")))
  }
  cases[[name]] <- case
}

# Weighted rows: the complete rows of `holes`, each counting its weight.
complete <- na.omit(read.csv("tests/reference/data/polychoric_holes.csv"))
weight <- rep_len(c(.5, 1, 2, 1.5, .8), nrow(complete))
fit <- quiet(cfa(paste("f =~", paste(names(complete), collapse = " + ")), cbind(complete, w = weight), std.lv = TRUE,
                 ordered = names(complete), sampling.weights = "w"))
cases$weighted <- list(correlations = unclass(lavInspect(fit, "sampstat")$cov), thresholds = as.numeric(lavInspect(fit, "sampstat")$th),
                       gamma_lower = lower(unclass(lavInspect(fit, "gamma"))))

# Ordered answers beside numbers: correlations from lavCor, standard errors from lavaan's gamma by the delta method.
n <- 500
f <- rnorm(n)
x <- data.frame(a = cut(.7 * f + .7 * rnorm(n), c(-Inf, -1, 0, 1, Inf), labels = FALSE),
                b = cut(.7 * f + .7 * rnorm(n), c(-Inf, .4, Inf), labels = FALSE),
                x = 3 + 2 * (f + rnorm(n)), y = rnorm(n) - .5 * f)
x$x <- round(x$x, 6); x$y <- round(x$y, 6)
write.csv(x, "tests/reference/data/polychoric_numbers.csv", row.names = FALSE)
fit <- saturated(x, ordered = c("a", "b"))
G <- unclass(lavInspect(fit, "gamma")); w <- lavInspect(fit, "wls.obs"); names(w) -> rownames(G) -> colnames(G)
std_error <- function(item, number) {
  pair <- paste0(item, "~~", number); own <- paste0(number, "~~", number)
  slope <- c(1 / sqrt(w[own]), -.5 * w[pair] / w[own]^1.5)
  sqrt(drop(slope %*% G[c(pair, own), c(pair, own)] %*% slope) / n)
}
cases$numbers <- list(
  correlations = unclass(quiet(lavCor(x, ordered = c("a", "b")))),
  std_errors = list(ax = std_error("a", "x"), ay = std_error("a", "y"), bx = std_error("b", "x"), by = std_error("b", "y"))
)

packages <- sapply(c("lavaan", "psych", "jsonlite"), function(p) as.character(packageVersion(p)), simplify = FALSE)
write_json(list(r = R.version.string, packages = packages, cases = cases),
           "tests/reference/values/polychoric.json", auto_unbox = TRUE, digits = NA, matrix = "rowmajor", na = "null")
