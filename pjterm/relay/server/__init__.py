"""One process that receives webhooks, keeps them, and delivers them to every follower.

The way of an event: `listener` reads the bytes, `verify` checks the signature, `receiver` reads the event and hands
it to `writer`, which commits in groups; `hub` tells the followers, and the sender is answered. Followers come in
through `routes` and `streams`. `relay` puts the parts together, `serve` runs them as a process.
"""
