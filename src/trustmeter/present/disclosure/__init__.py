"""Tables of what may be shown, in the words of those who read them."""
