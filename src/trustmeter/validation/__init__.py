"""How far may it be trusted? The evidence record of an instrument, and what a study adds to it."""
