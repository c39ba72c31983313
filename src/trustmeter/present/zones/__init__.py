"""Pictures and tables of zones side by side, and of the ranks that they may hold."""
