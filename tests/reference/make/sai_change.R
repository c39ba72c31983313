# Reference values of a real before and after comparison: state anxiety at occasions 1 and 2 (psychTools::sai).
# Run from the project's root: Rscript tests/reference/make/sai_change.R
# Reads psychtools_sai/sai_pre_post.csv.gz in the folder that TRUSTMETER_REAL_DATA names. Writes aggregates only, to
# tests/reference/values/sai_change.json.
suppressMessages({library(jsonlite); library(effectsize); library(psych)})

file <- file.path(Sys.getenv("TRUSTMETER_REAL_DATA", "real_data"), "psychtools_sai", "sai_pre_post.csv.gz")
if (!file.exists(file)) { message("Skipped: The state anxiety file is not there. Set TRUSTMETER_REAL_DATA to the folder of real survey files."); quit(status = 0) }
sai <- read.csv(file)
items <- setdiff(names(sai), c("study", "time", "id"))
positive <- c("calm", "at.ease", "comfortable", "confident", "content", "joyful", "pleasant", "relaxed", "rested", "secure")
number <- function(x) as.numeric(unname(x))

sai[positive] <- 5 - sai[positive]
sai$score <- ifelse(rowSums(!is.na(sai[items])) >= length(items) / 2, rowMeans(sai[items], na.rm = TRUE), NA)
sai$key <- paste(sai$study, sai$id)
sai <- sai[!duplicated(sai[c("key", "time")]), ]  # one person has two rows at occasion 2: the first one counts
one <- sai[sai$time == 1, ]; two <- sai[sai$time == 2, ]
both <- merge(one, two, by = "key", suffixes = c("_1", "_2"))
kept <- both[!is.na(both$score_1) & !is.na(both$score_2), ]
x <- kept$score_1; y <- kept$score_2; n <- length(x); d <- y - x

t <- t.test(y, x, paired = TRUE)
w <- suppressWarnings(wilcox.test(y, x, paired = TRUE, digits.rank = 10))
welch <- t.test(two$score, one$score)
rank_sum <- suppressWarnings(wilcox.test(two$score, one$score, digits.rank = 10))
exact_ncp <- function(t, df, p) uniroot(function(ncp) pt(t, df, ncp) - p, t + c(-1, 1) * (6 + abs(t)), tol = 1e-13)$root
v <- (var(x) + var(y)) / 2
spread <- var(x)^2 + var(y)^2 + 2 * cov(x, y)^2
d_av <- mean(d) / sqrt(v)
se <- sqrt(d_av^2 * spread / (8 * (n - 1) * v^2) + var(d) / ((n - 1) * v))
df_av <- (n - 1) * (var(x) + var(y))^2 / spread
J <- exp(lgamma(df_av / 2) - log(sqrt(df_av / 2)) - lgamma((df_av - 1) / 2))
before <- na.omit(kept[paste0(items, "_1")])
a <- suppressWarnings(psych::alpha(before, check.keys = FALSE))$total$raw_alpha
rci <- d / (sqrt(2) * sd(x) * sqrt(1 - a))

write_json(list(
  r = as.character(getRversion()),
  packages = list(effectsize = as.character(packageVersion("effectsize")), psych = as.character(packageVersion("psych"))),
  people = list(before = nrow(one), after = nrow(two), linked = nrow(both), n = n),
  mean_before = mean(x), mean_after = mean(y), mean_change = number(t$estimate), std_error = number(t$stderr),
  t = number(t$statistic), df = number(t$parameter), p = t$p.value, ci = number(t$conf.int),
  d_z = mean(d) / sd(d), d_z_ci = c(exact_ncp(number(t$statistic), n - 1, 0.975), exact_ncp(number(t$statistic), n - 1, 0.025)) / sqrt(n),
  d_z_effectsize = cohens_d(y, x, paired = TRUE)$Cohens_d,
  d_av = d_av, d_av_ci = d_av + c(-1, 1) * qnorm(0.975) * se, g_av = J * d_av,
  wilcoxon_v = number(w$statistic), wilcoxon_p = w$p.value,
  alpha_before = a, share_improved = mean(rci > qnorm(0.975)), share_worsened = mean(rci < -qnorm(0.975)),
  welch_t = number(welch$statistic), welch_df = number(welch$parameter), welch_p = welch$p.value,
  w = number(rank_sum$statistic), w_p = rank_sum$p.value
), "tests/reference/values/sai_change.json", auto_unbox = TRUE, digits = NA, pretty = TRUE)
