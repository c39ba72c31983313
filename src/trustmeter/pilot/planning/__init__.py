"""What can be learnt, and what was promised beforehand? Plans and protocols."""
