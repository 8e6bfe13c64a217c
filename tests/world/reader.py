"""Card readers and their customers: how a request runs and ends, and what it books.

From the pages on Smart Terminals (POLL, STR, PAY, BUSY, CANCEL). A history decides what those leave open: a
customer's acts say when a card is in, what the bank answers, when it is booked, and whether the status ever
shows it.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from tests.world.books import Booking
from tests.world.timeline import Timeline

FINISHING = 0.5
"""Seconds from a result to COMPLETE if the customer has nothing more to do."""
DEVICE_TIMEOUT = 120.0
"""Seconds after which a reader ends by itself; the real duration is not documented."""


@dataclass(frozen=True, slots=True)
class Tap:
    """A card is presented `after` seconds after the last act, and the bank answers `bank` seconds later."""

    after: float = 2.0
    approved: bool = True
    code: str | None = None
    card: str = "1111"
    bank: float = 0.3
    booked: float = 0.0
    """Seconds from the bank's answer to the booking. A reader that does not wait for it says COMPLETE meanwhile."""
    shown: float | None = 0.0
    """Seconds from the booking until the status shows its id; `None`: it never does."""
    read: float = 0.0
    """Seconds from the booking until GET /transactions/ID returns it."""
    found: float = 0.0
    """Seconds from the booking until a search finds it."""
    base: int | None = None
    """Approved cents if they differ from the requested amount."""
    flips: float | None = None
    """Seconds after which a declined booking becomes approved."""
    held: bool = False


@dataclass(frozen=True, slots=True)
class RedX:
    """The customer presses the red key."""

    after: float = 2.0


@dataclass(frozen=True, slots=True)
class Answer:
    """The customer signs, presses a button or types; `result` contains the keys of the status."""

    result: dict[str, Any]
    after: float = 2.0


@dataclass(frozen=True, slots=True)
class Stays:
    """The customer does nothing; the reader ends by itself after `after` seconds."""

    after: float = DEVICE_TIMEOUT


Act = Tap | RedX | Answer | Stays


@dataclass(frozen=True, slots=True)
class Customer:
    """What one customer does with one request, in order, and how the reader behaves meanwhile."""

    acts: tuple[Act, ...] = (Tap(),)
    connecting: float = 0.2
    finishing: float = FINISHING
    says: str | None = None
    """A status shown from the beginning although the reader runs on (NO_CONNECTION, BUSY)."""
    ends_early: float | None = None
    """Seconds after acceptance at which the status becomes a bare COMPLETE although the reader runs on."""


def customer(*acts: Act, **how: Any) -> Customer:
    """A customer with these acts."""
    return replace(Customer(acts=acts or (Tap(),)), **how)


class Book(Protocol):
    """Books what a bank has answered."""

    def __call__(self, request: Request, tap: Tap) -> Booking:
        """Book it now."""


@dataclass(slots=True)
class Request:
    """One request at a reader, as the service knows it."""

    id: str
    kind: str
    reader: Reader
    login: str
    form: dict[str, str]
    at: float
    status: str = "CONNECTING"
    result: dict[str, Any] = field(default_factory=dict)
    ended_at: float | None = None
    card_in: bool = False
    over: bool = False
    """Whether the reader has ended it, whatever its status says."""
    bookings: list[Booking] = field(default_factory=list)
    call: Any = None
    """The call that started it, if pjterm sent it."""
    status_at: float = 0.0

    @property
    def shown(self) -> dict[str, Any]:
        """The status as a poll shows it."""
        return {"status": self.status, **self.result}


_ANSWERS: dict[str, dict[str, Any]] = {
    "request-signature": {"signatureId": "60d2e500711b4bf2b42f8efe7a8c5cc4"},
    "request-input": {"inputValue": "8006010230"},
    "request-read": {"trackData": ";7090112233654321?"},
}


