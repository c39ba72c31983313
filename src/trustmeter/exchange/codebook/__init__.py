"""What does each column of the answers mean? Codebooks to read, to deposit and to review, and the SPSS template."""
