# Two groups of one time with weights and clusters (lm, clubSandwich). Writes data/group_designs.csv and values/group_designs.json.
# Run from the project's root: Rscript tests/reference/make/group_designs.R
suppressMessages({library(clubSandwich); library(jsonlite)})
set.seed(83)
# 14 streets of unequal size that hold people of both groups, 10 blocks that hold people of one group only
n <- 260
d <- data.frame(group = sample(c("a", "b", "c"), n, TRUE, c(0.45, 0.4, 0.15)), street = sample(1:14, n, TRUE, runif(14, 0.3, 3)))
d$block <- (match(d$group, c("a", "b", "c")) - 1) * 10 + sample(1:10, n, TRUE)
d$w <- round(rexp(n) + 0.3, 3)
d$y <- round(50 + 4 * (d$group == "b") + 5 * rnorm(14)[d$street] + 4 * rnorm(30)[d$block] + 12 * rnorm(n), 4)
d$y <- pmin(pmax(d$y, 0), 100)
write.csv(d, "tests/reference/data/group_designs.csv", row.names = FALSE, quote = FALSE)

two <- d[d$group != "c", ]
two$g <- as.numeric(two$group == "b")
told <- function(model, cluster, name) {
  row <- as.data.frame(coef_test(model, vcov = "CR2", cluster = cluster, test = "Satterthwaite"))[name, ]
  half <- qt(0.975, row$df_Satt) * row$SE
  list(estimate = row$beta, std_error = row$SE, df = row$df_Satt, p_value = row$p_Satt, ci = row$beta + c(-half, half))
}
case <- function(weights, cluster) {
  two$one <- weights; two$k <- cluster
  mean_of <- function(g) { part <- two[two$g == g, ]; told(lm(y ~ 1, part, weights = one), part$k, 1) }
  c(list(difference = told(lm(y ~ g, two, weights = one), two$k, "g")), list(first = mean_of(0), second = mean_of(1)))
}
one <- rep(1, nrow(two)); each <- seq_len(nrow(two))
pooled <- function(weights) {
  squares <- sapply(0:1, function(g) { y <- two$y[two$g == g]; w <- weights[two$g == g]
    sum(w * (y - weighted.mean(y, w))^2) / sum(w) * length(y) })
  sqrt(sum(squares) / (nrow(two) - 2))
}
# the fourth: clusters only, so the pooled standard deviation is the usual one
write_json(list(
  r = R.version.string, packages = list(clubSandwich = as.character(packageVersion("clubSandwich"))),
  weights = case(two$w, each), both = case(two$w, two$street), blocks = case(two$w, two$block), streets = case(one, two$street),
  pooled = list(weights = pooled(two$w), streets = pooled(one))
), "tests/reference/values/group_designs.json", digits = NA, auto_unbox = TRUE, pretty = TRUE)
