# Reference values of "is the meter sound?" on real survey files: structure, invariance, correlations of ordered answers, retest.
# Run from the project's root: Rscript tests/reference/make/real_meter.R
# Reads four files in the folder that TRUSTMETER_REAL_DATA names. Writes aggregates only, to tests/reference/values/real_meter.json.
suppressMessages({ library(jsonlite); library(lavaan); library(semTools); library(psych) })
quiet <- function(call) suppressMessages(suppressWarnings(call))
number <- function(x) as.numeric(unname(x))

folder <- Sys.getenv("TRUSTMETER_REAL_DATA", "real_data")
files <- file.path(folder, c("ess5_russia_half/ess5_ru_half.csv.gz", "saopaulo_panel/saopaulo_police_3wave.csv.gz",
                             "afrobarometer_r6/afro_r6_trust_10countries.csv.gz", "psychtools_sai/sai_pre_post.csv.gz"))
if (!all(file.exists(files))) { message("Skipped: The survey files are not there. Set TRUSTMETER_REAL_DATA to the folder of real survey files."); quit(status = 0) }

fit_of <- function(fit) {
  m <- fitMeasures(fit)
  at <- function(name) if (name %in% names(m)) unname(m[[name]]) else NA
  c(list(n = lavInspect(fit, "ntotal")), lapply(c(chi2 = "chisq", scaled = "chisq.scaled", df = "df", p = "pvalue.scaled", srmr = "srmr", cfi_scaled = "cfi.scaled",
           tli_scaled = "tli.scaled", rmsea_scaled = "rmsea.scaled", cfi_robust = "cfi.robust", rmsea_robust = "rmsea.robust"), at))
}

# -- European Social Survey, Russian half: four police scales as four factors of ordered answers --------------------------------
ess <- read.csv(files[1])
scales <- list(effectiveness = list(items = c("plcpvcr", "plccbrg", "plcarcr"), highest = 10),
               fairness = list(items = c("plcrspc", "plcfrdc", "plcexdc"), highest = 4),
               obligation = list(items = c("bplcdc", "doplcsy", "dpcstrb"), highest = 10),
               alignment = list(items = c("plcrgwr", "plcipvl", "gsupplc"), highest = 5))
for (one in scales) ess[one$items][ess[one$items] > one$highest] <- NA
turned <- scales$alignment$items
ess[turned] <- 6 - ess[turned]
items <- unlist(lapply(scales, `[[`, "items"), use.names = FALSE)
# lavaan holds the probability of a cell above 1.5e-8, which moves a correlation where somebody answers two nearly equal questions from
# opposite ends (0.880 instead of 0.857 in one pair): such people are left out, here and in the test.
span <- function(one) do.call(pmax, c(ess[one$items], na.rm = TRUE)) - do.call(pmin, c(ess[one$items], na.rm = TRUE))
opposite <- Reduce(`|`, lapply(scales, function(one) span(one) > 0.75 * (one$highest - (one$highest < 10))))
ess <- ess[is.na(opposite) | !opposite, ]
lines_of <- function(which) paste(sapply(which, function(s) paste(s, "=~", paste(scales[[s]]$items, collapse = " + "))), collapse = "\n")
four <- cfa(lines_of(names(scales)), ess, ordered = items, estimator = "WLSMV", std.lv = TRUE)
e <- standardizedSolution(four)
four_factors <- c(fit_of(four), list(
  loadings = number(e$est.std[e$op == "=~"]), loadings_se = number(e$se[e$op == "=~"]), items = e$rhs[e$op == "=~"],
  correlations = number(e$est.std[e$op == "~~" & e$lhs != e$rhs]), pairs = paste(e$lhs, e$rhs)[e$op == "~~" & e$lhs != e$rhs]
))

# -- invariance, step by step; nothing is released ---------------------------------------------------------------------------
STEPS <- list(configural = character(), thresholds = "thresholds", loadings = "loadings", intercepts = "intercepts", residuals = "residuals")
ladder <- function(x, syntax, items, across) {
  equal <- character(); before <- NULL; found <- list()
  for (name in names(STEPS)) {
    equal <- c(equal, STEPS[[name]])
    ask <- list(configural.model = syntax, data = x, ID.fac = "std.lv", return.fit = FALSE, ordered = items, parameterization = "theta",
                ID.cat = "Wu.Estabrook.2016")
    model <- as.character(quiet(do.call(measEq.syntax, c(ask, across(equal)))))
    ask <- list(model = model, data = x, ordered = items, parameterization = "theta", estimator = "WLSMV")
    if ("group" %in% names(across(equal))) ask$group <- across(equal)$group
    fit <- quiet(do.call(lavaan, ask))
    if (!lavInspect(fit, "converged")) cat("not converged:", name, "\n")
    found[[name]] <- fit_of(fit)
    if (!is.null(before)) {
      t <- quiet(lavTestLRT(before, fit))
      found[[name]]$difference <- c(t[2, "Chisq diff"], t[2, "Df diff"])
    }
    before <- fit
  }
  found
}
two <- c("fairness", "alignment")
six <- unlist(lapply(scales[two], `[[`, "items"), use.names = FALSE)
complete <- na.omit(ess[c(six, "gndr")])
by_sex <- ladder(complete[order(complete$gndr), ], lines_of(two), six, function(equal) list(group = "gndr", group.equal = equal))
cat("sex\n")

