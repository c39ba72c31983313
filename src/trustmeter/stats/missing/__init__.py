"""What if those who are missing differ? Weights, bounds, imputation, tipping points."""
