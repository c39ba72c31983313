# Times clubSandwich, estimatr, lme4, lmerTest and pbkrtest on the CSVs of a folder, inside one R session. Called by
# bench_regression.py: folder rounds. Prints lines "call,estimate,seconds": the median of the rounds.
given <- commandArgs(TRUE)
rounds <- as.integer(given[2])
timed <- function(call) { call(); median(vapply(seq_len(rounds), function(i) system.time(call())[["elapsed"]], 0)) }
say <- function(name, value, call) cat(sprintf("%s,%.17g,%.6f\n", name, value, timed(call)))
have <- function(...) all(vapply(c(...), requireNamespace, TRUE, quietly = TRUE))
x <- read.csv(file.path(given[1], "clusters.csv"))
formula <- reformulate(grep("^x", names(x), value = TRUE), "y")
if (have("clubSandwich")) {
  fit <- lm(formula, x)
  call <- function(test = "Satterthwaite") clubSandwich::coef_test(fit, clubSandwich::vcovCR(fit, x$g, type = "CR2"), test = test)
  say("clubSandwich CR2 + df", call()[["df_Satt"]][2], call)
}
if (have("estimatr")) {
  call <- function() estimatr::lm_robust(formula, x, clusters = g, se_type = "CR2")
  say("estimatr::lm_robust CR2", call()$df[2], call)
}
if (have("lme4", "lmerTest")) {
  p <- read.csv(file.path(given[1], "people.csv"))
  one <- function() lme4::lmer(y ~ wave + treated + x + (1 | person), p)
  say("lmer, person", lme4::REMLcrit(one()), one)
  two <- function() lme4::lmer(y ~ wave + treated + x + (1 | person) + (1 | area), p)
  say("lmer, person in area", lme4::REMLcrit(two()), two)
  crossed <- function() lme4::lmer(y ~ wave + treated + x + (1 | person) + (1 | interviewer), p)
  say("lmer, person x interviewer", lme4::REMLcrit(crossed()), crossed)
  fitted <- function() { f <- lmerTest::lmer(y ~ wave + treated + x + (1 | person) + (1 | area), p); coef(summary(f))[2, "df"] }
  say("lmerTest, fit + Satterthwaite", fitted(), fitted)
  if (have("pbkrtest")) {
    small <- p[p$person < 200, ]
    kr <- function() { f <- lmerTest::lmer(y ~ wave + treated + x + (1 | person) + (1 | area), small)
                       coef(summary(f, ddf = "Kenward-Roger"))[2, "df"] }
    say("pbkrtest, fit + Kenward-Roger (1,000 rows)", kr(), kr)
  }
}
