"""What may be shown? Tables, files and texts from which nobody can be found."""
