# Partial credit by conditional likelihood (eRm), timed inside one session: Rscript bench_irt.R items.csv rounds
# Prints name,value lines: seconds, and the mean step difficulty of each item.
given <- commandArgs(trailingOnly = TRUE)
suppressPackageStartupMessages(library(eRm))
items <- read.csv(given[1])
rounds <- as.integer(given[2])
seconds <- numeric(rounds)
for (round in seq_len(rounds)) seconds[round] <- system.time(fit <- PCM(items))[["elapsed"]]
cat("seconds,", median(seconds), "\n", sep = "")
steps <- thresholds(fit)$threshtable[[1]]
for (item in seq_len(ncol(items))) cat("location", item, ",", steps[item, "Location"], "\n", sep = "")
