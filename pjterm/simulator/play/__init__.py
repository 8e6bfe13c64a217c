"""The virtual readers on a terminal, for playing the customer."""
