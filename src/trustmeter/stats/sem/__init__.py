"""Does a stated structure hold? Covariance structures: estimation, tests, indices, scores."""
