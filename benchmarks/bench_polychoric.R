# Times psych::polychoric and lavaan::lavCor on one CSV of ordered answers, inside one R session. Called by bench_polychoric.py
# with: file rounds folder. Prints lines "call,seconds" (median of the rounds) and writes the matrices to the folder.
suppressMessages({ library(psych); library(lavaan) })
given <- commandArgs(TRUE)
x <- read.csv(given[1]); rounds <- as.integer(given[2]); folder <- given[3]
quiet <- function(call) suppressMessages(suppressWarnings(call))
clock <- function() proc.time()[["elapsed"]]
calls <- list(
  "psych::polychoric" = function() quiet(psych::polychoric(x, correct = 0, smooth = FALSE))$rho,
  "lavaan::lavCor" = function() unclass(quiet(lavCor(x, ordered = names(x)))),
  "lavaan gamma (cfa, WLSMV, do.fit = FALSE)" = function() {
    unclass(lavInspect(quiet(cfa(paste("f =~", paste(names(x), collapse = "+")), x, ordered = names(x), do.fit = FALSE)), "gamma"))
  }
)
for (name in names(calls)) {
  value <- calls[[name]]()
  times <- vapply(seq_len(rounds), function(i) { start <- clock(); calls[[name]](); clock() - start }, 0)
  cat(sprintf("%s;%.6f\n", name, median(times)))
  write.table(format(value, digits = 17), file.path(folder, paste0(match(name, names(calls)), ".txt")),
              row.names = FALSE, col.names = FALSE, quote = FALSE)
}
