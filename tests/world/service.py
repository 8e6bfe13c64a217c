"""PayJunction's API according to its documentation: paths, forms, checks, errors and limits, in virtual time.

Written from the public pages alone, separately from `pjterm.simulator`. What the pages leave open, or what real
services do differently, is a setting: of the books (`Showing`), of a customer's acts (`reader`), or here.
"""

from __future__ import annotations

import base64
import json
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache, lru_cache
from typing import Any
from urllib.parse import parse_qsl, quote

from tests.world.books import COMPONENTS, PAGE_MOST, Booking, Books, cents, dollars
from tests.world.papers import Papers
from tests.world.reader import Customer, Reader, Request, Tap
from tests.world.timeline import Timeline

START = datetime(2026, 11, 22, 12, 0, 0, tzinfo=UTC)
URL = "https://api.payjunctionlabs.com"
ACCOUNT = 10001
BETWEEN_CALLS = 0.1
"""Seconds between calls of one login (RATE)."""
BETWEEN_POLLS = 0.5
"""Seconds between polls of one request (POLL)."""
KEPT = 86_400.0
"""Seconds after its end that a request can be polled (POLL)."""
DUPLICATE = 600.0
"""Seconds during which the same card, amount and invoice number is declined as DT."""
JSON = "application/json"


@dataclass(slots=True)
class Reply:
    """One answer of the service."""

    status: int
    body: bytes = b""
    kind: str = JSON
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Access:
    """One API login and its permissions."""

    login: str
    password: str = "secret-password"
    app_key: str = "11111111-2222-4333-8444-555555555555"
    valid: bool = True
    sees: str = "all"
    """`all`; `own`: bookings of other logins are hidden; `none`: a search finds nothing at all."""
    may_search: bool = True
    may_refund: bool = True


@dataclass(slots=True)
class Call:
    """One request as it arrives."""

    name: str
    """The kind of call: `request-payment`, `poll`, `main`, `transaction`, `search`, `void`, `post`, `devices`, …"""
    method: str
    path: str
    query: dict[str, str]
    form: list[tuple[str, str]]
    login: str
    at: float
    target: str = ""
    """The id in the path."""
    by: Any = None
    """The process that sent it."""
    answered: bool = False
    """Whether the service's answer arrived."""
    began: float = 0.0
    """When its process began to connect, if it has arrived."""


class Refused(Exception):
    """An answer that is no success."""

    def __init__(self, status: int, *errors: tuple[str, str | None, str | None]) -> None:
        super().__init__(status, errors)
        self.reply = error(status, *errors)


def error(status: int, *errors: tuple[str, str | None, str | None]) -> Reply:
    """The API's error body (ERR): entries sorted by parameter, each with a message."""
    entries = []
    for message, parameter, type_ in sorted(errors, key=lambda e: e[1] or ""):
        entries.append({"message": message, **({"parameter": parameter} if parameter else {})})
        if type_:
            entries[-1]["type"] = type_
    return Reply(status, json.dumps({"errors": entries}).encode())


