"""What did a file hold? Cells, encodings, headings and shapes."""
