"""Would another reasonable analysis have said otherwise?"""
