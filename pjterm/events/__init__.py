"""What the relay received: events kept whole, read by cursor.

`event` says what an event is, `store` what a store promises; `sqlite` keeps events on this machine, `jetstream` in a
stream that several relays share.
"""
