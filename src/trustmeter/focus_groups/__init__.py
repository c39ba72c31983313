"""What was said around the table? Coded segments of focus groups, and what may be told of them."""
