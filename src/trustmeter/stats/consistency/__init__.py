"""How consistently do items measure? Coefficients, their influence functions, resampling."""
