# Reference values of doubly robust differences in differences (Sant'Anna and Zhao 2020), written out with glm and lm;
# influence by numerical derivatives of the whole estimator by the weight of each row; without covariates by estimatr.
# Run from the project's root: Rscript tests/reference/make/areas_doubly_robust.R
suppressMessages({library(jsonlite); library(estimatr); library(numDeriv)})
set.seed(51)
odds_of <- function(D, X, w, improved) {
  if (!improved) return(exp(as.numeric(X %*% coef(suppressWarnings(glm(D ~ X - 1, family = binomial, weights = w, control = glm.control(epsilon = 1e-15, maxit = 60)))))))
  g <- coef(suppressWarnings(glm(D ~ X - 1, family = binomial, weights = w)))
  for (i in 1:60) { o <- w * (1 - D) * exp(as.numeric(X %*% g)); s <- solve(crossprod(X, o * X), crossprod(X, w * D - o)); g <- g + as.numeric(s) }
  exp(as.numeric(X %*% g))
}
line <- function(y, X, w) { keep <- w > 0; as.numeric(X %*% coef(lm(y ~ X - 1, weights = w, subset = keep))) }
panel <- function(d, X, w, improved) {
  D <- d$treated; o <- odds_of(D, X, w, improved)
  m <- line(d$change, X, (1 - D) * w * (if (improved) o else 1))
  weighted.mean(d$change - m, w * D) - weighted.mean(d$change - m, w * (1 - D) * o)
}
sections <- function(d, X, w, improved) {
  D <- d$treated; o <- odds_of(D, X, w, improved)
  at <- function(now) {
    mc <- line(d$y, X, now * (1 - D) * w * (if (improved) o else 1)); mt <- line(d$y, X, now * D * w)
    weighted.mean(d$y - mc, w * D * now) - weighted.mean(d$y - mc, w * (1 - D) * o * now) + weighted.mean(mt - mc, w * D) - weighted.mean(mt - mc, w * D * now)
  }
  at(d$after) - at(1 - d$after)
}
pull <- function(f, d, X, w, improved) sapply(seq_along(w), function(i) {
  at <- function(h) { v <- w; v[i] <- w[i] * (1 + h); f(d, X, v, improved) }
  h <- 1e-3; length(w) * (8 * (at(h) - at(-h)) - (at(2 * h) - at(-2 * h))) / (12 * h)
})
make <- function(n, shift) {
  x1 <- round(rnorm(n), 4); x2 <- rbinom(n, 1, 0.4); treated <- rbinom(n, 1, plogis(-0.3 + 0.6 * x1 - 0.4 * x2)); after <- rbinom(n, 1, 0.5)
  data.frame(x1, x2, treated, after, y = round(2 + x1 + after * (0.3 + 0.4 * x1^2 + shift * treated) + rnorm(n), 4),
    change = round(0.3 + 0.4 * x1 + 0.3 * x2 + shift * treated + rnorm(n), 4), w = round(0.3 + rexp(n), 3), cluster = 0)
}
clustered <- function(d) { d$cluster <- ifelse(d$treated == 1, sample(1:5, nrow(d), TRUE, c(3, 2, 2, 1, 1)), sample(6:13, nrow(d), TRUE)); d }
sets <- list(small = clustered(make(90, 0.4)), middle = clustered(make(160, 0)))
cases <- lapply(sets, function(d) {
  X <- cbind(1, d$x1, d$x2); out <- list()
  for (improved in c(TRUE, FALSE)) for (weighted in c(TRUE, FALSE)) {
    w <- if (weighted) d$w / mean(d$w) else rep(1, nrow(d)); key <- paste0(if (improved) "improved" else "traditional", if (weighted) "_weighted" else "")
    out[[key]] <- list(panel = panel(d, X, w, improved), panel_influence = pull(panel, d, X, w, improved),
                       sections = sections(d, X, w, improved), sections_influence = pull(sections, d, X, w, improved))
  }
  a <- lm_robust(change ~ treated, d, se_type = "HC2"); b <- lm_robust(y ~ treated * after, d, se_type = "HC2")
  welch <- t.test(d$change[d$treated == 1], d$change[d$treated == 0])
  arm <- function(t, w) { part <- d; part$use <- w; part <- part[d$treated == t, ]; m <- lm_robust(change ~ 1, part, weights = use, clusters = cluster, se_type = "stata"); m$std.error^2 }
  one <- rep(1, nrow(d)); ca <- c(arm(1, one), arm(0, one)); cw <- c(arm(1, d$w), arm(0, d$w)); G <- c(5, 8)
  out$plain <- list(panel = c(coef(a)[["treated"]], a$std.error[["treated"]], welch$parameter[["df"]]),
    sections = c(coef(b)[["treated:after"]], b$std.error[["treated:after"]]),
    clustered = c(sqrt(sum(ca)), sum(ca)^2 / sum(ca^2 / (G - 1))), clustered_weighted = c(sqrt(sum(cw)), sum(cw)^2 / sum(cw^2 / (G - 1))))
  out
})
all <- do.call(rbind, lapply(names(sets), function(n) cbind(set = n, sets[[n]])))
write.csv(all, "tests/reference/data/areas_doubly_robust.csv", row.names = FALSE)
write_json(list(r = R.version.string, packages = list(estimatr = as.character(packageVersion("estimatr"))), cases = cases),
  "tests/reference/values/areas_doubly_robust.json", digits = 12, auto_unbox = TRUE)
