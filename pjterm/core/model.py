"""What a request is: its kind, status, result and transaction, the sale it is about, and the verdict.

Everything here is a plain frozen value. Times are aware UTC datetimes handed in by the caller.
The API's own names are kept for the API's things (`smartTerminalId`, `amountBase`, …) in snake case.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from unicodedata import normalize

from pjterm.core.money import Money
from pjterm.values import dataclass, field

KEPT_FOR = timedelta(hours=24)
"""How long PayJunction keeps a request after its end (POLL); later nothing new is learned of it."""
POST_PATIENCE = timedelta(seconds=10)
"""How long a POST that was provably not taken is tried again."""


class Kind(StrEnum):
    """What is requested of the reader or the API; the names are those of our commands."""

    PAYMENT = "payment"
    REFUND = "refund"
    SIGNATURE = "signature"
    PROMPT = "prompt"
    INPUT = "input"
    READ = "read"
    VOID = "void"
    TIP = "tip"
    CANCEL = "cancel"

    @property
    def is_money(self) -> bool:
        """Whether a request of this kind can move money."""
        return self in (Kind.PAYMENT, Kind.REFUND, Kind.VOID, Kind.TIP)

    @property
    def is_change(self) -> bool:
        """Whether it changes a transaction that exists (PUT), and books none of its own: repeating it is safe."""
        return self in (Kind.VOID, Kind.TIP)


class Status(StrEnum):
    """The request statuses PayJunction documents (POLL, STR); any other word is ignored."""

    CONNECTING = "CONNECTING"
    IN_PROGRESS = "IN_PROGRESS"
    COMPLETE = "COMPLETE"
    BUSY = "BUSY"
    NO_CONNECTION = "NO_CONNECTION"


class Outcome(StrEnum):
    """How a command ended; `core.exit_codes` has the code of each."""

    APPROVED = "approved"
    SIGNED = "signed"
    ANSWERED = "answered"
    ENTERED = "entered"
    READ = "read"
    VOIDED = "voided"
    REFUNDED = "refunded"
    ADJUSTED = "adjusted"
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


def is_expected(expect: str | None, label: str | None) -> bool:
    """Whether this is the button that `prompt --expect` wants, in whichever Unicode form it is spelled."""
    return expect is None or (label is not None and normalize("NFC", label) == normalize("NFC", expect))


RESULT_OUTCOME: dict[Kind, Outcome] = {
    Kind.SIGNATURE: Outcome.SIGNED,
    Kind.PROMPT: Outcome.ANSWERED,
    Kind.INPUT: Outcome.ENTERED,
    Kind.READ: Outcome.READ,
}


@dataclass(frozen=True, slots=True)
class Result:
    """What a request produced; at most one of these is set by a well-behaved API.

    `read_data` is track data of request-read: the field's name is not documented, so the
    wire module takes any string field that it does not know on a read request (guess).
    """

    transaction_id: int | None = None
    signature_id: str | None = None
    prompt_button: str | None = None
    input_value: str | None = field(default=None, repr=False)
    read_data: str | None = field(default=None, repr=False)

    def __bool__(self) -> bool:
        said = self.transaction_id, self.signature_id, self.prompt_button, self.input_value, self.read_data
        return said != (None, None, None, None, None)

    @property
    def kind(self) -> Kind | None:
        """What the request was for, if not money."""
        for value, kind in (
            (self.signature_id, Kind.SIGNATURE),
            (self.prompt_button, Kind.PROMPT),
            (self.input_value, Kind.INPUT),
            (self.read_data, Kind.READ),
        ):
            if value is not None:
                return kind
        return None


@dataclass(frozen=True, slots=True)
class Transaction:
    """A transaction as the API returned it: the fields a verdict needs, and the whole reply in `raw`."""

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
    created: datetime | None = None

    @property
    def is_whole(self) -> bool:
        """Whether it has every field a verdict needs: items of a search may come trimmed (TXLIST)."""
        said = self.approved is not None and self.amount_base is not None and self.terminal_id is not None
        return said and self.action != ""

    @property
    def is_void(self) -> bool:
        return self.status == "VOID"

    @property
    def is_returned(self) -> bool:
        """Whether a bank returned it: an ACH item that was approved at first."""
        return self.status == "REJECT"

    @property
    def took_money(self) -> bool:
        """Whether it is a charge that was approved and is not void."""
        return self.action == "CHARGE" and self.approved is True and not self.is_void

    @property
    def gave_back(self) -> bool:
        """Whether it is a refund that was approved and is not void."""
        return self.action == "REFUND" and self.approved is True and not self.is_void

    @property
    def kind(self) -> Kind:
        """What booked it: a payment, unless it says that it is a refund."""
        return Kind.REFUND if self.action == "REFUND" else Kind.PAYMENT


@dataclass(frozen=True, slots=True)
class Terminal:
    """Where a request goes: the device (UUID, in the path) and the account (number, in the body)."""

    name: str | None
    smart_terminal_id: str | None
    terminal_id: int | None

    @property
    def label(self) -> str | None:
        """The device's name, else its UUID."""
        return self.name or self.smart_terminal_id

    def json(self) -> dict[str, Any]:
        """Its JSON in the result object."""
        return {"name": self.name, "smartTerminalId": self.smart_terminal_id, "terminalId": self.terminal_id}


@dataclass(frozen=True, slots=True)
class Sale:
    """One request to be done exactly once, under its key; prompts and the like included."""

    key: str
    kind: Kind | None
    terminal: Terminal
    amount: Money | None = None
    invoice_number: str | None = None
    sent_at: datetime | None = None
    """When its POST left, by our clock."""
    prior_ids: frozenset[int] = frozenset()
    """Transactions that carried the invoice number before the POST: they never speak for this sale."""
    owned_elsewhere: frozenset[int] = frozenset()
    """Transactions that other entries of the journal own."""
    owner_keys: tuple[tuple[int, str], ...] = ()
    """The keys of those entries, by transaction."""
    shared: bool = False
    """Whether the user gave its invoice number, so that another sale, on any till, may have it, too."""
    contested: bool = False
    """Whether another sale under the same invoice is still unresolved, so that a search result may be that one's."""
    original_id: int | None = None
    """The transaction that a linked refund or a void is about."""
    total: Money | None = None
    """All amounts of a linked refund together: what must be booked."""
    expect: str | None = None
    """The button `prompt --expect` wants."""
    before: Verdict | None = None
    """What an earlier try of its key has come to, where the latest was not taken."""
    repeatable: bool = False
    """Whether another till, or an earlier try, may have charged it, too: its key or invoice number was given."""

    @property
    def action(self) -> str:
        """The transaction `action` this sale books (PAY: CHARGE or REFUND)."""
        return "REFUND" if self.kind is Kind.REFUND else "CHARGE"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is proven, the transaction that proves it, and a sentence for the user.

    `transaction_ids` names every id involved in a contradiction; `hint` is extra advice (DT, say).
    """

    outcome: Outcome
    says: str
    transaction: Transaction | None = None
    transaction_ids: tuple[int, ...] = ()
    hint: str | None = None
    code: str | None = None
    """The error's stable word where it says more than the outcome."""
    held_by: str | None = None
    """The key of this machine's own request that the reader is busy with."""
