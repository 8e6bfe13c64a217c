"""Profiles, and the secrets that go with them."""
