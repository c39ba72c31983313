"""Do two measurements of the same thing agree? Intraclass correlation, kappa, limits, change."""
