"""What is printed as JSON, and what is read from files, as JSON Schema (2020-12); kept by hand, proven by the tests."""
