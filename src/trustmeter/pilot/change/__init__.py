"""Did it change? Two waves, several waves, pilot and comparison areas."""
