"""Pictures and tables of whom the numbers speak for: who answered, who lives there, and what weights do."""
