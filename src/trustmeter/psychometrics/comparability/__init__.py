"""May groups and waves be compared? Invariance, alignment, item bias."""
