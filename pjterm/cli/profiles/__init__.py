"""How a profile is added, and how it is printed."""
