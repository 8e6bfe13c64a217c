"""What pjterm and its simulator assume about PayJunction: questions that an account on labs can answer.

An answer is a value, or none with the reason. An answer with the name of one of the simulator's guesses replaces it;
the others are about what pjterm itself relies on.
"""

from __future__ import annotations

from decimal import Decimal

from pjterm.core import wire
from pjterm.core.model import Transaction
from pjterm.values import dataclass

Value = bool | int | float | str

MARK = "pjterm-probe"
"""The purchase order number of everything that a probe books, so that the next one finds leftovers."""
NO_SUCH = 2_000_000_000
"""A transaction number that no account has yet."""


@dataclass(frozen=True, slots=True)
class Question:
    """A question that PayJunction's pages leave open."""

    name: str
    asks: str
    does: str
    """What is done to find out, said before it is done."""
    guess: bool = True
    """Whether it is a guess of the simulator."""


@dataclass(frozen=True, slots=True)
class ProbeAnswer:
    """What was found: a value, or none with the reason; and the X-Pj-Request-Ids of the calls that show it."""

    name: str
    value: Value | None
    says: str
    requests: tuple[str, ...] = ()


QUESTIONS = (
    Question("unknown_transaction_status", "The status of GET for a transaction that is not there",
             f"read transaction {NO_SUCH}"),
    Question("underwritten", "Whether the account has deposits", "list the deposits"),
    Question("main_status", "The status of POST /main", "send a prompt, and reset the reader when it shows"),
    Question("end_after_main", "The status that a request ends with after /main", "see how that prompt ended",
             guess=False),
    Question("main_ends_connecting", "Whether /main ends a request that still shows CONNECTING",
             "send a prompt, and reset the reader at once"),
    Question("limit_status", "The status of a call over a limit", "ask three times at once how that prompt stands"),
    Question("invoice_number_kept", "Whether a payment shows the invoice number that was sent",
             "take $1.10 on the reader", guess=False),
    Question("signature_by_default", "Whether the customer signs where nothing is said about it",
             "see whether that payment was signed"),
    Question("search_seconds", "How many seconds a search needs to find a payment", "search for that payment",
             guess=False),
    Question("surcharge_follows_edits", "Whether a surcharge is computed anew when a tip is added",
             "add a tip of $0.20 to that payment, where it has a surcharge"),
    Question("rebill_inherits", "Whether charging again by transactionId takes over the tax of the original",
             "charge $1.25 to the same card"),
    Question("duplicate_without_invoice", "Whether two equal charges without an invoice number are duplicates",
             "charge $1.30 to the same card, twice"),
    Question("avs_unavailable_declines", "Whether the account declines where an address cannot be checked",
             "charge $1.40 to the same card, with a ZIP code that stands for that"),
    Question("refund_voidable", "Whether a refund can be voided before it settles",
             "refund one of these charges, and void the refund"),
    Question("reader_takes_hold", "Whether a reader takes payments that are only held",
             "take $1.50 on the reader, on hold"),
)  # fmt: skip
"""In the order in which they are asked: later ones use what earlier ones made."""
NOT_ASKED = {"settlement_completes_seconds": "a settlement takes a day, and cannot be hurried"}


def inherited_tax(t: Transaction) -> bool | None:
    """Whether a charge that stated its base only has the tax of its original; nothing of a declined one."""
    return wire.money(t.raw.get("amountTax")) not in (None, Decimal(0)) if t.approved else None


def surcharge(t: Transaction) -> Decimal | None:
    """The surcharge of a transaction that has one."""
    found = wire.money(t.raw.get("amountSurcharge"))
    return found or None


def is_left_behind(t: Transaction) -> bool:
    """Whether it is a charge to give back; one that has settled is left to labs."""
    return t.took_money and not wire.settled(t)
