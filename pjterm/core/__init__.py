"""The rules, pure: values in, values out.

Four rooms are the life of a request: `sending` leads to the POST, `following` from there on, what was seen on the way
is `evidence`, and what it proves is one of the `verdicts`. Each answers with one of the `steps`, and the flow takes it.

A sale is described by `model`, `entry` (in the journal), `request` (what is sent) and `plan` (how it is followed);
`typed` and `names` are about what the user typed of it. `guards` compare it with other entries. `wire` parses the
API's answers. `refunds` and `tips` change what is booked, part by part (`parts`). `jump`, `times` and `calendar` are
about time. The others are words that all of these use.
"""
