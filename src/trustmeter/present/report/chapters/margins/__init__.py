"""The page of a report on whom it speaks for, and what of it may be shown."""
