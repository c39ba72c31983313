# Makes tests/reference/values/regression_clusters.json and its three data sets. Run from the root of the project.
suppressPackageStartupMessages({library(clubSandwich); library(estimatr); library(jsonlite)})

set.seed(41)
# Panel: 12 areas of unequal size, people twice, treatment by area, weights that vary within areas.
people <- sample(3:14, 12)
panel <- do.call(rbind, lapply(1:12, function(a) {
  id <- 100 * a + seq_len(people[a])
  each <- data.frame(area = a, person = id, treated = as.numeric(a <= 5), age = round(rnorm(people[a]), 3),
                     base = rnorm(people[a]) + rnorm(1, sd = 0.5), w = round(runif(people[a], 0.4, 2.5), 3))
  two <- rbind(cbind(each, wave = 0), cbind(each, wave = 1))
  two$y <- round(two$base + 0.2 * two$wave + 0.3 * two$treated * two$wave + 0.2 * two$age + rnorm(nrow(two)), 4)
  two
}))
panel <- panel[-sample(nrow(panel), 15), c("area", "person", "wave", "treated", "age", "w", "y")]
panel$aw <- round(1 + panel$area %% 4 / 3, 3)

# Few: six areas, cross-sections, three areas treated.
few <- data.frame(area = rep(1:6, c(4, 9, 20, 7, 31, 12)))
few$treated <- as.numeric(few$area %% 2)
few$x <- round(rnorm(nrow(few)) + few$area / 5, 3)
few$w <- round(rexp(nrow(few)) + 0.2, 3)
few$y <- round(rnorm(6)[few$area] + 0.5 * few$treated + few$x + rnorm(nrow(few)), 4)

# Many: people answer once to three times.
many <- data.frame(person = rep(1:120, sample(1:3, 120, TRUE)))
many$wave <- ave(many$person, many$person, FUN = seq_along) - 1
many$group <- many$person %% 2
many$x <- round(rnorm(nrow(many)), 3)
many$w <- round(runif(120, 0.5, 3), 3)[many$person]
many$y <- round(rnorm(120)[many$person] + 0.3 * many$wave + 0.1 * many$x + rnorm(nrow(many)), 4)

data <- list(panel = panel, few = few, many = many)
for (name in names(data))
  write.csv(data[[name]], sprintf("tests/reference/data/regression_%s.csv", name), row.names = FALSE, quote = FALSE)

one <- function(fit, cluster, joint, kinds, target = NULL) {
  lapply(setNames(kinds, kinds), function(kind) {
    V <- if (is.null(target)) vcovCR(fit, cluster, type = kind) else vcovCR(fit, cluster, type = kind, target = target)
    ct <- coef_test(fit, vcov = V, test = "Satterthwaite")
    wald <- Wald_test(fit, constraints = constrain_zero(joint), vcov = V, test = "HTZ")
    list(vcov = unclass(as.matrix(V))[, ], df = ct[[grep("^df", names(ct))[1]]], p = ct[[grep("^p", names(ct))[1]]],
         F = wald$Fstat, df_denominator = wald$df_denom, F_p = wald$p_val)
  })
}
all5 <- c("CR0", "CR1", "CR1S", "CR2", "CR3")
plain <- function(v) lapply(v, function(k) { k$vcov <- matrix(as.numeric(k$vcov), nrow(k$vcov)); k })
exchangeable <- function(id, cluster, rho) lapply(split(id, cluster), function(i) {
  m <- rho * outer(i, i, "=="); diag(m) <- 1; m })

panel_formula <- y ~ wave * treated + age
f1 <- lm(panel_formula, panel)
f2 <- lm(panel_formula, panel, weights = w)
f3 <- lm(panel_formula, panel, weights = aw)
f4 <- lm(y ~ 0 + factor(area) + wave + wave:treated + age, panel)
f5 <- lm(y ~ treated + x, few)
f6 <- lm(y ~ treated + x, few, weights = w)
f9 <- lm(y ~ I(area == 6) + x, few)
f7 <- lm(y ~ wave * group + x, many)
f8 <- lm(y ~ wave * group + x, many, weights = w)
robust <- list(
  panel = one(f1, panel$area, 2:4, all5),
  panel_weighted = one(f2, panel$area, 2:4, all5),
  panel_area_weights = one(f3, panel$area, 2:4, all5),
  panel_dummies = one(f4, panel$area, 13:15, c("CR0", "CR1", "CR1S", "CR2")),
  panel_working = one(f1, panel$area, 2:4, c("CR0", "CR2"), exchangeable(panel$person, panel$area, 0.4)),
  panel_weighted_working = one(f2, panel$area, 2:4, c("CR0", "CR2"), exchangeable(panel$person, panel$area, 0.4)),
  few = one(f5, few$area, 2:3, all5),
  few_weighted = one(f6, few$area, 2:3, all5),
  few_single = one(f9, few$area, 2:3, c("CR0", "CR2")),
  many = one(f7, many$person, 2:5, all5),
  many_weighted = one(f8, many$person, 2:5, all5))
second <- function(formula, data, cluster, weights = NULL) {
  data$cl <- cluster
  data$wt <- if (is.null(weights)) 1 else weights
  f <- if (is.null(weights)) lm_robust(formula, data, clusters = cl, se_type = "CR2")
       else lm_robust(formula, data, clusters = cl, se_type = "CR2", weights = wt)
  list(coefficients = as.numeric(f$coefficients), std_error = as.numeric(f$std.error), df = as.numeric(f$df),
       p = as.numeric(f$p.value))
}
estimatr_cases <- list(
  panel = second(panel_formula, panel, panel$area), panel_weighted = second(panel_formula, panel, panel$area, panel$w),
  panel_area_weights = second(panel_formula, panel, panel$area, panel$aw),
  few = second(y ~ treated + x, few, few$area), few_weighted = second(y ~ treated + x, few, few$area, few$w),
  many = second(y ~ wave * group + x, many, many$person))
fits <- list(panel = f1, panel_weighted = f2, panel_area_weights = f3, few = f5, few_weighted = f6, many = f7)
lms <- lapply(fits, function(f) list(coefficients = as.numeric(coef(f)), std_error = as.numeric(sqrt(diag(vcov(f)))),
                                     sigma = sigma(f)))
versions <- sapply(c("clubSandwich", "estimatr"), function(p) as.character(packageVersion(p)))
write_json(list(r = R.version.string, packages = as.list(versions),
                cases = list(clubSandwich = lapply(robust, plain), estimatr = estimatr_cases, lm = lms)),
           "tests/reference/values/regression_clusters.json", digits = NA, auto_unbox = TRUE)
