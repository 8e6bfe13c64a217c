"""For the test suites of those who integrate: a simulator as a pytest fixture."""
