# Times psych::alpha on each CSV of a folder, inside one R session. Called by bench_reliability.py with: folder rounds seconds.
# Prints lines "size,call,alpha,seconds": the median of the rounds, each round repeating the call for about `seconds`.
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
for (file in list.files(given[1], pattern = "[.]csv$", full.names = TRUE)) {
  x <- read.csv(file)
  quiet <- function() suppressMessages(suppressWarnings(psych::alpha(x, check.keys = FALSE, warnings = FALSE)))
  cat(sprintf("%s,psych::alpha,%.17g,%.6f\n", sub("[.]csv$", "", basename(file)), quiet()$total$raw_alpha, timed(quiet)))
}
