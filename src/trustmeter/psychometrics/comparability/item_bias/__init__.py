"""Which items work differently in groups? The search, and what it finds."""
