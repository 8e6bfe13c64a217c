"""What happens in the simulated shop: how a request fares at the reader, and what breaks on the way.

A scenario is four lists. `rules` say what the reader and the customer do with a request; the first that fits
is used, and if none fits all goes well. `http` says which call meets which fault, `hooks` what
happens to which webhook, `tills` what another program does with the reader at the same time. All seconds are
divided by the simulator's speed.
"""

from __future__ import annotations

import re
from enum import StrEnum

from pjterm.simulator.shop.guesses import Guesses
from pjterm.simulator.shop.inventory import ACCOUNT, Account
from pjterm.values import dataclass, field

KINDS = ("payment", "refund", "signature", "prompt", "input", "read")
PAYMENTS = ("payment", "refund")
STROKES = re.compile(r"(?=.{3,60000}$)\d{1,3},\d{1,3}([ ;]\d{1,3},\d{1,3})*", re.ASCII)
"""How a signature is written: lines of points on a field of 320 x 100."""


class Device(StrEnum):
    """The state in which a request finds the reader."""

    READY = "ready"
    BUSY = "busy"
    UNPLUGGED = "unplugged"


class Customer(StrEnum):
    """What the customer at the reader does."""

    PAYS = "pays"
    DECLINED = "declined"
    CANCELS = "cancels"
    LEAVES = "leaves"


class CardEntry(StrEnum):
    """How the reader reads the card; the values become `method` (all but KEYED are guesses)."""

    CHIP = "chip"
    TAP = "tap"
    SWIPE = "swipe"
    KEYED = "keyed"


class Brand(StrEnum):
    """The brand of the card, in the API's words."""

    VISA = "VISA"
    MASTERCARD = "MASTERCARD"
    DISCOVER = "DISCOVER"
    AMERICAN_EXPRESS = "AMERICAN_EXPRESS"


@dataclass(frozen=True, slots=True)
class Conduct:
    """What happens to one request at the reader; times in seconds at speed 1, from acceptance unless stated otherwise.

    By default CONNECTING lasts 0.2 s, the customer acts at 2.0 s, and COMPLETE follows 0.5 s later.
    """

    device: Device = Device.READY
    customer: Customer = Customer.PAYS
    code: str = "05"
    """The response code if the card is declined."""
    connecting: float = 0.2
    acts: float = 2.0
    completes: float = 0.5
    """From the customer's act to COMPLETE."""
    gives_up: float = 2.0
    """When an unplugged reader becomes NO_CONNECTION (length of the attempt: guess)."""
    times_out: float = 10.0
    """When a reader that nobody touches ends the request (length: guess)."""
    late: float = 0.0
    """How long after a bare COMPLETE the result appears; 0 if in time."""
    word: str | None = None
    """An undocumented status shown between CONNECTING and IN_PROGRESS."""
    word_lasts: float = 0.8
    card_in: float = 0.0
    """How long before the act the card is in, so that /main comes too late."""
    main_hides: bool = False
    """With the card in, /main makes it a bare COMPLETE at once, and the result appears later."""
    button: str | None = None
    """The label pressed at a prompt; the first one for None, or for a label that is not offered."""
    input_value: str = "8006010230"
    read_data: str = ";7090112233654321?"
    strokes: str = ""
    """How a signature is written, in the format of `STROKES`; made up if empty."""
    tip: str = "1.00"
    """Given when allowTips is asked."""
    pin_debit: bool = False
    second: Customer | None = None
    """What happens to the customer's second card after a decline, on the same request."""
    second_acts: float = 1.5
    """From the first card to the second."""
    entry: CardEntry = CardEntry.CHIP
    """How the card is read; `keyed` only if the request allows it (keyed=ALLOW is a permission)."""
    brand: Brand = Brand.VISA
    approves: str | None = None
    """The bank authorizes only this amount, and the transaction is approved for it."""
    held: bool = False
    """The transaction is authorized but not captured: status HOLD."""
    booked: float = 0.0
    """How long after a bare COMPLETE the transaction is booked; until then no search finds it."""
    silent: bool = False
    """With `booked`: polls and webhooks never show the transaction."""


