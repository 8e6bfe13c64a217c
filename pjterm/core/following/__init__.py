"""The way from the POST to the verdict: what is asked next.

`decide` gives the next step from a `follow_state`: `running` while the request runs, `proof` where its end or a lost
answer has to be proven, each no sooner than `schedule` allows. `activity` describes what is being done meanwhile.
"""