# -- Sao Paulo: procedural justice in three waves, the people complete in all of them ----------------------------------------
panel <- read.csv(files[2])
over_waves <- function(ids) {
  wide <- reshape(panel[c("quest", "wave", ids)], idvar = "quest", timevar = "wave", direction = "wide")
  wide <- na.omit(wide)
  all <- paste0(rep(ids, 3), ".", rep(1:3, each = length(ids)))
  syntax <- paste(sapply(1:3, function(w) paste0("f.", w, " =~ ", paste0(ids, ".", w, collapse = " + "))), collapse = "\n")
  names_of <- setNames(lapply(ids, function(i) paste0(i, ".", 1:3)), ids)
  c(list(n = nrow(wide)), list(steps = ladder(wide, syntax, all, function(equal)
    list(longFacNames = list(f = paste0("f.", 1:3)), longIndNames = names_of, auto = "all", long.equal = equal))))
}
waves <- list(procedural_justice = over_waves(paste0("pj", 1:4)))
cat("waves\n")

# -- Afrobarometer: polychoric correlations of eight trust items, ten countries together -------------------------------------
afro <- read.csv(files[3])
trust <- paste0("trust_", c("pres", "par", "elect", "tax", "local", "police", "army", "courts"))
afro[trust][afro[trust] < 0 | afro[trust] > 3] <- NA
eight <- na.omit(afro[trust])
polychoric <- unclass(lavCor(eight, ordered = trust, output = "cor"))
country <- lapply(split(afro[trust], afro$country_prefix), function(x) {
  fit <- cfa(paste("f =~", paste(trust, collapse = " + ")), x, ordered = trust, estimator = "WLSMV", std.lv = TRUE)
  fit_of(fit)
})
one_factor <- country[c("GHA", "SAF", "ZIM")]

# -- state anxiety twice: retest --------------------------------------------------------------------------------------------
sai <- read.csv(files[4])
names_sai <- setdiff(names(sai), c("study", "time", "id"))
positive <- c("calm", "at.ease", "comfortable", "confident", "content", "joyful", "pleasant", "relaxed", "rested", "secure")
sai[positive] <- 5 - sai[positive]
sai <- sai[rowSums(is.na(sai[names_sai])) == 0, ]
sai$score <- rowMeans(sai[names_sai])
sai$key <- paste(sai$study, sai$id)
sai <- sai[!duplicated(sai[c("key", "time")]), ]
both <- merge(sai[sai$time == 1, c("key", "score")], sai[sai$time == 2, c("key", "score")], by = "key", suffixes = c("_1", "_2"))
d <- both$score_2 - both$score_1
icc <- quiet(psych::ICC(both[c("score_1", "score_2")], lmer = FALSE))$results
sem <- sd(d) / sqrt(2)
retest <- list(n = nrow(both), icc_agreement = icc["Single_random_raters", "ICC"], icc_consistency = icc["Single_fixed_raters", "ICC"],
  icc_ci = number(unlist(icc["Single_random_raters", c("lower bound", "upper bound")])),
  pearson = cor(both$score_1, both$score_2), sem_consistency = sem, mdc_consistency = qnorm(.975) * sqrt(2) * sem, mean_change = mean(d),
  share_improved = mean(-d > qnorm(.975) * sqrt(2) * sem), share_worsened = mean(-d < -qnorm(.975) * sqrt(2) * sem), srm = mean(d) / sd(d))

packages <- lapply(c(lavaan = "lavaan", semTools = "semTools", psych = "psych"), function(p) as.character(packageVersion(p)))
write_json(list(r = R.version.string, packages = packages, cases = list(
  ess_four_factors = four_factors, ess_by_sex = by_sex, saopaulo_waves = waves,
  afrobarometer = list(n = nrow(eight), items = sub("trust_", "", trust), polychoric = number(polychoric), one_factor = one_factor), sai_retest = retest
)), "tests/reference/values/real_meter.json", auto_unbox = TRUE, digits = NA, pretty = TRUE, na = "null")