@dataclass(frozen=True, slots=True)
class Rule:
    """Which requests a conduct is for: reader, kinds, and ordinal (the nth match)."""

    conduct: Conduct
    terminal: str | None = None
    kinds: tuple[str, ...] = KINDS
    nth: int | None = None


class Fault(StrEnum):
    """What the network or the service does to a call."""

    REPLY_LOST = "reply-lost"
    NOT_STARTED = "reply-lost-not-started"
    HTTP_500 = "http-500"
    HTTP_502_HTML = "http-502-html"
    TRUNCATED = "truncated"
    RATE_LIMITED = "rate-limited"
    PROXY_PAGE = "proxy-page"
    SLOW = "slow"

    @property
    def before(self) -> bool:
        """Whether the call never reaches the service."""
        return self in (Fault.NOT_STARTED, Fault.RATE_LIMITED)

    @property
    def lost(self) -> bool:
        """Whether no response arrives at all."""
        return self in (Fault.REPLY_LOST, Fault.NOT_STARTED)


@dataclass(frozen=True, slots=True)
class HttpRule:
    """A fault on the calls that match `call` ("METHOD /path" with `*`).

    Unless `each` is set, only the first of each distinct path and body, so that a plain retry gets through.
    """

    fault: Fault
    call: str = "POST /smartterminals/*/request-*"
    each: bool = False
    seconds: float = 0.0
    """For `slow`: how long the response takes."""


class Fate(StrEnum):
    """What becomes of a webhook."""

    LOST = "lost"
    TWICE = "twice"
    LATE = "late"
    OUT_OF_ORDER = "out-of-order"
    BAD_SIGNATURE = "bad-signature"
    """A forger's: it says COMPLETE without a result, whatever is true."""
    UNSIGNED = "unsigned"
    """The same, without a signature."""
    SAME_ID = "same-id"


@dataclass(frozen=True, slots=True)
class HookRule:
    """A fate for the SMARTTERMINAL_REQUEST webhooks of one status, or of all."""

    fate: Fate
    status: str | None = None
    seconds: float = 5.0
    """For `late`: how much later it is sent."""


class Act(StrEnum):
    """What another till, or other software of the merchant, does with a reader."""

    CHARGE = "charge"
    RESET = "reset"


@dataclass(frozen=True, slots=True)
class Till:
    """Another till: what it does with the reader once the program under test has a payment accepted there."""

    does: Act
    terminal: str | None = None
    nth: int | None = None
    """Only with the nth payment there; None for each."""
    after: float = 0.0
    """Seconds from that acceptance."""
    amount: str | None = None
    """What it charges; None for the same amount."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """A named set of conducts and faults."""

    name: str
    says: str
    rules: tuple[Rule, ...] = ()
    http: tuple[HttpRule, ...] = ()
    hooks: tuple[HookRule, ...] = ()
    tills: tuple[Till, ...] = ()
    same_card: bool = False
    """Whether each reader always sees its one card; else each customer brings another."""
    settle_after: float | None = None
    """Seconds from the first sale of a batch to its close; None for the account's hour."""
    search_lag: float = 0.0
    """How long after its booking a search finds a transaction; by its id it is shown at once."""
    numbers_as_text: bool = False
    """Ids come as JSON strings, and amounts as JSON numbers."""
    again: bool = False
    """Whether the bench runs a command that said "not paid" a second time, as a cashier would."""
    accounts: tuple[Account, ...] = (ACCOUNT,)
    guesses: Guesses = field(default_factory=Guesses)
    named_guesses: tuple[str, ...] = ()
    """Those that its file names, whatever a probe has found."""


PLAIN = Scenario("plain", "everything goes well, each reader sees its one card", same_card=True)
