"""What is behind the answers? Correlations, exploration, confirmation."""