class Service:
    """The API of one merchant."""

    def __init__(self, time: Timeline, seed: int = 0) -> None:
        self.time = time
        self.books = Books(START)
        self.papers = Papers()
        self.readers: dict[str, Reader] = {}
        self.requests: dict[str, Request] = {}
        self.logins: dict[str, Access] = {}
        self.accounts = [ACCOUNT]
        self.limited = True
        self.duplicates = False
        """Whether the gateway declines the same card, amount and number within 10 minutes (DT)."""
        self.status_as: Callable[[dict[str, Any]], dict[str, Any]] = lambda shown: shown
        """Rewrites a status: for example, `lambda s: {**s, "transactionId": 0}`."""
        self.documents: dict[str, Any] = {}
        """Answers at other paths: settlements, deposits."""
        self.calls: list[Call] = []
        self.over_limit: list[Call] = []
        self.charged_by: dict[str, list[Request]] = {}
        """By invoice number: the payment requests that were taken."""
        self.on_call: list[Callable[[Call], None]] = []
        self._random = random.Random(f"service {seed}")
        self._last: dict[str, float] = {}
        self._names = self._random.getrandbits(64)

    # -- setup by a history ----------------------------------------------------------------------------------

    def reader(self, name: str) -> Reader:
        """A reader by its nickName; created on first use."""
        for known in self.readers.values():
            if known.name == name:
                return known
        made = Reader(self._uuid(), name, self.time, self._book)
        self.readers[made.id] = made
        return made

    def login(self, name: str, **more: Any) -> Access:
        """An API login; created on first use."""
        if name not in self.logins:
            self.logins[name] = Access(name, **more)
        return self.logins[name]

    def others_charge(self, amount: str, invoice: str | None = None, **more: Any) -> Booking:
        """Other software, or the Virtual Terminal, books a charge."""
        given: dict[str, Any] = {"account": ACCOUNT, "login": "office", "by_others": True} | more
        return self.books.add(self.time.now, amounts={"amountBase": cents(amount)}, invoice=invoice, **given)

    def others_use(self, reader: Reader, seconds: float) -> None:
        """Other software uses a reader for that long."""
        if reader.running is not None:
            return
        other = Request(self._uuid(), "request-prompt", reader, "office", {}, self.time.now, status="IN_PROGRESS")
        reader.running = other
        self.time.after(seconds, lambda: reader.reset() if reader.running is other else None)

    def others_send(self, reader: Reader, who: Customer, *, kind: str, interrupts: bool) -> Request:
        """Other software sends a request to a reader through the service."""
        form = {"amountBase": "5.00", "interruptBusyTerminal": str(interrupts).lower()}
        made = Request(self._uuid(), kind, reader, "office", form, self.time.now)
        self.requests[made.id] = made
        reader.coming.insert(0, who)
        reader.begin(made)
        return made

    # -- one call ----------------------------------------------------------------------------------------------

    def handle(self, call: Call, authorization: str, app_key: str) -> Reply:
        """Answer one request."""
        self.calls.append(call)
        for tell in self.on_call:
            tell(call)
        try:
            access = self._known(authorization, app_key)
            self._limit(call)
            reply = self._answer(call, access)
        except Refused as refused:
            reply = refused.reply
        reply.headers["X-Pj-Request-Id"] = self._uuid()
        return reply

    def stamp(self) -> str:
        """The `Date` of an answer."""
        return _date(int(self.time.now))

    def _known(self, authorization: str, app_key: str) -> Access:
        name, password = _who(authorization)
        access = self.logins.get(name)
        if access is not None and app_key != access.app_key:
            raise Refused(401, ("The request has an invalid application key.", None, None))
        if access is None or not access.valid or password != access.password:
            raise Refused(401, ("Authentication failed. The API login and/or password is wrong.", None, None))
        return access

    def _limit(self, call: Call) -> None:
        """One call per 100 ms and login, one poll per 0.5 s and request, by arrival."""
        due = self._last.get(call.login, -1.0) + BETWEEN_CALLS
        if call.name == "poll":
            due = max(due, self._last.get(call.target, -1.0) + BETWEEN_POLLS)
        if call.at < due - 1e-9:
            self.over_limit.append(call)
            if self.limited:
                raise Refused(429, ("Too many requests.", None, None))
        self._last[call.login] = call.at
        if call.name == "poll":
            self._last[call.target] = call.at

    def _answer(self, call: Call, access: Access) -> Reply:
        match call.name:
            case "poll":
                return self._poll(call)
            case "search":
                return self._search(call, access)
            case "transaction":
                return self._transaction(call, access)
            case "receipt" | "about" | "signature":
                return self._paper(call, access)
            case "main":
                return self._main(call)
            case "void":
                return self._change(call, access)
            case "post":
                return self._post(call, access)
            case "devices":
                items = [{"smartTerminalId": r.id, "nickName": r.name} for r in self.readers.values()]
                return _json({"results": items})
            case "accounts":
                return _json({"results": [
                    {"terminalId": n, "nickName": f"Batch {n}", "type": "CARD", "enabled": True} for n in self.accounts
                ]})  # fmt: skip
            case "request-payment" | "request-signature" | "request-prompt" | "request-input" | "request-read":
                return self._request(call, access)
            case _ if call.path in self.documents:
                return _json(self.documents[call.path])
            case _:
                raise Refused(404, ("404 Not Found", None, None))

    # -- requests at a reader ------------------------------------------------------------------------------------

    def _request(self, call: Call, access: Access) -> Reply:
        reader = self.readers.get(call.target)
        if reader is None:
            raise Refused(404, ("404 Not Found", None, None))
        form = dict(call.form)
        self._check_account(form)
        if call.name == "request-payment":
            amount = form.get("amountBase", "")
            if not amount:
                raise Refused(400, ("Amount Base is required.", "amountBase", "required"))
            if not 0 < cents(amount) <= 100_000_000:
                raise Refused(400, ("Amount Base must be greater than 0.", "amountBase", "invalid"))
        request = Request(self._uuid(), call.name, reader, access.login, form, self.time.now, call=call)
        self.requests[request.id] = request
        if call.name == "request-payment":
            self.charged_by.setdefault(form.get("invoiceNumber", ""), []).append(request)
        reader.begin(request)
        return _json({"requestPaymentId" if call.name == "request-payment" else "requestId": request.id})

    def _check_account(self, form: dict[str, str]) -> None:
        account = form.get("terminalId", "")
        if account and account not in map(str, self.accounts):
            words = "Terminal does not exist or you do not have permission to access it."
            raise Refused(400, (words, "terminalId", "invalid"))

    def _book(self, request: Request, tap: Tap) -> Booking:
        """A card was presented: approved or declined, it becomes a transaction (PAY)."""
        form = request.form
        amounts = {name: cents(form[name]) for name in COMPONENTS if form.get(name)}
        if tap.base is not None:
            amounts["amountBase"] = tap.base
        approved, code = tap.approved, tap.code
        if approved and self.duplicates and self._is_duplicate(request, tap, amounts):
            approved, code = False, "DT"
        booking = self.books.add(
            self.time.now,
            action=form.get("action", "CHARGE"),
            amounts=amounts,
            account=int(form.get("terminalId") or self.accounts[0]),
            login=request.login,
            invoice=form.get("invoiceNumber"),
            order=form.get("purchaseOrderNumber"),
            approved=approved,
            code=code,
            status="HOLD" if tap.held and approved else None,
            readable_after=tap.read,
            searchable_after=tap.found,
            card=tap.card,
            request=request.id,
        )
        if tap.flips is not None:
            self.time.after(tap.flips, lambda: self._flip(booking))
        return booking

    def _flip(self, booking: Booking) -> None:
        booking.approved, booking.code, booking.status = True, "00", "CAPTURE"
        booking.history.append((self.time.now, "approved after all"))

    def _is_duplicate(self, request: Request, tap: Tap, amounts: dict[str, int]) -> bool:
        number = request.form.get("invoiceNumber") or None
        return any(
            b.approved and b.status != "VOID" and b.card == tap.card and b.invoice == number
            and b.total == sum(amounts.values()) and self.time.now - b.at < DUPLICATE
            for b in self.books.all
        )  # fmt: skip

    def _poll(self, call: Call) -> Reply:
        request = self.requests.get(call.target)
        if request is None or (request.ended_at is not None and self.time.now - request.ended_at > KEPT):
            raise Refused(404, ("404 Not Found", None, None))
        return _json(self.status_as(request.shown))

    def _main(self, call: Call) -> Reply:
        reader = self.readers.get(call.target)
        if reader is None:
            raise Refused(404, ("404 Not Found", None, None))
        reader.reset()
        return Reply(204)

    # -- transactions ----------------------------------------------------------------------------------------------

    def _sees(self, access: Access) -> Callable[[Booking], bool]:
        if access.sees == "all":
            return lambda _: True
        return lambda b: access.sees == "own" and b.login == access.login

    def _search(self, call: Call, access: Access) -> Reply:
        if not access.may_search:
            raise Refused(403, ("You do not have permission to view transactions.", None, None))
        query = dict(call.query)
        limit = min(PAGE_MOST, int(query.pop("limit", PAGE_MOST)))
        offset = int(query.pop("offset", 0))
        found = self.books.search(query, self.time.now, self._sees(access))
        items, following = self.books.page(found, limit, offset)
        body: dict[str, Any] = {"results": [self.books.write(b, in_search=True) for b in items]}
        if following is not None:
            kept = "".join(f"&{name}={quote(value, safe='')}" for name, value in query.items())
            body["next"] = f"{URL}/transactions?limit={limit}&offset={following}{kept}"
        return _json(body)

    def _transaction(self, call: Call, access: Access) -> Reply:
        return _json(self.books.write(self._booked(call.target, access)))

    def _booked(self, number: str, access: Access) -> Booking:
        if not number.isdigit():
            raise Refused(404, ("404 Not Found", None, None))
        found = self.books.find(int(number), self.time.now)
        if found is None or (access.sees == "own" and found.login != access.login):
            raise Refused(404, (f"Transaction Id {int(number)} does not exist.", None, None))
        return found

    def _paper(self, call: Call, access: Access) -> Reply:
        """A receipt, its description, or the image of a signature; a decline has none (RCPT)."""
        if call.name == "signature" and "/signatures/" in call.path:
            return Reply(200, self.papers.image, "image/png")
        booking = self._booked(call.target, access)
        if not booking.approved or (call.name == "signature" and not self.papers.signed):
            raise Refused(404, ("404 Not Found", None, None))
        if call.name == "signature":
            return Reply(200, self.papers.image, "image/png")
        if call.name == "receipt":
            return Reply(200, self.papers.page(booking).encode(), "text/html")
        return _json(self.papers.about(self.books.clock(booking.at)))

    def _change(self, call: Call, access: Access) -> Reply:
        """PUT /transactions/{id}: before settlement only (TXPUT)."""
        booking, form = self._booked(call.target, access), dict(call.form)
        if form.get("status") and booking.settled:
            words = "Status can not be updated because the Transaction has been settled."
            raise Refused(400, (words, "status", "invalid"))
        amounts = [name for name in COMPONENTS if name in form]
        if amounts and (booking.settled or not booking.took_money):
            raise Refused(400, ("Amount Tip can not be updated for this Transaction.", amounts[0], "invalid"))
        if form.get("status") == "VOID":
            booking.status = "VOID"
            booking.history.append((self.time.now, "void"))
        for name in amounts:
            booking.amounts[name] = cents(form[name])
        return _json(self.books.write(booking))

    def _post(self, call: Call, access: Access) -> Reply:
        """POST /transactions: a refund of an earlier one; amounts that are not stated are refunded too (REFUND)."""
        form = dict(call.form)
        original = self._booked(form.get("transactionId", ""), access)
        self._check_account(form)
        if form.get("action") == "REFUND" and not access.may_refund:
            raise Refused(403, ("You do not have permission to refund.", None, None))
        amounts = {n: cents(form[n]) if form.get(n) else original.amounts.get(n, 0) for n in COMPONENTS}
        amounts = {n: v for n, v in amounts.items() if v or n == "amountBase"}
        given_back = sum(b.total for b in self.books.all if b.original == original.id and b.approved)
        approved = original.took_money and given_back + sum(amounts.values()) <= original.total
        booking = self.books.add(
            self.time.now,
            action=form.get("action", "CHARGE"),
            amounts=amounts,
            account=int(form.get("terminalId") or original.account),
            login=access.login,
            invoice=form.get("invoiceNumber"),
            order=form.get("purchaseOrderNumber"),
            approved=approved,
            original=original.id,
            card=original.card,
            by=call.by,
        )
        return _json(self.books.write(booking))

    def _uuid(self) -> str:
        """A new id; its digits do not matter as long as one seed gives one history."""
        self._names = (self._names * 6364136223846793005 + 1442695040888963407) % 2**64
        digits = f"{self._names:016x}"
        return f"{digits[:8]}-{digits[8:12]}-4{digits[13:]}-8{digits[9:12]}-{digits[4:]}"


