"""What if those who are missing differ? Attrition, weights, bounds, imputation."""
