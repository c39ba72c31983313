"""What sets pilot areas apart from the others? Doubly robust differences, placebo and random assignment."""
