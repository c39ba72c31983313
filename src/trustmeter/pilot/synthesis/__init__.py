"""What do several pilots say together?"""
