"""How is it asked on paper, and how do ticked sheets come back? A PDF to print, and a workbook to type answers into."""
