"""The numbers: numpy and scipy alone, arrays in, small frozen records out."""
