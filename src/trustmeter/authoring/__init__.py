"""How is a questionnaire written and translated? Files out, first drafts, advice, sheets for translators."""
