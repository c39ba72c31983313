# Reference values of design-based regression and Rao-Scott tests on real survey files.
# Run from the project's root: Rscript tests/reference/make/survey_association_real.R
# Reads two files in the folder that TRUSTMETER_REAL_DATA names. Writes aggregates only, to tests/reference/values/survey_association_real.json.
suppressMessages({ library(jsonlite); library(survey) })
folder <- Sys.getenv("TRUSTMETER_REAL_DATA", "real_data")
files <- file.path(folder, c("afrobarometer_r6/afro_r6_trust_10countries.csv.gz", "ess5_belgium/ess5_be_trust.csv.gz"))
if (!all(file.exists(files))) { message("Skipped: The survey files are not there. Set TRUSTMETER_REAL_DATA to the folder of real survey files."); quit(status = 0) }
exact <- glm.control(epsilon = 1e-14, maxit = 100)
told <- function(fit, term) {
  test <- regTermTest(fit, term)
  list(coefficients = unname(coef(fit)), std_errors = unname(SE(fit)), df = fit$df.residual, n = nrow(model.matrix(fit)),
       term = list(statistic = as.numeric(test$Ftest), df = test$df, p_value = as.numeric(test$p)))
}
tested <- function(test) list(statistic = as.numeric(test$statistic), df = unname(test$parameter), p_value = as.numeric(test$p.value))

afro <- read.csv(files[1])
afro$trust_police[!(afro$trust_police %in% 0:3)] <- NA
afro$some <- as.integer(afro$trust_police >= 2)
countries <- svydesign(ids = ~1, strata = ~country_prefix, weights = ~Combinwt, data = afro)
belgium <- read.csv(files[2])
belgium <- belgium[!is.na(belgium$intnum), ]
belgium$stfdem[belgium$stfdem > 10] <- NA
belgium$trstlgl[belgium$trstlgl > 10] <- NA
belgium$sex <- ifelse(belgium$female == 1, "w", "m")
belgium$band <- cut(belgium$agea, c(0, 29, 49, 64, Inf), labels = c("1", "2", "3", "4"))
belgium$third <- cut(belgium$trstplc, c(-1, 3, 7, 10), labels = c("1", "2", "3"))
interviewers <- svydesign(ids = ~intnum, weights = ~int_weight, data = belgium)
cases <- list(
  afrobarometer = list(
    linear = told(svyglm(trust_police ~ age + female + country_prefix, countries), ~country_prefix),
    logistic = told(svyglm(some ~ age + female + country_prefix, countries, family = quasibinomial(), control = exact), ~country_prefix),
    association = tested(svychisq(~country_prefix + trust_police, countries))),
  belgium = list(
    linear = told(svyglm(trstplc ~ trstlgl + stfdem + sex + band, interviewers), ~band),
    association = tested(svychisq(~sex + band, interviewers)),
    trust_by_age = tested(svychisq(~band + third, interviewers))))
packages <- sapply(c("survey", "jsonlite"), function(p) as.character(packageVersion(p)), simplify = FALSE)
write_json(list(r = R.version.string, packages = packages, cases = cases),
           "tests/reference/values/survey_association_real.json", auto_unbox = TRUE, digits = NA)
