# Reference values of design-based estimates from two real surveys: Afrobarometer round 6 (ten countries as strata, combined
# weights) and the European Social Survey, round 5, Belgium (interviewers as clusters): survey's svymean, svyby, svyquantile.
# Run from the project's root: Rscript tests/reference/make/survey_design_real.R
# Reads afrobarometer_r6/ and ess5_belgium/ in the folder that TRUSTMETER_REAL_DATA names. Writes aggregates only, to
# tests/reference/values/survey_design_real.json.
suppressMessages({ library(jsonlite); library(survey) })
folder <- Sys.getenv("TRUSTMETER_REAL_DATA", "real_data")
files <- c(file.path(folder, "afrobarometer_r6", "afro_r6_trust_10countries.csv.gz"),
           list.files(file.path(folder, "ess5_belgium"), "[.]csv[.]gz$", full.names = TRUE))
if (!all(file.exists(files)) || length(files) < 2) { message("Skipped: The survey files are not there. Set TRUSTMETER_REAL_DATA to the folder of real survey files."); quit(status = 0) }
told <- function(e) list(estimate = unname(coef(e)), std_error = unname(c(SE(e))))
quantiled <- function(q) unname(q[[1]][1, 1:4])

afro <- read.csv(files[1])
people <- svydesign(~1, strata = ~COUNTRY, weights = ~Combinwt, data = afro)
known <- subset(people, !is.na(trust_police))
africa <- list(mean = told(svymean(~trust_police, people, na.rm = TRUE)), df = degf(known), deff = unname(c(deff(svymean(~trust_police, people, na.rm = TRUE, deff = "replace")))),
  countries = told(svyby(~trust_police, ~COUNTRY, people, svymean, na.rm = TRUE)),
  shares = told(svymean(~factor(trust_police), known)), ratio = told(svyratio(~trust_police, ~trust_courts, people, na.rm = TRUE)),
  age = quantiled(svyquantile(~age, subset(people, !is.na(age)), .5, ci = TRUE)))

ess <- read.csv(files[2])
ess$trstplc[ess$trstplc > 10] <- NA
ess <- ess[!is.na(ess$intnum), ]
ess$one <- 1
asked <- svydesign(~intnum, weights = ~one, data = ess)
belgium <- list(interviewers = length(unique(ess$intnum)), mean = told(svymean(~trstplc, asked, na.rm = TRUE)),
  deff = unname(c(deff(svymean(~trstplc, asked, na.rm = TRUE, deff = "replace")))), sexes = told(svyby(~trstplc, ~female, asked, svymean, na.rm = TRUE)),
  df = degf(subset(asked, !is.na(trstplc))))
reps <- as.svrepdesign(asked, type = "JK1")
belgium$jackknife <- told(svymean(~trstplc, reps, na.rm = TRUE))
packages <- sapply(c("survey", "jsonlite"), function(name) as.character(packageVersion(name)), simplify = FALSE)
write_json(list(r = R.version.string, packages = packages, africa = africa, belgium = belgium), "tests/reference/values/survey_design_real.json", auto_unbox = TRUE, digits = NA)
