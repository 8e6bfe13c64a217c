"""The keys of a reader, and what each does to a request: pressed now, or planned for a request to come."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from pjterm.simulator.shop.course import acting, conduct_of, worded
from pjterm.simulator.shop.moment import Moment
from pjterm.simulator.shop.rows import Request
from pjterm.simulator.shop.scenarios import PAYMENTS, STROKES, Conduct, Customer
from pjterm.values import dataclass, replace

STEPS_OF_A_CUSTOMER = ("card", "act", "second", "end", "book", "late", "leave")
_PLANNED = "planned"
_DIGITS = re.compile(r"[0-9]{10}")  # what request-input of type PHONE gives (INPUT)


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


@dataclass(frozen=True, slots=True)
class Press:
    """A key and its value. `changes` is how this customer differs from the scenario's (fields of `Conduct`)."""

    key: Key
    value: str = ""
    changes: Mapping[str, Any] | None = None

    def conduct(self, request: Request) -> Conduct | None:
        """What the customer does with this request; None if the key does not fit it."""
        scenario = replace(conduct_of(request), late=0.0, booked=0.0, second=None)
        plain = replace(scenario, customer=Customer.PAYS, **worded(self.changes or {}))
        match self.key, request.kind:
            case (Key.CANCEL, _):
                return replace(plain, customer=Customer.CANCELS)
            case (Key.LEAVE, _):
                return replace(plain, customer=Customer.LEAVES)
            case (Key.TAP, kind) if kind in PAYMENTS:
                return plain
            case (Key.DECLINE, kind) if kind in PAYMENTS:
                return replace(plain, customer=Customer.DECLINED)
            case (Key.SECOND_CARD, kind) if kind in PAYMENTS:
                return replace(plain, customer=Customer.DECLINED, second=Customer.PAYS)
            case (Key.PRESS, "prompt") if self.value in request.buttons:
                return replace(plain, button=self.value)
            case (Key.DIGITS, "input") if _DIGITS.fullmatch(self.value):
                return replace(plain, input_value=self.value)
            case (Key.SWIPE, "read"):
                return replace(plain, read_data=self.value or plain.read_data)
            case (Key.SIGN, "signature") if not self.value or STROKES.fullmatch(self.value):
                return replace(plain, strokes=self.value or plain.strokes)
            case _:
                return None


def steps(m: Moment, request: Request, conduct: Conduct) -> list[tuple[float, str]]:
    """The steps of a request whose customer acts at this moment, replacing those it had."""
    kept = [s for s in request.steps if s[1] not in STEPS_OF_A_CUSTOMER]
    leaves = conduct.customer is Customer.LEAVES
    new = [(m.now, "leave")] if leaves else acting(m, conduct)
    return sorted([*kept, *new], key=lambda step: step[0])


# -- for a request to come ------------------------------------------------------------------------


def plan(m: Moment, reader: str, press: Press) -> None:
    """Plan this key: the customer of the reader's next request that it fits presses it."""
    said = {"reader": reader, "key": press.key, "value": press.value, "changes": dict(press.changes or {})}
    m.books.keep(_PLANNED, f"{m.books.count(_PLANNED):09d}", said)


def planned(m: Moment, reader: str) -> list[Press]:
    """What is still planned at a reader, in order."""
    return [press for _, press in _all(m, reader)]


def take_planned(m: Moment, request: Request) -> Conduct | None:
    """Remove and return what was planned for such a request."""
    for name, press in _all(m, request.reader):
        conduct = press.conduct(request)
        if conduct is not None:
            m.books.discard(_PLANNED, name)
            return conduct
    return None


def _all(m: Moment, reader: str) -> list[tuple[str, Press]]:
    kept = [(name, d) for name, d in m.books.named_documents(_PLANNED) if d["reader"] == reader]
    return [(name, Press(Key(d["key"]), d["value"], d["changes"])) for name, d in kept]
