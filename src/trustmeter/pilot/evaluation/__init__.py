"""What does one pilot say, from the file of answers to the evidence that others may cite?"""
