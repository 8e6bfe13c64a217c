"""PayJunction over HTTP, and nothing else that talks to it."""