@cache
def _who(authorization: str) -> tuple[str, str]:
    name, _, password = base64.b64decode(authorization.removeprefix("Basic ")).decode().partition(":")
    return name, password


def _json(body: Any) -> Reply:
    return Reply(200, json.dumps(body).encode())


@cache
def _date(second: int) -> str:
    return (START + timedelta(seconds=second)).strftime("%a, %d %b %Y %H:%M:%S GMT")


_GET = {"transactions": "search", "smartterminals": "devices", "terminals": "accounts"}


def read(method: str, path: str, asked: dict[str, str], body: str, login: str, at: float) -> Call:
    """A request as a call."""
    name, target = _what(method, path)
    form = parse_qsl(body, keep_blank_values=True) if body else []
    return Call(name, method, path, asked, form, login, at, target)


@lru_cache(1000)  # most are polls
def _what(method: str, path: str) -> tuple[str, str]:
    """The kind of call and its target."""
    parts = path.strip("/").split("/")
    name, target = "nothing", ""
    match [method, *parts]:
        case ["GET", "smartterminals", "requests", target]:
            name = "poll"
        case ["GET", "transactions", target]:
            name = "transaction"
        case ["GET", "transactions", target, "receipts", "latest"]:
            name = "about"
        case ["GET", "transactions", target, "receipts", "latest", "signature"]:
            name = "signature"
        case ["GET", "transactions", target, "receipts", "latest", _]:
            name = "receipt"
        case ["GET", "smartterminals", "signatures", target, "image"]:
            name = "signature"
        case ["PUT", "transactions", target]:
            name = "void"
        case ["POST", "transactions"]:
            name = "post"
        case ["GET", ("transactions" | "smartterminals" | "terminals") as list_]:
            name = _GET[list_]
        case ["POST", "smartterminals", target, what]:
            name = what
        case _:
            target = ""
    return name, target


__all__ = ["ACCOUNT", "START", "URL", "Access", "Call", "Reply", "Service", "dollars", "error", "read"]
