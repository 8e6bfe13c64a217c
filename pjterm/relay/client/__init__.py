"""The follower's side of the relay: finding one, querying it, and following its events.

Standard library only, and cheap to import: every charge that follows by relay loads it.
"""
