"""A pilot as a file: read, checked, and its answers read or made up."""
