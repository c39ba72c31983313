"""What was answered, by whom, and why cells are empty."""
