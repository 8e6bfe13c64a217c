"""Facts: what was seen of one request, each with its time; and how a chain of them reads."""

from __future__ import annotations

from datetime import datetime

from pjterm.core.model import Outcome, Result, Status, Transaction
from pjterm.values import dataclass


@dataclass(frozen=True, slots=True)
class Sent:
    """The POST is about to leave: from here on money may move."""

    at: datetime
    terms: str | None = None
    """The terms of a signature, which are stored nowhere else (SIG)."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """The POST was answered with a request id (it says nothing about the device)."""

    at: datetime
    request_id: str


@dataclass(frozen=True, slots=True)
class Answered:
    """A POST or PUT of /transactions was answered with a transaction: taken, but approved only if it says so."""

    at: datetime
    transaction: Transaction


@dataclass(frozen=True, slots=True)
class NotTaken:
    """The POST provably started nothing.

    `outcome` is rejected, auth or unavailable; or cancelled, where a signal came before it was sent.
    """

    at: datetime
    outcome: Outcome
    why: str


SENDER_ENDED = "the process that sent it ended before its answer"


@dataclass(frozen=True, slots=True)
class Lost:
    """The POST may have been taken, but no readable answer came."""

    at: datetime
    why: str


def no_answer(lost: Lost | None) -> str:
    """Why there is no answer to the POST, as the beginning of a sentence."""
    ended = lost is not None and lost.why == SENDER_ENDED
    return "The command that sent it was ended before any answer" if ended else "PayJunction's answer was lost"


@dataclass(frozen=True, slots=True)
class Observed:
    """A status, by poll or by a verified webhook. `asked_at` is when the poll was sent."""

    at: datetime
    source: str
    status: str
    result: Result = Result()
    asked_at: datetime | None = None

    @property
    def says_it_runs(self) -> bool:
        """Whether it says that the request still runs; any other status that is no end is silence."""
        return self.status in (Status.CONNECTING, Status.IN_PROGRESS)


@dataclass(frozen=True, slots=True)
class PollFailed:
    """A poll got no usable answer, which proves nothing.

    `refused`: it was answered, but with 401, 403, a redirect or a proxy's page, which tend to persist.
    """

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
    """A search was answered: by our invoice number, or by account and time (`around`)."""

    at: datetime
    found: tuple[Transaction, ...]
    """Those under exactly our number."""
    asked_at: datetime | None = None
    perhaps: tuple[Transaction, ...] = ()
    """Those that may be ours although they do not say our number."""
    around: bool = False
    gap: str | None = None
    """Why something that it does not show may exist."""
    beside: tuple[int, ...] = ()
    """Those over another amount that may carry our number; a count reads them."""


@dataclass(frozen=True, slots=True)
class Controlled:
    """The same search was made for something that certainly exists; `shows`: it was found."""

    at: datetime
    shows: bool
    says: str
    asked_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class SearchFailed:
    """The search was not answered completely."""

    at: datetime
    why: str
    refused: bool = False


RESET_ACCEPTED = "POST /main accepted"


@dataclass(frozen=True, slots=True)
class TerminalReset:
    """Our POST /main was answered, or may have been: a card already in the reader is still processed."""

    at: datetime
    why: str = RESET_ACCEPTED

    @property
    def is_certain(self) -> bool:
        """Whether PayJunction answered that it was done."""
        return self.why == RESET_ACCEPTED


RESET_ELSEWHERE = "POST /main of another command, or one whose answer did not come"


@dataclass(frozen=True, slots=True)
class OperatorSaid:
    """An operator took responsibility: not charged, or this transaction is the sale."""

    at: datetime
    says: str
    not_charged: bool = False

    @property
    def named(self) -> int | None:
        """The transaction that was named."""
        number = self.says.removeprefix(NAMED)
        return int(number) if number != self.says and number.isdecimal() else None


NAMED = "this sale is transaction "
"""The statement of an operator who names a transaction; its id follows."""
NEVER_SENT = "interrupted before it was sent"
NOT_CHARGED = "the operator says that nothing was charged"
"""The statement of an operator who found no charge."""


Fact = (
    Sent | Accepted | Answered | NotTaken | Lost | Observed | PollFailed | Purged | LookedUp | LookUpFailed
    | Searched | Controlled | SearchFailed | TerminalReset | OperatorSaid
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Evidence:
    """One line of the chain behind a verdict."""

    at: datetime
    source: str
    says: str
