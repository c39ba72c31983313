"""How far apart are two sets of scores? Means, effects, ranks, partly overlapping samples; held against bounds."""
