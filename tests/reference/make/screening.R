# Reference values of screening: longest runs, standard deviations within persons, repeated patterns.
# Run from the project's root: Rscript tests/reference/make/screening.R
# Writes tests/reference/data/screening.csv and tests/reference/values/screening.json.
suppressMessages(library(jsonlite))

set.seed(20)
items <- matrix(sample(1:3, 60 * 6, replace = TRUE, prob = c(.2, .2, .6)), 60, 6)
items[sample(length(items), 40)] <- NA
items[60, ] <- NA
runs <- apply(items, 1, function(x) { x <- x[!is.na(x)]; if (length(x)) max(rle(x)$lengths) else 0L })
write.csv(items, "tests/reference/data/screening.csv", row.names = FALSE, na = "")
key <- apply(items, 1, paste, collapse = " ")
write_json(
  list(
    r = as.character(getRversion()), packages = list(jsonlite = as.character(packageVersion("jsonlite"))),
    longest_run = runs, within_person_sd = apply(items, 1, sd, na.rm = TRUE),
    share_missing = rowMeans(is.na(items)), pattern_size = as.integer(table(key)[key])
  ),
  "tests/reference/values/screening.json", auto_unbox = TRUE, digits = NA, na = "null"
)
