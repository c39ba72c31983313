"""How it looks: tables, plots, prose, report. The only room with ink."""
