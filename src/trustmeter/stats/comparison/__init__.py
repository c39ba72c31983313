"""How far apart are two sets of scores? Partly overlapping samples; differences held against bounds."""
