# Times survey::rake on the CSVs of a folder, inside one R session. Called by bench_raking.py: folder rounds. Prints seconds, and writes
# the weights to weights.csv.
suppressMessages(library(survey))
arguments <- commandArgs(trailingOnly = TRUE); folder <- arguments[1]; rounds <- as.integer(arguments[2])
d <- read.csv(file.path(folder, "rows.csv")); t <- read.csv(file.path(folder, "targets.csv"))
names <- setdiff(names(d), "w")
design <- svydesign(~1, weights = ~w, data = d)
margins <- lapply(names, function(v) as.formula(paste0("~", v)))
targets <- lapply(names, function(v) setNames(t[t$margin == v, c("category", "Freq")], c(v, "Freq")))
call <- function() rake(design, margins, targets, control = list(maxit = 1000, epsilon = 1e-9))
raked <- call()
seconds <- sapply(seq_len(rounds), function(k) { gc(); system.time(call())[["elapsed"]] })
write.csv(data.frame(w = weights(raked)), file.path(folder, "weights.csv"), row.names = FALSE)
cat(median(seconds), as.character(packageVersion("survey")), "\n")
