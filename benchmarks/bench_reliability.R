# Times R's calls on each CSV of a folder, inside one R session. Called by bench_reliability.py with: folder rounds seconds largest.
# Prints lines "size|call|number|seconds": the median of the rounds, each round repeating the call for about `seconds`.
suppressMessages({library(psych); library(lavaan); library(semTools); library(boot)})
given <- commandArgs(TRUE)
rounds <- as.integer(given[2]); seconds <- as.numeric(given[3]); largest <- as.integer(given[4])
clock <- function() proc.time()[["elapsed"]]
hushed <- function(call) { sink(nullfile()); on.exit(sink()); suppressWarnings(suppressMessages(call)) }
timed <- function(call, most = rounds) {
  hushed(call())
  median(vapply(seq_len(most), function(i) {
    start <- clock(); calls <- 0
    while (calls == 0 || clock() - start < seconds) { hushed(call()); calls <- calls + 1 }
    (clock() - start) / calls
  }, 0))
}
alpha_of <- function(S) nrow(S) / (nrow(S) - 1) * (1 - sum(diag(S)) / sum(S))
for (file in list.files(given[1], pattern = "[.]csv$", full.names = TRUE)) {
  x <- read.csv(file); size <- sub("[.]csv$", "", basename(file)); m <- as.matrix(x)
  told <- function(name, number, call, most = rounds) cat(sprintf("%s|%s|%.17g|%.6f\n", size, name, number, timed(call, most)))
  quiet <- function() psych::alpha(x, check.keys = FALSE, warnings = FALSE)
  model <- paste("f =~", paste(names(x), collapse = " + "))
  factor <- function() compRelSEM(cfa(model, x, std.lv = TRUE), obs.var = FALSE)
  exact <- function() compRelSEM(cfa(model, x, std.lv = TRUE, control = list(rel.tol = 1e-14)), obs.var = FALSE)
  told("psych::alpha", hushed(quiet())$total$raw_alpha, quiet, if (nrow(x) > largest) 2 else rounds)
  told("lavaan::cfa + compRelSEM", hushed(exact()), factor, if (nrow(x) > largest) 2 else rounds)
  if (nrow(x) > largest) next
  told("boot::boot, 2000 draws of alpha", NaN, function() boot(m, function(d, i) alpha_of(cov(d[i, ])), 2000), 1)
  told("psych::glb.algebraic", hushed(glb.algebraic(cov(x)))$glb, function() glb.algebraic(cov(x)))
  halves <- function() splitHalf(x, covar = TRUE)
  told("psych::splitHalf", hushed(halves())$maxrb, halves)
  ordinal <- function() compRelSEM(cfa(model, x, std.lv = TRUE, ordered = names(x), estimator = "WLSMV"), ord.scale = TRUE)
  told("lavaan::cfa WLSMV + compRelSEM", hushed(ordinal()), ordinal, 1)
}
