"""trustmeter: did trust change? The face: names only."""
