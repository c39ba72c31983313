# Reference values of weighting on real survey files: postStratify and rake of ESS 5 Belgium to Statbel's population of 2011, with
# interviewers as clusters; rake of an Afrobarometer country from the weights that came with it.
# Run from the project's root: Rscript tests/reference/make/real_weighting.R
# Reads three files in the folder that TRUSTMETER_REAL_DATA names. Writes aggregates only, to tests/reference/values/real_weighting.json.
suppressMessages({ library(jsonlite); library(survey) })
folder <- Sys.getenv("TRUSTMETER_REAL_DATA", "real_data")
files <- file.path(folder, c("ess5_belgium/ess5_be_trust.csv.gz", "statbel/statbel_pop_20110101_munty_sex_nat_age.csv.gz",
                             "afrobarometer_r6/afro_r6_trust_10countries.csv.gz"))
if (!all(file.exists(files))) { message("Skipped: The files are not there. Set TRUSTMETER_REAL_DATA to the folder of real survey files."); quit(status = 0) }
bands <- function(age) cut(age, c(15, 30, 45, 60, 75, Inf), right = FALSE, labels = c("15-29", "30-44", "45-59", "60-74", "75+"))
told <- function(design, item) {
  m <- svymean(as.formula(paste0("~", item)), design, na.rm = TRUE, deff = "replace"); w <- weights(design)
  list(mean = unname(coef(m)), se = unname(SE(m)[1]), deff = unname(deff(m)), weights = unname(quantile(w, 0:4 / 4)), sum_squares = sum(w^2), n = length(w))
}
ess <- read.csv(files[1]); ess <- ess[!is.na(ess$agea) & !is.na(ess$intnum) & ess$agea >= 15, ]
ess$age <- bands(ess$agea); ess$sex <- ifelse(ess$female == 1, "F", "M"); ess$cell <- paste(ess$age, ess$sex)
pop <- read.csv(files[2]); pop <- pop[pop$age >= 15, ]; pop$band <- bands(pop$age)
cells <- setNames(aggregate(pop$population, list(paste(pop$band, pop$sex)), sum), c("cell", "Freq"))
ages <- setNames(aggregate(pop$population, list(as.character(pop$band)), sum), c("age", "Freq")); sexes <- setNames(aggregate(pop$population, list(pop$sex), sum), c("sex", "Freq"))
ess$age <- as.character(ess$age); ess$one <- 1
design <- svydesign(~intnum, weights = ~one, data = ess)
stratified <- postStratify(design, ~cell, cells)
raked <- rake(design, list(~age, ~sex), list(ages, sexes), control = list(maxit = 500, epsilon = 1e-6))
afro <- read.csv(files[3]); afro <- afro[afro$country_prefix == "KEN" & !is.na(afro$urban) & !is.na(afro$female) & !is.na(afro$Combinwt), ]
plain <- svydesign(~1, weights = ~Combinwt, data = afro); total <- sum(afro$Combinwt)
kenya <- rake(plain, list(~female, ~urban), list(data.frame(female = 0:1, Freq = c(.49, .51) * total), data.frame(urban = 0:1, Freq = c(.74, .26) * total)),
              control = list(maxit = 500, epsilon = 1e-10))
write_json(list(r = R.version.string, packages = list(survey = as.character(packageVersion("survey"))), cases = list(
  unweighted = told(design, "trstplc"), stratified = told(stratified, "trstplc"), raked = told(raked, "trstplc"), kenya = told(kenya, "trust_police"))),
  "tests/reference/values/real_weighting.json", digits = NA, auto_unbox = TRUE)
