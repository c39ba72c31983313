"""Did the trait change, and not the meter? Latent change and response shift."""
