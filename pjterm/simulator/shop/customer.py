"""A customer at a reader: what the screen shows, and what a key does.

A reader that waits for keys has no customer from the scenario: it does nothing by itself. A watcher
(`simulator play`) keeps it waiting by a short lease that each query renews; a test makes it wait until further
notice. A request that still waits for a key when the wait is over ends as if the customer had left.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from pjterm.simulator.shop import clockwork, keys, ledger
from pjterm.simulator.shop.course import FOR_GOOD, MANUAL_TIMEOUT
from pjterm.simulator.shop.inventory import READERS, Reader
from pjterm.simulator.shop.keys import Key, Press
from pjterm.simulator.shop.moment import Moment
from pjterm.simulator.shop.rows import Request
from pjterm.values import asdict


class NothingToPress(Exception):
    """The key does not fit what the reader shows; the message says what that is."""


def wait_for_keys(m: Moment, seconds: float) -> None:
    """Let readers wait for keys for so many seconds from now; 0 brings the scenario's customers back."""
    until = m.now + seconds
    m.books.set_manual(min(until, FOR_GOOD))
    if until < FOR_GOOD:
        _let_go(m, m.now + MANUAL_TIMEOUT)


def begin(m: Moment) -> None:
    """Begin anew: readers are plugged in and wait for no key, whatever an earlier simulator left them in."""
    for at in READERS:
        m.books.plug(at.id, plugged=True)
    m.books.set_manual(0.0)
    _let_go(m, m.now)


def _let_go(m: Moment, when: float) -> None:
    """Let the customers whom the readers wait for without end leave then."""
    for request in (r for at in READERS for r in m.books.open_on(at.id)):
        to_come = {what for _, what in request.steps}
        if (request.holds or "reach" in to_come) and not to_come & {"act", "end", "leave"}:
            request.steps = sorted([*request.steps, (when, "leave")])
            m.books.save(request)


def screens(m: Moment) -> list[dict[str, Any]]:
    """What each reader shows now."""
    return [_screen(m, at) for at in READERS]


def _screen(m: Moment, at: Reader) -> dict[str, Any]:
    request = _at_work(m, at) or m.books.last_on(at.id)
    shown: dict[str, Any] = {"reader": at.name, "plugged": m.books.plugged(at.id), "state": "idle"}
    shown |= {"kind": None, "amount": None, "text": None, "buttons": [], "asksTip": False, "status": None}
    shown |= {"requestId": None, "result": None, "planned": [p.key for p in keys.planned(m, at.id)]}
    shown |= {"total": None, "approved": None, "charged": None}
    if request is None:
        return shown
    shown |= {"status": request.status, "requestId": request.id, "result": _result(request)} | _booked(m, request)
    if request.holds:
        shown |= {"state": "done" if _is_done(request) else "waiting", "kind": request.kind}
        shown |= {"amount": request.form.get("amountBase"), "buttons": request.buttons, "total": _total(m, request)}
        shown |= {"text": request.form.get("text") or request.form.get("terms")}
        shown["asksTip"] = request.kind == "payment" and request.form.get("allowTips") == "true"
    return shown


def _total(m: Moment, request: Request) -> str | None:
    """The amount the customer is asked for, before a tip: with the surcharge that a credit card will pay (SURC)."""
    form = request.form
    if "amountBase" not in form:
        return None
    action, account = "CHARGE" if request.kind == "payment" else "REFUND", m.setting.account(form["terminalId"])
    amounts = ledger.surcharged(ledger.spelled(form), account, ledger.Card(""), action, form)
    return f"{sum(map(Decimal, amounts.values())):.2f}"


def _booked(m: Moment, request: Request) -> dict[str, Any]:
    """What the reader shows of the transaction; `charged` is its total."""
    number = request.outcome.get("transactionId")
    record = None if number is None else m.books.transaction(int(number))
    if record is None:
        return {"approved": None, "charged": None}
    return {"approved": record["code"] == "00", "charged": f"{ledger.total(record):.2f}"}


def _result(request: Request) -> Any:
    return next(iter(request.outcome.values()), None)


def _has_acted(request: Request) -> bool:
    """Whether the customer has acted; a second card comes by itself."""
    to_come = {what for _, what in request.steps}
    return "end" in to_come and "act" not in to_come


def _is_done(request: Request) -> bool:
    """Whether only the reader has yet to finish."""
    return _has_acted(request) and not any(what == "second" for _, what in request.steps)


def _at_work(m: Moment, at: Reader) -> Request | None:
    return next((r for r in m.books.open_on(at.id) if r.holds), None)


def press(m: Moment, at: Reader, pressed: Press) -> None:
    """Press a key. Raises `NothingToPress` if it does not fit what the reader shows."""
    if pressed.key in (Key.UNPLUG, Key.PLUG):
        m.books.plug(at.id, pressed.key is Key.PLUG)
        return
    if not m.books.plugged(at.id):
        raise NothingToPress(f"{at.name} is unplugged.")
    request = _at_work(m, at)
    if request is None or _has_acted(request):
        raise NothingToPress(f"{at.name} waits for no customer.")
    conduct = pressed.conduct(request)
    if conduct is None:
        raise NothingToPress(f"{at.name} shows a {request.kind}: {pressed.key} does not fit.")
    request.conduct = asdict(conduct)
    request.steps = keys.steps(m, request, conduct)
    m.books.save(request)
    clockwork.advance(m)


def press_or_plan(m: Moment, at: Reader, pressed: Press) -> None:
    """Press a key now, or as soon as the reader shows what it is for."""
    try:
        press(m, at, pressed)
    except NothingToPress:
        keys.plan(m, at.id, pressed)
