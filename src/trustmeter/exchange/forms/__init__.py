"""How is it given to people? Forms that one file holds, and what all of them need."""
