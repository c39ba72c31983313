"""Whom does it speak for? Weights that meet known margins, weights for those who did not answer, and who answered at all."""
