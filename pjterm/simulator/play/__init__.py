"""The virtual readers on a terminal, for a person who plays the customer."""
