"""Alignment of many groups: from configural models to comparable means, and to what stands in their way."""
