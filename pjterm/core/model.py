"""What a request is: money, kinds, results, transactions, and the facts that are seen about it.

Everything here is a plain frozen value. Times are aware UTC datetimes handed in by the caller.
The API's own names are kept for the API's things (`smartTerminalId`, `amountBase`, …) in snake case.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from pjterm.errors import UsageFault

Money = Decimal
MAX_AMOUNT = Decimal("1000000.00")  # request-payment: above it is a validation error (PAY, RESP)
_MONEY = re.compile(r"[0-9]{1,9}(\.[0-9]{1,2})?")


def parse_money(text: str, what: str, *, zero: bool = False) -> Money:
    """Read an amount in dollars as a person types it (`12`, `12.5`, `12.50`), exactly.

    Only ASCII digits and one point are accepted; `zero` allows 0. Raises `UsageFault` naming `what`.
    """
    least = "0.00" if zero else "0.01"
    if not _MONEY.fullmatch(text):
        raise UsageFault(f"{what}: {text!r} is not an amount like 12.50 ({least} to 1000000.00)")
    amount = Decimal(text).quantize(Decimal("0.01"))
    if amount > MAX_AMOUNT or (amount == 0 and not zero):
        raise UsageFault(f"{what}: {text} is outside {least} to 1000000.00")
    return amount


def dollars(amount: Money) -> str:
    """An amount as the API writes it: two decimals, no separators (`1234.50`)."""
    return f"{amount:.2f}"


class Kind(StrEnum):
    """What is asked of the terminal (or of the API), in the contract's words."""

    PAYMENT = "payment"
    REFUND = "refund"
    SIGNATURE = "signature"
    PROMPT = "prompt"
    INPUT = "input"
    READ = "read"
    VOID = "void"
    CANCEL = "cancel"

    @property
    def is_money(self) -> bool:
        """Whether a request of this kind can move money."""
        return self in (Kind.PAYMENT, Kind.REFUND, Kind.VOID)


class Status(StrEnum):
    """The request statuses PayJunction documents (POLL, STR); any other word is ignored."""

    CONNECTING = "CONNECTING"
    IN_PROGRESS = "IN_PROGRESS"
    COMPLETE = "COMPLETE"
    BUSY = "BUSY"
    NO_CONNECTION = "NO_CONNECTION"

    @property
    def is_end(self) -> bool:
        """Whether the device is done with the request after this status."""
        return self in (Status.COMPLETE, Status.BUSY, Status.NO_CONNECTION)


class Outcome(StrEnum):
    """How a command ended; `EXIT` maps each to its exit code."""

    APPROVED = "approved"
    SIGNED = "signed"
    ANSWERED = "answered"
    ENTERED = "entered"
    READ = "read"
    VOIDED = "voided"
    REFUNDED = "refunded"
    OPEN = "open"
    FAILED = "failed"
    USAGE = "usage"
    DECLINED = "declined"
    AUTH = "auth"
    CANCELLED = "cancelled"
    BUSY = "busy"
    UNREACHABLE = "unreachable"
    UNKNOWN = "unknown"
    REFUSED = "refused"
    REJECTED = "rejected"
    UNAVAILABLE = "unavailable"
    DIFFERENT = "different"


EXIT: dict[Outcome, int] = {
    Outcome.APPROVED: 0,
    Outcome.SIGNED: 0,
    Outcome.ANSWERED: 0,
    Outcome.ENTERED: 0,
    Outcome.READ: 0,
    Outcome.VOIDED: 0,
    Outcome.REFUNDED: 0,
    Outcome.FAILED: 1,
    Outcome.USAGE: 2,
    Outcome.DECLINED: 3,
    Outcome.AUTH: 4,
    Outcome.CANCELLED: 5,
    Outcome.BUSY: 6,
    Outcome.UNREACHABLE: 7,
    Outcome.OPEN: 8,
    Outcome.UNKNOWN: 9,
    Outcome.REFUSED: 10,
    Outcome.REJECTED: 11,
    Outcome.UNAVAILABLE: 12,
    Outcome.DIFFERENT: 13,
}

def exit_code(outcome: Outcome, kind: Kind | None) -> int:
    """The contract's exit code; a charge that was voided since is no success (3), a void is (0)."""
    if outcome is Outcome.VOIDED and kind is not Kind.VOID:
        return EXIT[Outcome.DECLINED]
    return EXIT[outcome]


RESULT_OUTCOME: dict[Kind, Outcome] = {
    Kind.SIGNATURE: Outcome.SIGNED,
    Kind.PROMPT: Outcome.ANSWERED,
    Kind.INPUT: Outcome.ENTERED,
    Kind.READ: Outcome.READ,
}


