"""Tables of field work: whom we reached, who stopped, and how waves were linked."""
