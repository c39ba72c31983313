"""Where? Zones side by side with what is sure about each, and whether they can be put in an order at all."""
