"""Tables and pictures of focus groups."""
