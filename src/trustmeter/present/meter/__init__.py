"""Pictures of the meter: curves, loadings, thresholds, steps of comparability."""
