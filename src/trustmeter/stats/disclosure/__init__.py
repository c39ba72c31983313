"""What may be shown? Small counts, tables with their margins, classes of people who look alike, rounding."""
