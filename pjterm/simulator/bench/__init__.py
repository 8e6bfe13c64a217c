"""The fault bench: runs an integration in each scenario and compares what it believes with what was booked."""
