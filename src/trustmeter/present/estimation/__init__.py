"""Tables of what the sample says of everybody: estimates, differences of groups, tests and regressions under the design."""
