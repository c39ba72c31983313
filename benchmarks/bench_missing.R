# Seconds of mice and metafor on workloads that bench_missing.py repeats. Run: Rscript benchmarks/bench_missing.R
suppressMessages({library(mice); library(metafor)})
set.seed(1)
n <- 2800
f <- matrix(rnorm(5 * n), n)
x <- as.data.frame(sapply(1:25, function(i) as.numeric(cut(0.7 * f[, (i - 1) %/% 5 + 1] + rnorm(n, sd = 0.7), c(-Inf, -1.3, -0.5, 0.3, 1, Inf)))))
x[matrix(runif(25 * n) < 0.05, n)] <- NA
seconds <- function(expr, times = 3) median(sapply(seq_len(times), function(i) system.time(eval(expr, parent.frame(2)))[["elapsed"]]))
cat("mice pmm, m = 5, 1 iteration, 2800 x 25:", seconds(quote(mice(x, m = 5, maxit = 1, method = "pmm", printFlag = FALSE))), "s\n")
d <- escalc(measure = "RR", ai = tpos, bi = tneg, ci = cpos, di = cneg, data = dat.bcg)
cat("metafor REML + knha + interval of tau2, k = 13:", seconds(quote(for (i in 1:20) confint(rma(yi, vi, data = d, test = "knha")))) / 20, "s\n")
