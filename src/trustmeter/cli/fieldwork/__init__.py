"""What came in, whom did we reach, and who is who again? Commands of field work."""
