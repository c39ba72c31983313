"""How many factors, and which, when nobody says beforehand."""
