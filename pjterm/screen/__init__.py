"""What a terminal shows: the live view, tables, a picture. The only modules that import rich."""