@dataclass(frozen=True, slots=True)
class Result:
    """What a request produced; at most one of these is set by a well-behaved API.

    `read_data` is track data of request-read: the field's name is nowhere documented, so the
    wire module takes any string field it does not know on a read request (guess, fact sheet 10.7).
    """

    transaction_id: int | None = None
    signature_id: str | None = None
    prompt_button: str | None = None
    input_value: str | None = field(default=None, repr=False)
    read_data: str | None = field(default=None, repr=False)

    def __bool__(self) -> bool:
        return any(v is not None for v in (self.transaction_id, self.signature_id, self.prompt_button,
                                           self.input_value, self.read_data))  # fmt: skip


@dataclass(frozen=True, slots=True)
class Transaction:
    """A transaction as the API told it: the fields a verdict needs, and the whole reply in `raw`."""

    transaction_id: int
    action: str
    amount_base: Money | None
    terminal_id: int | None
    invoice_number: str | None
    status: str
    approved: bool | None
    code: str | None
    message: str | None
    raw: dict[str, Any] = field(repr=False, compare=False, default_factory=dict)

    @property
    def is_void(self) -> bool:
        return self.status == "VOID"


@dataclass(frozen=True, slots=True)
class Terminal:
    """Where a request goes: the device (UUID, in the path) and the account (number, in the body)."""

    name: str | None
    smart_terminal_id: str | None
    terminal_id: int | None


@dataclass(frozen=True, slots=True)
class Sale:
    """One thing to be done once: what was asked, under which key. Also used for prompts and the like."""

    key: str
    kind: Kind | None
    terminal: Terminal
    amount: Money | None = None
    invoice_number: str | None = None
    prior_ids: frozenset[int] = frozenset()
    """Transactions that carried the invoice number before the POST: they never speak for this sale."""
    owned_elsewhere: frozenset[int] = frozenset()
    """Transactions that other entries of the journal own."""
    original_id: int | None = None
    """The transaction that a linked refund or a void is about."""
    expect: str | None = None
    """The button `prompt --expect` wants."""

    @property
    def action(self) -> str:
        """The transaction `action` this sale books (PAY: CHARGE or REFUND)."""
        return "REFUND" if self.kind is Kind.REFUND else "CHARGE"


# -- facts: what was seen, each with when it was known --------------------------------------------


@dataclass(frozen=True, slots=True)
class Sent:
    """The POST is about to leave: from here on money may move."""

    at: datetime


@dataclass(frozen=True, slots=True)
class Accepted:
    """The POST was answered with a request id (it says nothing about the device)."""

    at: datetime
    request_id: str


@dataclass(frozen=True, slots=True)
class NotTaken:
    """The POST provably started nothing; `outcome` is rejected, auth or unavailable."""

    at: datetime
    outcome: Outcome
    why: str


@dataclass(frozen=True, slots=True)
class Lost:
    """The POST may have been taken, but no readable answer came."""

    at: datetime
    why: str


@dataclass(frozen=True, slots=True)
class Observed:
    """A status, by poll or by a verified webhook. `asked_at` is when the poll was sent."""

    at: datetime
    source: str
    status: str
    result: Result = Result()
    asked_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class PollFailed:
    """A poll got no usable answer; silence, never a verdict. `refused`: 401 or 403, not the network."""

    at: datetime
    why: str
    refused: bool = False


@dataclass(frozen=True, slots=True)
class Purged:
    """A poll was answered 404: unknown or older than a day (POLL), not failed."""

    at: datetime


@dataclass(frozen=True, slots=True)
class LookedUp:
    """GET /transactions/{id} was answered."""

    at: datetime
    transaction: Transaction


@dataclass(frozen=True, slots=True)
class LookUpFailed:
    """GET /transactions/{id} was not answered with a transaction."""

    at: datetime
    transaction_id: int
    why: str
    refused: bool = False


@dataclass(frozen=True, slots=True)
class Searched:
    """All pages of GET /transactions?invoiceNumber=… were read; `found` carry exactly our number."""

    at: datetime
    found: tuple[Transaction, ...]
    asked_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class SearchFailed:
    """The search was not answered completely."""

    at: datetime
    why: str
    refused: bool = False


@dataclass(frozen=True, slots=True)
class TerminalReset:
    """POST /main of ours was answered (or may have been): a card already in is still processed."""

    at: datetime
    why: str = "POST /main accepted"


@dataclass(frozen=True, slots=True)
class OperatorSaid:
    """A person took responsibility: not charged, or this transaction is the sale."""

    at: datetime
    says: str
    not_charged: bool = False


Fact = (
    Sent | Accepted | NotTaken | Lost | Observed | PollFailed | Purged | LookedUp | LookUpFailed
    | Searched | SearchFailed | TerminalReset | OperatorSaid
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Evidence:
    """One line of the chain behind a verdict."""

    at: datetime
    source: str
    says: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is proven, with the transaction that proves it, and a sentence for the person.

    `transaction_ids` names every id involved in a contradiction; `hint` is extra advice (DT, say).
    """

    outcome: Outcome
    says: str
    transaction: Transaction | None = None
    transaction_ids: tuple[int, ...] = ()
    hint: str | None = None
