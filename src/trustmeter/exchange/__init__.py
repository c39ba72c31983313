"""To and from files and survey tools: one file a tool."""
