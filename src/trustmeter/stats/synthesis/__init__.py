"""What do several pilots say together? Random effects, shrinkage, an index."""
