"""How many factors, and which? Adequacy, retention, extraction, rotation."""
