# Reference values of Cohen's kappa of two coders on characters and segments, from psych.
# Run from the project's root after focus_groups.py: Rscript tests/reference/make/focus_groups.R
# Writes tests/reference/values/focus_groups_kappa.json.
suppressMessages({library(jsonlite); library(psych)})
root <- "tests/reference"
rows <- read.csv(file.path(root, "data", "focus_groups_coding.csv"))
rows <- rows[rows$coder %in% c("first", "second"), ]
lengths <- read.csv(file.path(root, "data", "focus_groups_lengths.csv"))
given <- function(coder, code, unit) unlist(lapply(seq_len(nrow(lengths)), function(at) {
  own <- rows[rows$session == lengths$session[at], ]
  mine <- own[own$coder == coder & own$code == code, ]
  if (unit == "segment") {
    units <- unique(own[order(own$start, own$end), c("start", "end")])
    return(as.integer(paste(units$start, units$end) %in% paste(mine$start, mine$end)))
  }
  x <- integer(lengths$length[at])
  for (k in seq_len(nrow(mine))) x[(mine$start[k] + 1):mine$end[k]] <- 1L
  x
}))
codes <- sort(unique(rows$code))
cases <- lapply(c(characters = "characters", segment = "segment"), function(unit) sapply(codes, function(code) {
  t <- table(factor(given("first", code, unit), 0:1), factor(given("second", code, unit), 0:1))
  one <- suppressWarnings(suppressMessages(cohen.kappa(unclass(t))))
  list(kappa = one$kappa, se = sqrt(one$var.kappa), agreement = sum(diag(t)) / sum(t))
}, simplify = FALSE))
write(toJSON(list(r = R.version.string, packages = list(psych = as.character(packageVersion("psych"))), cases = cases),
             digits = NA, auto_unbox = TRUE, pretty = TRUE), file.path(root, "values", "focus_groups_kappa.json"))
