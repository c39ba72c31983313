# Times of lavaan for bench_cfa.py. Run by it: Rscript benchmarks/bench_cfa.R folder
# Reads answers.csv (with holes) in the folder; writes lavaan.csv (case, seconds, chisq, rmsea) and loadings_*.csv there.
suppressMessages(library(lavaan))
folder <- commandArgs(trailingOnly = TRUE)[1]
holes <- read.csv(file.path(folder, "answers.csv"))
whole <- na.omit(holes)
model <- paste(sapply(1:5, function(f) paste0("f", f, " =~ ", paste0("q", (f - 1) * 5 + 1:5, collapse = " + "))), collapse = "\n")
quiet <- function(call) suppressMessages(suppressWarnings(call))
calls <- list(
  ml = function() cfa(model, whole, std.lv = TRUE),
  mlr = function() cfa(model, whole, std.lv = TRUE, estimator = "MLR"),
  fiml = function() cfa(model, holes, std.lv = TRUE, estimator = "MLR", missing = "ml"),
  wlsmv = function() cfa(model, whole, std.lv = TRUE, estimator = "WLSMV", ordered = TRUE)
)
rounds <- c(ml = 5, mlr = 3, fiml = 1, wlsmv = 3)
out <- do.call(rbind, lapply(names(calls), function(name) {
  seconds <- median(sapply(seq_len(rounds[[name]]), function(i) { gc(); system.time({ f <- quiet(calls[[name]]()); fitMeasures(f) })[["elapsed"]] }))
  f <- quiet(calls[[name]]())
  m <- fitMeasures(f)
  scaled <- if (name == "ml") "" else ".scaled"
  s <- standardizedSolution(f); s <- s[s$op == "=~", ]
  write.csv(s[, c("lhs", "rhs", "est.std", "se")], file.path(folder, sprintf("loadings_%s.csv", name)), row.names = FALSE)
  data.frame(case = name, seconds = seconds, chisq = m[[paste0("chisq", scaled)]], rmsea = m[[paste0("rmsea", scaled)]])
}))
write.csv(out, file.path(folder, "lavaan.csv"), row.names = FALSE)
