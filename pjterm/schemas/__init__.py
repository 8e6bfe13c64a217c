"""JSON Schemas (2020-12) of what is printed and of what is read from files; written by hand, checked by the tests."""
