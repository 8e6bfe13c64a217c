"""Events in a NATS JetStream stream that several relays share.

The stream is the log; each relay keeps a `Replica` of it and serves its followers from there. `url`
parses `--store`, `messages` turns arrivals into messages and back, `settings` describes what the
servers promise, `link` is the connection, `feed` the one consumer, `roster` the list of the relays,
and `store` puts them together.
"""
