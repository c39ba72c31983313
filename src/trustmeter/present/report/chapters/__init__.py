"""What a report says: results become page one, parts, methods and tables, in one language."""
