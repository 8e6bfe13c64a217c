"""The fault bench: runs an integration in each scenario and compares what it claims with what was booked."""
