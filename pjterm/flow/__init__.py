"""One request from its key to the verdict: sending, following, resolving.

`assembly` puts the parts together. `submit` takes the steps of a sending, `booked_before`, `absence` and `post` some of
them; `loop` follows, fed through `inbox` by `relay_feed` and `signals`; `resolve` and `by_hand` end what was left open,
and `looks` checks an entry once; `counts` and `given_back` check afterwards. `records` writes facts and verdicts down,
and `results` are what comes out.
"""
