"""Is the meter sound?"""
