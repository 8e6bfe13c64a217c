"""The rules, pure: values in, values out.

A sale is described by `model`, `entry` (in the journal), `request` (what is sent) and `plan` (how it is followed);
`typed` and `names` are about what the user typed of it. `wire` parses the API's answers. What was seen are `facts`:
`states` adds them up, `evidence` words them, `fact_codec` makes them storable.

What they prove, `verdict` says: `partition`, `found` and `owners` know whose a transaction is, `contradiction` which
money moved twice, `decline` when no further card can follow. `sending` decides up to the POST, with `send_state`,
`guards`, `send_guards` and `booked_before`; `absence` and `provisional`, whether the same key may be sent again.
`decide` follows from then on, with `follow_state`, `running`, `proof` and `schedule`; `look` asks where no process
follows, `count` afterwards, `by_hand` has what an operator may decide. Each answers with one of the `steps`. `refunds`
and `tips` change what is booked, part by part (`parts`). `jump`, `lag`, `times` and `calendar` are about time. The
others are words that all of these use.
"""
