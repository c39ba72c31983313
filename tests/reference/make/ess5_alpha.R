# Reference values of the four police scales of the European Social Survey, round 5 (Trust in Justice): psych::alpha.
# Run from the project's root: Rscript tests/reference/make/ess5_alpha.R
# Reads ess5_russia_half/ess5_ru_half.csv.gz in the folder that TRUSTMETER_REAL_DATA names. Writes aggregates only, to
# tests/reference/values/ess5_alpha.json.
suppressMessages({library(jsonlite); library(psych)})

file <- file.path(Sys.getenv("TRUSTMETER_REAL_DATA", "real_data"), "ess5_russia_half", "ess5_ru_half.csv.gz")
if (!file.exists(file)) { message("Skipped: The survey file is not there. Set TRUSTMETER_REAL_DATA to the folder of real survey files."); quit(status = 0) }
ess <- read.csv(file)
scales <- list(
  effectiveness = list(items = c("plcpvcr", "plccbrg", "plcarcr"), highest = 10),
  procedural_fairness = list(items = c("plcrspc", "plcfrdc", "plcexdc"), highest = 4),
  obligation = list(items = c("bplcdc", "doplcsy", "dpcstrb"), highest = 10),
  moral_alignment = list(items = c("plcrgwr", "plcipvl", "gsupplc"), highest = 5)
)
describe <- function(one) {
  x <- ess[one$items]
  x[x > one$highest] <- NA
  complete <- na.omit(x)
  quiet <- function(d) suppressWarnings(psych::alpha(d, check.keys = FALSE, warnings = FALSE))
  listwise <- quiet(complete)
  feldt <- alpha.ci(listwise$total$raw_alpha, nrow(complete), ncol(x))
  list(items = one$items, highest = one$highest, n = nrow(complete), alpha = listwise$total$raw_alpha,
       alpha_standardized = listwise$total$std.alpha, feldt = c(feldt$lower.ci, feldt$upper.ci),
       item_total = as.numeric(listwise$item.stats$r.drop), pairwise_alpha = quiet(x)$total$raw_alpha)
}
write_json(list(
  r = as.character(getRversion()), packages = list(psych = as.character(packageVersion("psych"))),
  scales = lapply(scales, describe)
), "tests/reference/values/ess5_alpha.json", auto_unbox = TRUE, digits = NA, pretty = TRUE)
