# Reference values of weighted means, errors and design effects on two real surveys, as the page docs/reference/real-weights.md shows them:
# the European Social Survey, round 5: half of Russia with its design weights; Belgium with its interviewers as clusters, weighted to
# Statbel's population of 1 January 2011 (postStratify, rake), with errors that use residuals from the margins and errors that do not.
# Run from the project's root: Rscript tests/reference/make/real_weights.R
# Reads three files in the folder that TRUSTMETER_REAL_DATA names. Writes aggregates only, to tests/reference/values/real_weights.json.
suppressMessages({ library(jsonlite); library(survey) })
folder <- Sys.getenv("TRUSTMETER_REAL_DATA", "real_data")
files <- file.path(folder, c("ess5_russia_half/ess5_ru_half.csv.gz", "ess5_belgium/ess5_be_trust.csv.gz",
                             "statbel/statbel_pop_20110101_munty_sex_nat_age.csv.gz"))
if (!all(file.exists(files))) { message("Skipped: The files are not there. Set TRUSTMETER_REAL_DATA to the folder of real survey files."); quit(status = 0) }
of <- function(item, design) {
  m <- svymean(as.formula(paste0("~", item)), design, na.rm = TRUE, deff = "replace"); w <- weights(design)
  known <- !is.na(design$variables[[item]])
  list(mean = unname(coef(m)), se = unname(SE(m)[1]), deff = unname(c(deff(m))), df = degf(subset(design, known)),
       weights_deff = length(w) * sum(w^2) / sum(w)^2, n_effective = sum(w[known])^2 / sum(w[known]^2))
}
ru <- read.csv(files[1])
for (item in c("trstplc", "trstlgl")) ru[[item]][ru[[item]] > 10] <- NA
design <- svydesign(~1, weights = ~dweight, data = ru)
share <- svyciprop(~I(trstplc <= 3), subset(design, !is.na(trstplc)), method = "logit")
russia <- list(trstplc = of("trstplc", design), trstlgl = of("trstlgl", design),
  sexes = list(estimate = unname(coef(b <- svyby(~trstplc, ~gndr, design, svymean, na.rm = TRUE))), std_error = unname(SE(b))),
  low = list(estimate = unname(c(coef(share))), ends = unname(c(attr(share, "ci")))))
fair <- c("plcrspc", "plcfrdc", "plcexdc"); for (item in fair) ru[[item]][!ru[[item]] %in% 1:4] <- NA
full <- svydesign(~1, weights = ~dweight, data = ru[complete.cases(ru[fair]), ])
v <- svyvar(~plcrspc + plcfrdc + plcexdc, full); covs <- matrix(coef(v), 3)
alpha <- function(covs, k = nrow(covs)) k / (k - 1) * (1 - sum(diag(covs)) / sum(covs))
slope <- 3 / 2 * (sum(diag(covs)) / sum(covs)^2 - diag(3) / sum(covs))
russia$alpha <- list(estimate = alpha(covs), std_error = sqrt(drop(c(slope) %*% vcov(v) %*% c(slope))), unweighted = alpha(cov(ru[complete.cases(ru[fair]), fair])), n = nrow(full))
bands <- function(age) as.character(cut(age, c(15, 30, 45, 60, 75, Inf), right = FALSE, labels = c("15-29", "30-44", "45-59", "60-74", "75+")))
be <- read.csv(files[2]); be <- be[!is.na(be$agea) & !is.na(be$intnum) & be$agea >= 15, ]
be$trstplc[be$trstplc > 10] <- NA
be$age <- bands(be$agea); be$sex <- ifelse(be$female == 1, "F", "M"); be$cell <- paste(be$age, be$sex); be$one <- 1
pop <- read.csv(files[3]); pop <- pop[pop$age >= 15, ]; pop$age <- bands(pop$age); pop$cell <- paste(pop$age, pop$sex)
counts <- function(name) setNames(aggregate(pop$population, list(pop[[name]]), sum), c(name, "Freq"))
asked <- svydesign(~intnum, weights = ~one, data = be)
stratified <- postStratify(asked, ~cell, counts("cell"))
raked <- rake(asked, list(~age, ~sex), list(counts("age"), counts("sex")), control = list(maxit = 500, epsilon = 1e-6))
plain <- function(design) { be$w <- weights(design); of("trstplc", svydesign(~intnum, weights = ~w, data = be)) }
belgium <- list(people = nrow(be), unweighted = of("trstplc", asked), one_by_one = of("trstplc", svydesign(~1, weights = ~one, data = be)),
  stratified = of("trstplc", stratified), stratified_known = plain(stratified), raked = of("trstplc", raked), raked_known = plain(raked))
packages <- sapply(c("survey", "jsonlite"), function(name) as.character(packageVersion(name)), simplify = FALSE)
write_json(list(r = R.version.string, packages = packages, russia = russia, belgium = belgium), "tests/reference/values/real_weights.json", auto_unbox = TRUE, digits = NA)