class Reader:
    """One Smart Terminal."""

    def __init__(self, id_: str, name: str, time: Timeline, book: Book) -> None:
        self.id = id_
        self.name = name
        self.online = True
        self.running: Request | None = None
        self.coming: list[Customer] = []
        """The queue of customers; if it is empty, `usually` supplies one."""
        self.usually: Callable[[], Customer] = Customer
        """Makes the customer of a payment; other requests are answered automatically."""
        self.heard: list[Callable[[Request], None]] = []
        """Called at each change of a status, for webhooks."""
        self._time = time
        self._book = book

    def __repr__(self) -> str:
        return f"Reader({self.name!r})"

    def next(self, *customers: Customer) -> None:
        """Queue the next customers."""
        self.coming.extend(customers)

    # -- a request starts ----------------------------------------------------------------------------------

    def begin(self, request: Request) -> None:
        """The service has accepted a request and tries to reach this reader."""
        who = self.coming.pop(0) if self.coming else self._default_customer(request)
        self._show(request, status="CONNECTING")
        self._time.after(who.connecting, lambda: self._connect(request, who))

    def _default_customer(self, request: Request) -> Customer:
        if request.kind == "request-payment":
            return self.usually()
        result = _ANSWERS.get(request.kind, {})
        if request.kind == "request-prompt":
            result = {"promptButton": request.form.get("buttons[]", "Yes")}
        return Customer((Answer(result),))

    def _connect(self, request: Request, who: Customer) -> None:
        if not self.online:
            self._time.after(5.0, lambda: self.end(request, "NO_CONNECTION"))
        elif self.running is not None and request.form.get("interruptBusyTerminal", "false") != "true":
            self.end(request, "BUSY")
        else:
            if self.running is not None:
                self.reset()
            self.running = request
            self._show(request, status="IN_PROGRESS")
            if who.says is not None:
                self._show(request, status=who.says)
            if who.ends_early is not None:
                self._time.after(who.ends_early, lambda: self._show(request, status="COMPLETE"))
            self._act(request, who, iter(who.acts))

    def _act(self, request: Request, who: Customer, acts: Iterable[Act]) -> None:
        acts = iter(acts)
        act = next(acts, None)
        if act is None:
            self._time.after(who.finishing, lambda: self.end(request, "COMPLETE"))
            return
        self._time.after(act.after, lambda: self._do(request, who, act, acts))

    def _do(self, request: Request, who: Customer, act: Act, acts: Iterable[Act]) -> None:
        if request.over:
            return
        match act:
            case Tap():
                request.card_in = True
                self._time.after(act.bank, lambda: self._bank(request, who, act, acts))
            case RedX() | Stays():
                self.end(request, "COMPLETE")
            case Answer():
                self._show(request, result=act.result)
                self._act(request, who, acts)

    def _bank(self, request: Request, who: Customer, tap: Tap, acts: Iterable[Act]) -> None:
        """The bank has answered. From here on it is booked, whatever has happened to the request."""
        request.card_in = False
        approved = tap.approved
        if tap.booked > 0:
            self._time.after(tap.booked, lambda: self._booked(request, tap))
        else:
            approved = self._booked(request, tap).approved
        if not request.over:
            acts = iter(acts)
            following = next(acts, None)
            if following is not None and not approved:
                self._act(request, who, itertools.chain((following,), acts))
            else:
                self._act(request, who, ())

    def _booked(self, request: Request, tap: Tap) -> Booking:
        booking = self._book(request, tap)
        request.bookings.append(booking)
        if tap.shown is not None:
            self._time.after(tap.shown, lambda: self._show(request, result={"transactionId": booking.id}))
        return booking

    # -- a request ends --------------------------------------------------------------------------------------

    def reset(self) -> None:
        """POST /main: the running request ends, but a card that is in is still processed (PM)."""
        if self.running is not None:
            self.end(self.running, "COMPLETE")

    def end(self, request: Request, status: str) -> None:
        """End a request unless it has ended, and show that to polls."""
        if request.over:
            return
        request.over = True
        request.ended_at = self._time.now
        if self.running is request:
            self.running = None
        self._show(request, status=status)

    def _show(self, request: Request, *, status: str | None = None, result: dict[str, Any] | None = None) -> None:
        """Change what a poll shows and report it; a shown end is final, whatever the reader does."""
        before = request.shown
        if status is not None and request.status not in ("COMPLETE", "BUSY", "NO_CONNECTION"):
            request.status = status
        if result is not None:
            request.result = {**request.result, **result}
            for booking in request.bookings:
                if booking.id == result.get("transactionId"):
                    booking.shown_at = self._time.now
        if request.shown != before or request.status_at == 0.0:
            request.status_at = self._time.now
            for tell in self.heard:
                tell(request)
