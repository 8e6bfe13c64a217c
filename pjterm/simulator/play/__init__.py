"""The virtual readers on a terminal, for who plays the customer."""
