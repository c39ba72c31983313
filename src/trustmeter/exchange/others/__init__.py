"""How is it asked in other tools? Qualtrics, REDCap and SurveyJS: one file a tool."""
