"""trustmeter: names to come."""
