# Times psych::ICC and psych::cohen.kappa on the CSVs of a folder, inside one R session. Called by bench_agreement.py: folder rounds seconds.
# Prints lines "call,estimate,seconds": the median of the rounds, each round repeating the call for about `seconds`.
suppressMessages(library(psych))
given <- commandArgs(TRUE)
rounds <- as.integer(given[2]); seconds <- as.numeric(given[3])
clock <- function() proc.time()[["elapsed"]]
timed <- function(call) {
  call()
  median(vapply(seq_len(rounds), function(i) {
    start <- clock(); calls <- 0
    while (calls == 0 || clock() - start < seconds) { call(); calls <- calls + 1 }
    (clock() - start) / calls
  }, 0))
}
quiet <- function(call) suppressMessages(suppressWarnings(call))
say <- function(name, value, call) cat(sprintf("%s,%.17g,%.6f\n", name, value, timed(call)))
x <- read.csv(file.path(given[1], "occasions.csv"))
say("psych::ICC (aov)", quiet(ICC(x, lmer = FALSE))$results$ICC[2], function() quiet(ICC(x, lmer = FALSE)))
say("psych::ICC (lmer)", quiet(ICC(x))$results$ICC[2], function() quiet(ICC(x)))
k <- read.csv(file.path(given[1], "pair.csv"))
say("psych::cohen.kappa", quiet(cohen.kappa(k))$kappa, function() quiet(cohen.kappa(k)))
if (requireNamespace("lme4", quietly = TRUE)) {
  g <- read.csv(file.path(given[1], "gaps.csv"))
  fit <- function() lme4::lmer(rating ~ 1 + (1 | target) + (1 | rater), g)
  say("lme4::lmer", lme4::VarCorr(quiet(fit()))$target[1, 1], function() quiet(fit()))
}
