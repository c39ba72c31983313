"""What can others do with it? Practice cards: read, checked, and held to the results that evaluations wrote."""
