"""How do ordered answers go together? Thresholds, polychoric and polyserial correlations, their covariance."""
