"""How does each tool write answers down? One file a tool: it knows its file, and finds items, rows and language in it."""
