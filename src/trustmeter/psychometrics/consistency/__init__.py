"""How consistently do the items of a scale measure?"""
