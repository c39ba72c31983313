"""Whom did we reach? Response rates from contacts, and who stopped, left questions open, or was quick."""
