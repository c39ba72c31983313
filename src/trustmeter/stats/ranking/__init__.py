"""How sure is an order of places? Sets of ranks that allow for all comparisons, and intervals made for comparing."""
