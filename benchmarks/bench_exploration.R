# Times psych::fa, psych::fa.parallel and GPArotation on CSVs of a folder, inside one R session. Called by
# bench_exploration.py with: folder rounds seconds factors. Writes the numbers to the folder; prints "call,seconds".
suppressMessages({library(psych); library(GPArotation)})
given <- commandArgs(TRUE)
folder <- given[1]; rounds <- as.integer(given[2]); seconds <- as.numeric(given[3]); m <- as.integer(given[4])
x <- read.csv(file.path(folder, "items.csv"))
clock <- function() proc.time()[["elapsed"]]
timed <- function(name, call) {
  call()
  each <- vapply(seq_len(rounds), function(i) {
    start <- clock(); calls <- 0
    while (calls == 0 || clock() - start < seconds) { call(); calls <- calls + 1 }
    (clock() - start) / calls
  }, 0)
  cat(sprintf("%s,%.6f\n", name, median(each)))
}
quiet <- function(call) suppressMessages(suppressWarnings(call))
minres <- function() quiet(fa(x, m, fm = "minres", rotate = "oblimin"))
ml <- function() quiet(fa(x, m, fm = "ml", rotate = "oblimin"))
# cat() of fa.parallel is caught, so that only times are printed.
parallel <- function() { invisible(capture.output(found <- quiet(fa.parallel(x, SMC = TRUE, n.iter = 20, plot = FALSE)))); found }
numbers <- minres()
write.csv(data.frame(uniqueness = unname(numbers$uniquenesses)), file.path(folder, "minres.csv"), row.names = FALSE)
write.csv(data.frame(uniqueness = unname(ml()$uniquenesses)), file.path(folder, "ml.csv"), row.names = FALSE)
write.csv(data.frame(common = parallel()$fa.values), file.path(folder, "common.csv"), row.names = FALSE)
write.csv(data.frame(map = quiet(vss(x, n = 8, plot = FALSE, rotate = "none"))$map), file.path(folder, "map.csv"), row.names = FALSE)
timed("psych::fa minres + oblimin", minres)
timed("psych::fa ml + oblimin", ml)
timed("psych::fa.parallel, 20 draws", parallel)
timed("psych::schmid", function() quiet(schmid(cor(x), m, n.obs = nrow(x))))
