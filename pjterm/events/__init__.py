"""The webhooks that the relay received: stored whole, read by cursor.

`event` defines an event, `store` the promises of a store; `sqlite` keeps events on this machine, `jetstream` in a
stream that several relays share.
"""
