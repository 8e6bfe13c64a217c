"""For the test suites of integrators: a simulator as a pytest fixture."""
