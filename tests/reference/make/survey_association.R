# Reference values of design-based regression and of Rao-Scott tests: survey::svyglm, svyolr, regTermTest, svychisq.
# Run from the project's root: Rscript tests/reference/make/survey_association.R
# Writes tests/reference/data/survey_association.csv and tests/reference/values/survey_association.json.
# (A column must not be called g: svyglm with replicate weights then fails.)
suppressMessages({ library(survey); library(jsonlite) })

set.seed(83)
sizes <- sample(4:14, 24, TRUE)
psu <- rep(seq_along(sizes), sizes)
n <- length(psu)
stratum <- ceiling(psu / 4)
u <- rnorm(24, sd = .5)[psu]
x <- data.frame(stratum, psu, w = round(runif(n, .4, 3) * stratum^.5, 4), population = c(9, 12, 20, 8, 15, 40)[stratum],
                x1 = round(rnorm(n) + u, 4), x2 = round(runif(n), 4),
                grp = sample(c("a", "b", "c"), n, TRUE, c(.5, .3, .2)))
eta <- .6 * x$x1 - .4 * x$x2 + c(a = 0, b = .5, c = -.3)[x$grp] + u
x$y <- round(2 + eta + rnorm(n), 4)
x$b <- rbinom(n, 1, plogis(eta))
x$k <- rpois(n, exp(.4 + .5 * eta))
x$a <- findInterval(eta + rlogis(n), c(-.7, .9)) + 1
x$c <- findInterval(.5 * eta + rlogis(n), c(-1.2, 0, 1)) + 1
x$inside <- as.integer(x$x2 > .3 & x$psu != 7)
write.csv(x, "tests/reference/data/survey_association.csv", row.names = FALSE)
x <- read.csv("tests/reference/data/survey_association.csv")

plain <- svydesign(ids = ~1, weights = ~w, data = x)
clusters <- svydesign(ids = ~psu, strata = ~stratum, weights = ~w, data = x)
finite <- svydesign(ids = ~psu, strata = ~stratum, weights = ~w, fpc = ~population, data = x)
of_g <- data.frame(grp = c("a", "b", "c"), Freq = sum(x$w) * c(.45, .35, .2))
of_c <- data.frame(c = 1:4, Freq = sum(x$w) * c(.25, .25, .3, .2))
raked <- rake(clusters, list(~grp, ~c), list(of_g, of_c), control = list(maxit = 200, epsilon = 1e-11))
set.seed(4)
bootstrap <- as.svrepdesign(clusters, type = "bootstrap", replicates = 40)
jkn <- as.svrepdesign(clusters, type = "JKn", mse = TRUE)
designs <- list(weights = plain, clusters = clusters, finite = finite, raked = raked, bootstrap = bootstrap, jkn = jkn,
                domain = subset(clusters, inside == 1), raked_domain = subset(raked, inside == 1),
                bootstrap_domain = subset(bootstrap, inside == 1))

exact <- glm.control(epsilon = 1e-15, maxit = 100)
regression <- function(f, design, family) {
  fit <- suppressWarnings(svyglm(f, design, family = family, control = exact))
  test <- regTermTest(fit, ~grp)
  list(coefficients = unname(coef(fit)), covariance = unname(vcov(fit)), df = fit$df.residual,
       p_values = unname(summary(fit)$coefficients[, 4]), intervals = unname(confint(fit, ddf = fit$df.residual)),
       term = list(statistic = as.numeric(test$Ftest), df = test$df, ddf = test$ddf, p_value = as.numeric(test$p)))
}
ordered_answers <- function(design) {
  design$variables$o <- factor(design$variables$a, ordered = TRUE)
  fit <- svyolr(o ~ x1 + x2 + grp, design, control = list(reltol = 1e-15, maxit = 2000))
  of_grp <- 3:4  # regTermTest looks for the design outside this function, so its F is written out
  f <- drop(fit$coefficients[of_grp] %*% solve(vcov(fit)[of_grp, of_grp], fit$coefficients[of_grp])) / 2
  list(slopes = unname(fit$coefficients), thresholds = unname(fit$zeta), std_errors = unname(sqrt(diag(vcov(fit)))), df = fit$df.residual,
       term = list(statistic = f))
}
association <- function(f, design) {
  lapply(setNames(nm = c("F", "Chisq", "Wald", "adjWald")), function(which) {
    test <- svychisq(f, design, statistic = which)
    list(statistic = as.numeric(test$statistic), df = unname(test$parameter), p_value = as.numeric(test$p.value))
  })
}
shares <- function(design) {
  table <- svytable(~a + c, design)
  as.vector(table / sum(table))
}
cases <- lapply(designs, function(design) list(
  degf = degf(design),
  gaussian = regression(y ~ x1 + x2 + grp, design, gaussian()),
  binomial = regression(b ~ x1 + x2 + grp, design, quasibinomial()),
  poisson = regression(k ~ x1 + x2 + grp, design, quasipoisson()),
  three_by_four = association(~a + c, design), two_by_four = association(~b + c, design),
  two_by_two = association(~b + inside, if (nrow(design) == nrow(x)) design else plain),
  ordinal = if (inherits(design, "svyrep.design")) NULL else ordered_answers(design),
  shares = shares(design)))
by_psu <- weights(bootstrap, "analysis")[!duplicated(x$psu), ] / x$w[!duplicated(x$psu)]
packages <- sapply(c("survey", "jsonlite"), function(p) as.character(packageVersion(p)), simplify = FALSE)
write_json(list(r = R.version.string, packages = packages, raked_weights = unname(weights(raked)),
                bootstrap = list(multipliers = unname(round(by_psu, 8)), scale = bootstrap$scale, rscales = bootstrap$rscales),
                jkn = list(scale = jkn$scale, rscales = jkn$rscales, degf = degf(jkn)), cases = cases),
           "tests/reference/values/survey_association.json", auto_unbox = TRUE, digits = NA)
