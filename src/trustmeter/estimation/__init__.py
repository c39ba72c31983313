"""What does the sample say of everybody? Estimates whose errors know how people were drawn."""
