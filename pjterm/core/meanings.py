"""What an exit code or an outcome means, who has to act, and whether the same card may be tried again."""

from __future__ import annotations

from pjterm.core.model import Outcome
from pjterm.core.response_codes import Again
from pjterm.values import dataclass

_YOU, _NOBODY, _CUSTOMER = "you", "nobody", "the customer"
_ONE_MOMENT, _NOT_YET = "One moment, please.", "One moment, please. Do not pay again yet."


@dataclass(frozen=True, slots=True)
class Meaning:
    """One exit code or outcome: what it means, what to do, who can act, and what to tell the customer.

    `again` and `say` are None where no customer is waiting.
    """

    means: str
    todo: str
    whose: str = _YOU
    again: str | None = None
    say: str | None = None
    topic: str = "exit-codes"


EXITS: dict[int, Meaning] = {
    0: Meaning("Done.", "Nothing.", _NOBODY, Again.DONE, "Thank you."),
    1: Meaning("A bug in pjterm.", "If money may have moved, find out: pjterm resume KEY. Else see: pjterm log",
               again="not before you know whether money moved", say=_NOT_YET),
    2: Meaning("The arguments or the configuration are wrong; nothing was sent.", "Correct the line and run it again.",
               again=Again.YES, say=_ONE_MOMENT),
    3: Meaning("A transaction was made and not approved; or a button other than --expect was pressed; or the sale was "
               "voided.", "See why: pjterm why KEY", again="it depends on the response code", say=_ONE_MOMENT),
    4: Meaning("The credentials are missing or refused, the login may not do this, or the profile is unknown.",
               "Check them: pjterm doctor", again=Again.YES, say=_ONE_MOMENT),
    5: Meaning("Proven to have ended without a result: nothing was charged.", "Run the same line again to try again.",
               again=Again.YES, say="Nothing was charged. Shall we try again?"),
    6: Meaning("The reader works on something else; this request will never run.",
               "Wait, then run the same line again.", again=Again.YES, say="One moment, please. The reader is busy."),
    7: Meaning("The reader was not reached, and nothing was charged.",
               "Check its power and network; run the line again.", again=Again.YES,
               say="One moment, please. The reader does not answer."),
    8: Meaning("Your waiting ended, and the request still runs.", "See how it ends: pjterm resume KEY", _CUSTOMER,
               "not while it runs", "Please look at the reader."),
    9: Meaning("It is not known yet whether money moved. Do not charge again.", "Find out: pjterm resume KEY",
               again="not before you know whether money moved", say=_NOT_YET),
    10: Meaning("A guard of pjterm stopped it; nothing was sent.",
                "The message names what overrides it, if anything does.",
                again="not if the message names an earlier sale that is paid, or may be", say=_NOT_YET),
    11: Meaning("PayJunction refused the request; its words are shown.", "Correct what it names, and run it again.",
                again=Again.YES, say=_ONE_MOMENT),
    12: Meaning("This command provably sent nothing.", "The same line is safe to run again.", again=Again.YES,
                say=_ONE_MOMENT),
    13: Meaning("A check found a difference.", "Look at what it names."),
    129: Meaning("The terminal went away (SIGHUP); the request may go on.", "See how it ends: pjterm resume KEY",
                 again="not before you know how it ended", say=_NOT_YET),
    130: Meaning("Ctrl-C: cancelled and proven, or you stopped watching.", "See: pjterm why KEY",
                 again="not before you know how it ended", say=_NOT_YET),
    143: Meaning("Ended by SIGTERM; the request may go on.", "See how it ends: pjterm resume KEY",
                 again="not before you know how it ended", say=_NOT_YET),
}  # fmt: skip

OUTCOMES: dict[Outcome, Meaning] = {
    Outcome.APPROVED: Meaning("The customer has paid.", "Nothing.", _NOBODY, Again.DONE, "Thank you."),
    Outcome.SIGNED: Meaning("The customer has signed.", "Nothing.", _NOBODY),
    Outcome.ANSWERED: Meaning("The customer has pressed a button; exit 3 where --expect names another.", "Nothing.",
                              _NOBODY),
    Outcome.ENTERED: Meaning("The customer has typed an answer.", "Nothing.", _NOBODY),
    Outcome.READ: Meaning("The card was read. Nothing was charged.", "Nothing.", _NOBODY),
    Outcome.VOIDED: Meaning("The transaction was taken back before it settled; exit 3 where a sale was asked for.",
                            "Nothing; a new sale takes a new key.", _NOBODY, Again.YES,
                            "The payment was taken back."),
    Outcome.REFUNDED: Meaning("The money is on its way back to the card.", "Nothing.", _NOBODY, Again.DONE,
                              "Your money is on its way back."),
    Outcome.ADJUSTED: Meaning("The tip was set.", "Nothing.", _NOBODY, Again.DONE, "Thank you."),
    Outcome.DECLINED: Meaning("The card was not approved. Nothing was charged.",
                              "Take another card: run the charge again with --another-card. Its code: pjterm why KEY",
                              _CUSTOMER, "it depends on the response code",
                              "It was not approved. Do you have another card?"),
}  # fmt: skip
"""Those that share an exit code with others, or say more than it. The others mean what their exit code does."""

HELD = Meaning(
    "Approved, but only held on the card: not captured. PayJunction voids it by itself on the 7th day.",
    "Capture it in the Virtual Terminal. To release it: pjterm void KEY", again=Again.DONE, say="Thank you.",
    topic="books",
)  # fmt: skip
"""An approved transaction with status HOLD."""
