"""One process that receives webhooks, stores them, and delivers them to every follower.

The path of an event: `listener` reads the bytes, `verify` checks the signature, `receiver` parses the event and hands
it to `writer`, which commits in groups; then `hub` sends it to the followers, and the sender is answered. Followers
connect through `routes` and `streams`, if `access` admits them. `relay` puts the parts together, `serve` runs them as
a process.
"""
