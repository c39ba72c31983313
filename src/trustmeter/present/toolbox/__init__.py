"""How does the toolbox look? A folder of pages that opens anywhere, without a network."""
