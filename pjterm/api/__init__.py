"""PayJunction over HTTP: the only code that calls the API."""
