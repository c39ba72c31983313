"""What could be detected? Standard errors before there are data."""
