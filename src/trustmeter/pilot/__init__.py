"""Did it change?"""
