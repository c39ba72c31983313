"""What a fitted structure says: its standardised form, and where people stand on its factors."""
