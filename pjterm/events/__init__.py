"""What the relay received: events kept whole, read by cursor.

`model` says what an event and a store are, `sqlite` keeps them on this machine, `memory` is the
shortest store that keeps every promise (for tests and as a reading of the interface).
"""
