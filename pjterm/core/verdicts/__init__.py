"""What is proven about a sale, and by which transaction.

`verdict` says it. `partition`, `found` and `owners` know whose a transaction is, `contradiction` which money moved
twice, `decline` when no further card can follow, `provisional` how long the absence of money may still turn out wrong,
and `tries` which try of a key decides. `look` asks where no process follows, `count` afterwards; `by_hand` has what an
operator may decide.
"""
