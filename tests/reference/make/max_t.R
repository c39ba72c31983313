# Reference values of p values adjusted by given draws (Romano-Wolf, Westfall-Young): the algorithm written out.
# Run from the project's root: Rscript tests/reference/make/max_t.R
suppressMessages(library(jsonlite))
set.seed(31)
step_down <- function(t, D, among) {
  share <- function(x, c) if (among) mean(x >= c) else (1 + sum(x >= c)) / (1 + length(x))
  left <- seq_along(t); p <- numeric(length(t)); before <- 0
  while (length(left)) {
    top <- left[which.max(t[left])]
    before <- max(before, share(apply(D[, left, drop = FALSE], 1, max), t[top])); p[top] <- before
    left <- setdiff(left, top)
  }
  list(step = p, single = sapply(t, function(c) share(apply(D, 1, max), c)), raw = sapply(seq_along(t), function(j) share(D[, j], t[j])))
}
draws <- function(B, k, r) round(matrix(rnorm(B * k), B) * sqrt(1 - r) + rnorm(B) * sqrt(r), 3)
cases <- list()
for (s in list(list("three", 199, 3, 0), list("six", 499, 6, 0.7), list("nine", 150, 9, 0.3))) {
  D <- draws(s[[2]], s[[3]], s[[4]]); t <- round(rnorm(s[[3]], 1.2, 1.2), 3); D[1, ] <- t
  cases[[s[[1]]]] <- list(t = t, draws = D, two_sided = step_down(abs(t), abs(D), FALSE), among = step_down(abs(t), abs(D), TRUE), one_sided = step_down(t, D, FALSE))
}
write_json(list(r = R.version.string, packages = setNames(list(), character()), cases = cases), "tests/reference/values/max_t.json", digits = NA, auto_unbox = TRUE)
