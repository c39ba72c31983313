"""An attacker who has everything that one pilot published, and nothing else; no line of it is shared with the defence."""
