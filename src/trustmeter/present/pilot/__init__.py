"""Pictures and tables of pilots: several zones together, groups known before."""
