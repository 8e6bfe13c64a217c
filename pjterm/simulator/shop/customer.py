"""A customer at a reader: what the screen shows, and what a key does.

A reader that waits for keys does nothing by itself, instead of what the scenario's customer would do. Somebody
who watches (`simulator play`) keeps it waiting by a short lease that each look renews; a test makes it wait
until it says otherwise. What still waits for a key when the wait is over ends as if the customer had left.
"""

from __future__ import annotations

import re
from dataclasses import asdict, replace
from enum import StrEnum
from typing import Any

from pjterm.simulator.shop import clockwork, device
from pjterm.simulator.shop.books import Request
from pjterm.simulator.shop.inventory import READERS, Reader
from pjterm.simulator.shop.moment import Moment
from pjterm.simulator.shop.scenarios import Conduct, Customer

LEASE_SECONDS = 3.0
FOR_GOOD = 1e18  # a time that never comes
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
    BUTTON = "button"
    DIGITS = "digits"
    SIGN = "sign"
    SWIPE = "swipe"
    UNPLUG = "unplug"
    PLUG = "plug"


def watch(m: Moment) -> list[dict[str, Any]]:
    """What each reader shows now; the watcher's lease is renewed."""
    m.books.set_manual(m.now + LEASE_SECONDS)
    return screens(m)


def screens(m: Moment) -> list[dict[str, Any]]:
    """What each reader shows now; nobody stands before them for that."""
    return [_screen(m, at) for at in READERS]


def _screen(m: Moment, at: Reader) -> dict[str, Any]:
    request = _at_work(m, at) or m.books.last_on(at.id)
    shown: dict[str, Any] = {"reader": at.name, "plugged": m.books.plugged(at.id), "state": "idle"}
    shown |= {"kind": None, "amount": None, "text": None, "buttons": [], "status": None}
    if request is None:
        return shown
    shown["status"] = request.status
    if request.holds:
        shown |= {"state": "done" if request.outcome else "waiting", "kind": request.kind}
        shown |= {"amount": request.form.get("amountBase"), "buttons": request.buttons}
        shown["text"] = request.form.get("text") or request.form.get("terms")
    return shown


def _at_work(m: Moment, at: Reader) -> Request | None:
    return next((r for r in m.books.open_on(at.id) if r.holds), None)


def press(m: Moment, at: Reader, key: Key, value: str) -> None:
    """Do it. Raises `NothingToPress` when the reader shows nothing that this key is for."""
    if key in (Key.UNPLUG, Key.PLUG):
        m.books.plug(at.id, key is Key.PLUG)
        return
    request = _at_work(m, at)
    if request is None or request.outcome:
        raise NothingToPress(f"{at.name} waits for nobody.")
    conduct = _chosen(device.conduct_of(request), request, key, value)
    if conduct is None:
        raise NothingToPress(f"{at.name} shows a {request.kind}: {key} does not fit.")
    _act_now(m, request, conduct)


def _chosen(before: Conduct, request: Request, key: Key, value: str) -> Conduct | None:
    """What the customer does from now on, None when the key does not fit what is shown."""
    plain = replace(before, customer=Customer.PAYS, late=0.0, booked=0.0, second=None)
    match key, request.kind:
        case Key.CANCEL, _:
            return replace(plain, customer=Customer.CANCELS)
        case (Key.TAP, kind) if kind in device.PAYMENTS:
            return plain
        case (Key.DECLINE, kind) if kind in device.PAYMENTS:
            return replace(plain, customer=Customer.DECLINED)
        case (Key.SECOND_CARD, kind) if kind in device.PAYMENTS:
            return replace(plain, customer=Customer.DECLINED, second=Customer.PAYS)
        case (Key.BUTTON, "prompt") if value in request.buttons:
            return replace(plain, button=value)
        case (Key.DIGITS, "input") if _DIGITS.fullmatch(value):
            return replace(plain, input_value=value)
        case (Key.SIGN, "signature") | (Key.SWIPE, "read"):
            return plain
        case _:
            return None


def _act_now(m: Moment, request: Request, conduct: Conduct) -> None:
    kept = [s for s in request.steps if s[1] not in STEPS_OF_A_CUSTOMER]
    request.conduct = asdict(conduct)
    request.steps = [*kept, *device.acting(m, conduct)]
    m.books.save(request)
    clockwork.advance(m)
