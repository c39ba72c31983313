"""How does an answer depend on the trait? Item response models by marginal likelihood."""
