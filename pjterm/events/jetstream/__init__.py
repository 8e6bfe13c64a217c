"""Events in a NATS JetStream stream that several relays share.

The stream is the log; each relay keeps a `Replica` of it and serves its followers from there. `url`
reads `--store`, `messages` turns arrivals into messages and back, `settings` says in words what the
servers promise, `link` is the connection, `feed` the one consumer, `roster` the list of the relays,
`store` puts them together.
"""
