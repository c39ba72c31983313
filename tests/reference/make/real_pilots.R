# Reference values of pilots' questions on real survey files: change of the same people, of different people, many places together, weights.
# Run from the project's root: Rscript tests/reference/make/real_pilots.R
# Reads three files in the folder that TRUSTMETER_REAL_DATA names. Writes aggregates only, to tests/reference/values/real_pilots.json.
suppressMessages({ library(jsonlite); library(clubSandwich); library(effectsize); library(metafor); library(survey) })
number <- function(x) as.numeric(unname(x))

folder <- Sys.getenv("TRUSTMETER_REAL_DATA", "real_data")
files <- file.path(folder, c("saopaulo_panel/saopaulo_police_3wave.csv.gz", "psychtools_sai/sai_pre_post.csv.gz",
                             "afrobarometer_r6/afro_r6_trust_10countries.csv.gz"))
if (!all(file.exists(files))) { message("Skipped: The survey files are not there. Set TRUSTMETER_REAL_DATA to the folder of real survey files."); quit(status = 0) }

told <- function(t) list(estimate = number(if (length(t$estimate) == 2) t$estimate[1] - t$estimate[2] else t$estimate), std_error = number(t$stderr),
                         df = number(t$parameter), p = t$p.value, ci = number(t$conf.int))
robust <- function(fit, cluster, name) {
  found <- coef_test(fit, vcov = vcovCR(fit, cluster = cluster, type = "CR2"), test = "Satterthwaite")
  row <- found[rownames(found) == name, ]
  list(estimate = row$beta, std_error = row$SE, df = row$df_Satt, p = row$p_Satt)
}

# -- Sao Paulo: the same people in two waves ---------------------------------------------------------------------------------------
panel <- read.csv(files[1])
items <- panel[paste0("pj", 1:4)]
panel$score <- ifelse(rowSums(!is.na(items)) >= 2, (rowMeans(items, na.rm = TRUE) - 1) / 4 * 100, NA)
wide <- merge(panel[panel$wave == 1, c("quest", "area", "score")], panel[panel$wave == 2, c("quest", "score")], by = "quest", all.x = TRUE,
              suffixes = c("_before", "_after"))
cohort <- wide[!is.na(wide$score_before), ]
pairs <- cohort[!is.na(cohort$score_after), ]
change <- pairs$score_after - pairs$score_before
paired <- told(t.test(pairs$score_after, pairs$score_before, paired = TRUE))
d_z <- cohens_d(pairs$score_after, pairs$score_before, paired = TRUE)
within <- max(t.test(change, mu = -3, alternative = "greater")$p.value, t.test(change, mu = 3, alternative = "less")$p.value)
# changes that are equal on paper differ in their last digits, so ties are found only after rounding
signed <- suppressWarnings(wilcox.test(round(change, 9)))
long <- rbind(data.frame(area = pairs$area, after = 0, y = pairs$score_before), data.frame(area = pairs$area, after = 1, y = pairs$score_after))
by_area <- robust(lm(y ~ after, long), long$area, "after")
seen <- !is.na(cohort$score_after)
model <- glm(seen ~ score_before + factor(area), binomial, cohort)
weight <- (mean(seen) / fitted(model))[seen]
weight <- pmin(pmax(weight, quantile(weight, 0.01)), quantile(weight, 0.99))
lost <- list(share = mean(!seen), ci = number(prop.test(sum(!seen), length(seen), correct = FALSE)$conf.int),
             weighted = weighted.mean((cohort$score_after - cohort$score_before)[seen], weight),
             worst = c(mean(ifelse(seen, cohort$score_after, 0) - cohort$score_before), mean(ifelse(seen, cohort$score_after, 100) - cohort$score_before)))

# -- the same waves as if they were of different people ---------------------------------------------------------------------------
two <- panel[panel$wave %in% 1:2 & !is.na(panel$score), ]
welch <- told(t.test(two$score[two$wave == 2], two$score[two$wave == 1]))
d_s <- cohens_d(two$score[two$wave == 2], two$score[two$wave == 1])
two$after <- as.numeric(two$wave == 2)
sections <- robust(lm(score ~ after, two), two$area, "after")

# -- state anxiety before and after, thirteen studies ------------------------------------------------------------------------------
sai <- read.csv(files[2])
calm <- c("calm", "at.ease", "comfortable", "confident", "content", "joyful", "pleasant", "relaxed", "rested", "secure")
asked <- setdiff(names(sai), c("study", "time", "id"))
sai[calm] <- 5 - sai[calm]
sai$score <- ifelse(rowSums(!is.na(sai[asked])) >= 10, (rowMeans(sai[asked], na.rm = TRUE) - 1) / 3 * 100, NA)
code <- paste(sai$study, sai$time, sai$id)
sai <- sai[!(duplicated(code) | duplicated(code, fromLast = TRUE)), ]
studies <- sort(unique(sai$study[sai$time == 2]), method = "radix")
each <- lapply(studies, function(name) {
  both <- merge(sai[sai$study == name & sai$time == 1, c("id", "score")], sai[sai$study == name & sai$time == 2, c("id", "score")], by = "id")
  told(t.test(both$score.y, both$score.x, paired = TRUE))
})
yi <- sapply(each, `[[`, "estimate")
sei <- sapply(each, `[[`, "std_error")
together <- rma(yi = yi, sei = sei, method = "REML", test = "knha", control = list(threshold = 1e-12, maxiter = 1000))
ahead <- predict(together)
spread <- confint(together)$random
without <- leave1out(together)
synthesis <- list(estimate = number(together$beta), std_error = together$se, ci = c(together$ci.lb, together$ci.ub), p = together$pval, tau = sqrt(together$tau2),
                  tau_ci = number(spread["tau", c("ci.lb", "ci.ub")]), i_squared = together$I2 / 100, q = together$QE, q_p = together$QEp,
                  prediction = c(ahead$pi.lb, ahead$pi.ub), without = number(without$estimate))

# -- Afrobarometer: trust in the police in two countries ---------------------------------------------------------------------------
afro <- read.csv(files[3])
afro <- afro[afro$country_prefix %in% c("GHA", "KEN") & !is.na(afro$trust_police), ]
afro$y <- afro$trust_police / 3 * 100
afro$kenya <- as.numeric(afro$country_prefix == "KEN")
afro$row <- seq_len(nrow(afro))
plain <- told(t.test(afro$y[afro$kenya == 1], afro$y[afro$kenya == 0]))
weighted <- robust(lm(y ~ kenya, afro, weights = withinwt), afro$row, "kenya")
sample <- svyglm(y ~ kenya, svydesign(ids = ~1, weights = ~withinwt, strata = ~country_prefix, data = afro))
surveyed <- list(estimate = number(coef(sample)["kenya"]), std_error = number(SE(sample)["kenya"]))

cases <- list(
  panel = c(paired, list(d_z = d_z$Cohens_d, p_within = within, signed_p = signed$p.value, n = nrow(pairs))), panel_areas = by_area, lost = lost,
  sections = c(welch, list(d_s = d_s$Cohens_d)), sections_areas = sections,
  studies = list(names = studies, estimate = yi, std_error = sei, ci = t(sapply(each, `[[`, "ci"))), synthesis = synthesis,
  countries = plain, countries_weighted = weighted, countries_survey = surveyed
)
packages <- sapply(c("clubSandwich", "effectsize", "metafor", "survey"), function(name) as.character(packageVersion(name)))
write_json(list(r = R.version.string, packages = as.list(packages), cases = cases), "tests/reference/values/real_pilots.json", digits = NA, auto_unbox = TRUE, pretty = TRUE)
