"""A customer at a reader: what the screen shows, and what a key does.

A reader that waits for keys does nothing by itself, instead of what the scenario's customer would do. Somebody
who watches (`simulator play`) keeps it waiting by a short lease that each look renews; a test makes it wait
until it says otherwise. What still waits for a key when the wait is over ends as if the customer had left.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, replace
from enum import StrEnum
from typing import Any

from pjterm.simulator.shop import clockwork, device
from pjterm.simulator.shop.course import FOR_GOOD, acting, conduct_of
from pjterm.simulator.shop.inventory import READERS, Reader
from pjterm.simulator.shop.moment import Moment
from pjterm.simulator.shop.rows import Request
from pjterm.simulator.shop.scenarios import Conduct, Customer

STEPS_OF_A_CUSTOMER = ("card", "act", "second", "end", "book", "late", "leave")
_DIGITS = re.compile(r"[0-9]{10}")  # what request-input of type PHONE gives (INPUT)


class NothingToPress(Exception):
    """The reader shows nothing that this key is for; the message says what it shows."""


class Key(StrEnum):
    """What can be done at a reader."""

    TAP = "tap"
    DECLINE = "decline"
    SECOND_CARD = "second-card"
    CANCEL = "cancel"
    LEAVE = "leave"
    PRESS = "press"
    DIGITS = "digits"
    SIGN = "sign"
    SWIPE = "swipe"
    UNPLUG = "unplug"
    PLUG = "plug"


def wait_for_keys(m: Moment, seconds: float) -> None:
    """Readers wait for keys from now on, so long; 0: the scenario's customers are back."""
    m.books.set_manual(min(m.now + seconds, FOR_GOOD))


def screens(m: Moment) -> list[dict[str, Any]]:
    """What each reader shows now."""
    return [_screen(m, at) for at in READERS]


def _screen(m: Moment, at: Reader) -> dict[str, Any]:
    request = _at_work(m, at) or m.books.last_on(at.id)
    shown: dict[str, Any] = {"reader": at.name, "plugged": m.books.plugged(at.id), "state": "idle"}
    shown |= {"kind": None, "amount": None, "text": None, "buttons": [], "asksTip": False, "status": None}
    shown |= {"requestId": None, "result": None}
    if request is None:
        return shown
    shown |= {"status": request.status, "requestId": request.id, "result": _result(request)}
    if request.holds:
        shown |= {"state": "done" if _is_done(request) else "waiting", "kind": request.kind}
        shown |= {"amount": request.form.get("amountBase"), "buttons": request.buttons}
        shown |= {"text": request.form.get("text") or request.form.get("terms")}
        shown["asksTip"] = request.form.get("allowTips") == "true"
    return shown


def _result(request: Request) -> Any:
    return next(iter(request.outcome.values()), None)


def _is_done(request: Request) -> bool:
    """Whether the customer has acted, and only the reader's own end is still to come."""
    return bool(request.outcome) and not any(what == "second" for _, what in request.steps)


def _at_work(m: Moment, at: Reader) -> Request | None:
    return next((r for r in m.books.open_on(at.id) if r.holds), None)


def press(m: Moment, at: Reader, key: Key, value: str = "", changes: Mapping[str, Any] | None = None) -> None:
    """Press a key. `changes`: how this customer differs from the scenario's (fields of `Conduct`).

    Raises `NothingToPress` when the reader shows nothing that this key is for.
    """
    if key in (Key.UNPLUG, Key.PLUG):
        m.books.plug(at.id, key is Key.PLUG)
        return
    request = _at_work(m, at)
    if request is None or request.outcome:
        raise NothingToPress(f"{at.name} waits for no customer.")
    plain = replace(conduct_of(request), late=0.0, booked=0.0, second=None)
    conduct = _chosen(replace(plain, customer=Customer.PAYS, **(changes or {})), request, key, value)
    if conduct is None:
        raise NothingToPress(f"{at.name} shows a {request.kind}: {key} does not fit.")
    _act_now(m, request, conduct)


def _chosen(plain: Conduct, request: Request, key: Key, value: str) -> Conduct | None:
    """What the customer does, None when the key does not fit what is shown."""
    match key, request.kind:
        case (Key.CANCEL, _):
            return replace(plain, customer=Customer.CANCELS)
        case (Key.LEAVE, _):
            return replace(plain, customer=Customer.LEAVES)
        case (Key.TAP, kind) if kind in device.PAYMENTS:
            return plain
        case (Key.DECLINE, kind) if kind in device.PAYMENTS:
            return replace(plain, customer=Customer.DECLINED)
        case (Key.SECOND_CARD, kind) if kind in device.PAYMENTS:
            return replace(plain, customer=Customer.DECLINED, second=Customer.PAYS)
        case (Key.PRESS, "prompt") if value in request.buttons:
            return replace(plain, button=value)
        case (Key.DIGITS, "input") if _DIGITS.fullmatch(value):
            return replace(plain, input_value=value)
        case (Key.SWIPE, "read"):
            return replace(plain, read_data=value or plain.read_data)
        case (Key.SIGN, "signature"):
            return plain
        case _:
            return None


def _act_now(m: Moment, request: Request, conduct: Conduct) -> None:
    kept = [s for s in request.steps if s[1] not in STEPS_OF_A_CUSTOMER]
    request.conduct = asdict(conduct)
    leaves = conduct.customer is Customer.LEAVES
    request.steps = [*kept, *([(m.now, "leave")] if leaves else acting(m, conduct))]
    m.books.save(request)
    clockwork.advance(m)
