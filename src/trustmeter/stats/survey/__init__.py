"""What does a sample say about its population? Designs, linearisation, replicates, quantiles."""
