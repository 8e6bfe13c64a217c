"""The network edge: the HTTP server, the process around it, and the sender of webhooks."""
