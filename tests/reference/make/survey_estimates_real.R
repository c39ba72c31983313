# Reference values of estimates from half of Russia's European Social Survey, round 5, with its design weights and regions as strata.
# Run from the project's root: Rscript tests/reference/make/survey_estimates_real.R
# Reads ess5_russia_half/ in the folder that TRUSTMETER_REAL_DATA names. Writes aggregates only, to tests/reference/values/survey_estimates_real.json.
suppressMessages({ library(jsonlite); library(survey) })
file <- file.path(Sys.getenv("TRUSTMETER_REAL_DATA", "real_data"), "ess5_russia_half", "ess5_ru_half.csv.gz")
if (!file.exists(file)) { message("Skipped: The survey file is not there. Set TRUSTMETER_REAL_DATA to the folder of real survey files."); quit(status = 0) }
d <- read.csv(file)
d$trstplc[d$trstplc > 10] <- NA
d$plccont[d$plccont > 2] <- NA
told <- function(e) list(estimate = unname(coef(e)), std_error = unname(c(SE(e))))
asked <- svydesign(~1, strata = ~region, weights = ~dweight, data = d)
known <- subset(asked, !is.na(trstplc))
contacts <- subset(asked, !is.na(plccont))
by <- svyby(~trstplc, ~gndr, known, svymean, covmat = TRUE)
packages <- sapply(c("survey", "jsonlite"), function(name) as.character(packageVersion(name)), simplify = FALSE)
write_json(list(r = R.version.string, packages = packages, mean = told(svymean(~trstplc, known)), df = degf(known),
  deff = unname(c(deff(svymean(~trstplc, known, deff = "replace")))), sexes = told(by), difference = told(svycontrast(by, c(-1, 1))),
  regions = told(svyby(~trstplc, ~region, known, svymean)), share = told(svymean(~I(plccont == 1), contacts))[["estimate"]][2],
  logit = unname(c(attr(svyciprop(~I(plccont == 1), contacts, method = "logit"), "ci"))),
  median = unname(svyquantile(~trstplc, known, .5, ci = TRUE)[[1]][1, ])),
  "tests/reference/values/survey_estimates_real.json", auto_unbox = TRUE, digits = NA)
