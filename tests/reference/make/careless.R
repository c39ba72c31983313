# Reference values of careless answering: even-odd consistency, synonyms and antonyms, Mahalanobis distances, percent match.
# Written from the published definitions with base R (cor, mahalanobis); lavaan gives the moments of rows with holes.
# Run from the project's root: Rscript tests/reference/make/careless.R
# Writes tests/reference/data/careless.csv and tests/reference/values/careless.json.
suppressMessages({ library(jsonlite); library(lavaan) })

set.seed(31)
n <- 240
traits <- matrix(rnorm(n * 6), n, 6) * 0.8 + rnorm(n) * 0.4
cut_up <- function(z) pmin(pmax(round(3 + 1.2 * z), 1), 5)
items <- sapply(1:18, function(i) cut_up(traits[, (i - 1) %/% 3 + 1] * c(1, 1, -1)[(i - 1) %% 3 + 1] + rnorm(n, sd = 0.35)))
items[231:235, ] <- sample(1:5, 5 * 18, replace = TRUE)
items[236, ] <- 3
items[237, ] <- items[1, ]
items[238, ] <- items[2, ]; items[238, 1] <- 6 - items[238, 1] + (items[238, 1] == 3)
holes <- matrix(runif(n * 18) < 0.06, n, 18)
holes[239, ] <- TRUE
holes[240, -1] <- TRUE
items[holes] <- NA
write.csv(items, "tests/reference/data/careless.csv", row.names = FALSE, na = "")

within <- function(x, y, fewest) {
  both <- !is.na(x) & !is.na(y)
  if (sum(both) < fewest || sd(x[both]) == 0 || sd(y[both]) == 0) return(NA)
  cor(x[both], y[both])
}
scales <- split(1:18, rep(1:6, each = 3))
turned <- items
turned[, seq(3, 18, 3)] <- 6 - turned[, seq(3, 18, 3)]
half <- function(row, keep) sapply(scales, function(s) mean(row[s[keep]], na.rm = TRUE))
raw <- apply(turned, 1, function(row) within(half(row, c(1, 3)), half(row, 2), 5))
corrected <- 2 * raw / (1 + abs(raw))

r <- cor(items, use = "pairwise.complete.obs")
pairs_of <- function(found) { at <- which(found & upper.tri(r), arr.ind = TRUE); at[order(at[, 1], at[, 2]), , drop = FALSE] }
together <- pairs_of(r >= 0.6)
against <- pairs_of(r <= -0.6)
agreed <- function(pairs) apply(items, 1, function(row) within(row[pairs[, 1]], row[pairs[, 2]], 5))

six <- items[, 1:6]
whole <- six[complete.cases(six), ]
frame <- as.data.frame(six); names(frame) <- paste0("x", 1:6)
frame <- frame[rowSums(!is.na(frame)) > 0, ]
fit <- lavCor(frame, missing = "ml", output = "fit")
moments <- lavInspect(fit, "implied")
m <- as.numeric(moments$mean); S <- unclass(moments$cov) * nrow(frame) / (nrow(frame) - 1)
d2 <- apply(six, 1, function(row) {
  there <- which(!is.na(row))
  if (!length(there)) return(NA)
  mahalanobis(matrix(row[there], 1), m[there], S[there, there, drop = FALSE])
})
df <- rowSums(!is.na(six))

answered <- rowSums(!is.na(items))
match_of <- sapply(1:n, function(i) {
  if (answered[i] < 10) return(NA)
  max(sapply(setdiff(which(answered >= 10), i), function(j) {
    sum(items[i, ] == items[j, ], na.rm = TRUE) / sum(!is.na(items[i, ]) | !is.na(items[j, ]))
  }))
})

write_json(
  list(
    r = as.character(getRversion()),
    packages = list(jsonlite = as.character(packageVersion("jsonlite")), lavaan = as.character(packageVersion("lavaan"))),
    even_odd = corrected, synonym_pairs = unname(together) - 1, antonym_pairs = unname(against) - 1,
    synonyms = agreed(together), antonyms = agreed(against),
    complete_d2 = as.numeric(mahalanobis(whole, colMeans(whole), cov(whole))), d2 = as.numeric(d2),
    p_value = pchisq(as.numeric(d2), pmax(df, 1), lower.tail = FALSE), percent_match = match_of
  ),
  "tests/reference/values/careless.json", auto_unbox = TRUE, digits = NA, na = "null"
)
