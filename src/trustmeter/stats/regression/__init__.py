"""What does a linear model say when rows come in clusters? Least squares, mixed models, few clusters."""
