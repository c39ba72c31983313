"""Which rows look carelessly answered? Runs, spread, repeated patterns, inconsistency, distance from the others."""
