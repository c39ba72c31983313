# Times survey on the CSV of a folder, inside one R session. Called by bench_survey.py: folder rounds.
# Prints lines "call,value,seconds": a standard error, and the median of the rounds.
suppressMessages(library(survey))
given <- commandArgs(TRUE)
rounds <- as.integer(given[2])
timed <- function(call) { call(); median(vapply(seq_len(rounds), function(i) system.time(call())[["elapsed"]], 0)) }
say <- function(name, call) cat(sprintf("%s,%.17g,%.6f\n", name, call(), timed(call)))
x <- read.csv(file.path(given[1], "people.csv"))
design <- function() svydesign(~cluster, strata = ~stratum, weights = ~w, data = x)
d <- design()
say("design and mean", function() SE(svymean(~y, design()))[[1]])
say("mean", function() SE(svymean(~y, d))[[1]])
say("means of 8 groups", function() SE(svyby(~y, ~g, d, svymean, covmat = TRUE))[[3]])
say("ratio", function() SE(svyratio(~y, ~z, d))[[1]])
say("quartiles", function() SE(svyquantile(~y, d, c(.25, .5, .75)))[[2]])
margins <- lapply(c("a", "b", "g"), function(name) { m <- data.frame(1:8, 1); m <- m[m[[1]] %in% x[[name]] , ]
  names(m) <- c(name, "Freq"); m$Freq <- sum(x$w) / nrow(m); m })
raked <- rake(d, list(~a, ~b, ~g), margins, control = list(maxit = 500, epsilon = 1e-13 * sum(x$w)))
say("mean of raked weights", function() SE(svymean(~y, raked))[[1]])
reps <- as.svrepdesign(d, type = "JKn")
say("mean of 500 replicates", function() SE(svymean(~y, reps))[[1]])
