"""Do raters, measurements and occasions agree, and is a change more than noise?"""
