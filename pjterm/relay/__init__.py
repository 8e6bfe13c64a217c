"""One process that receives webhooks, keeps them, and tells every follower.

The way of an event: `door` reads the bytes, `intake` judges them, `writer` commits them in groups,
`hub` tells the followers, `door` answers. Followers come in through `routes`. `client` is the other
end: what `pjterm charge` uses to listen.
"""
