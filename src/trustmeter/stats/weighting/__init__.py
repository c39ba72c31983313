"""What weights meet known margins? Raking, post-stratification, calibration, trimming, propensities; and why none do."""
