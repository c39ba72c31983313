"""Who lives there? Commands of zones and their margins."""
