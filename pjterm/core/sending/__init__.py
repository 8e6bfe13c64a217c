"""The way to the POST: what is checked first, and what stops it.

`decide` gives the next step from a `send_state`. `booked_before` reads what a search shows beforehand, `send_guards`
what the journal's other entries forbid, and `absence` whether a key whose first try ended without money may be sent
again.
"""
