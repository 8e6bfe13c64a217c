"""This machine's record of every request, written before anything is sent."""
