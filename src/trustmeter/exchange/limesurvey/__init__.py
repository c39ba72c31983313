"""How is it asked in LimeSurvey? The survey as LimeSurvey holds it, and the two files that it imports."""
