"""How is it fetched while it runs? Answers straight from LimeSurvey, ODK Central and KoboToolbox, page by page."""
