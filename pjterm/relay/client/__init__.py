"""The follower's side of the relay: where one runs, how to ask it, and how to follow its events.

Standard library only, and cheap to import: every charge that follows by relay loads it.
"""
