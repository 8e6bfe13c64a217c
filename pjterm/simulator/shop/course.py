"""The course of a request at its reader: steps and their times, fixed when it is accepted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pjterm.simulator.shop.inventory import Reader
from pjterm.simulator.shop.moment import Moment
from pjterm.simulator.shop.rows import Request
from pjterm.simulator.shop.scenarios import Brand, CardEntry, Conduct, Customer, Device

MANUAL_TIMEOUT = 120.0  # how long a reader waits for a key (guess), not scaled
BOOKS = (Customer.PAYS, Customer.DECLINED)
"""After which acts there is something to book."""
FOR_GOOD = 1e15  # a time that never comes


def conduct_for(m: Moment, at: Reader, kind: str) -> Conduct:
    """The conduct that the scenario has for a request, or the default one, where all goes well."""
    for number, rule in enumerate(m.setting.scenario.rules):
        if rule.terminal in (None, at.name) and kind in rule.kinds:
            seen = m.books.count(f"rule:{m.setting.scenario.name}:{number}")
            if rule.nth in (None, seen):
                return rule.conduct
    return Conduct()


def course(m: Moment, at: Reader, c: Conduct) -> list[tuple[float, str]]:
    """The steps of a request accepted now."""

    def after(seconds: float) -> float:
        return m.now + m.setting.scaled(seconds)

    connected = c.connecting + (c.word_lasts if c.word else 0.0)
    steps = [(after(c.connecting), "word")] if c.word else []
    steps.append((after(connected), "reach"))
    if (waits := m.books.manual_until(at.id)) > m.now:
        return [*steps, (m.now + MANUAL_TIMEOUT, "leave")] if waits < FOR_GOOD else steps
    if c.customer is Customer.LEAVES:
        return [*steps, (after(c.times_out), "leave")]
    if c.card_in:
        steps.append((after(max(connected, c.acts - c.card_in)), "card"))
    return [*steps, *acting(m.at(after(max(connected, c.acts))), c)]


def acting(m: Moment, c: Conduct) -> list[tuple[float, str]]:
    """The steps of a customer who acts now, to the end."""
    return [(m.now, "act"), *((m.now + m.setting.scaled(s), what) for s, what in _ending(c))]


def _ending(c: Conduct) -> list[tuple[float, str]]:
    """The steps after the customer's act, in seconds from it."""
    second = has_second(c)
    done = c.second_acts if second else 0.0
    steps = [(done, "second")] if second else []
    steps.append((done + c.completes, "end"))
    if c.booked and last_act(c) in BOOKS:
        return [*steps, (done + c.completes + c.booked, "book")]
    return [*steps, (done + c.completes + c.late, "late")] if c.late else steps


def has_second(c: Conduct) -> bool:
    """Whether the customer tries another card, after a decline."""
    return c.second is not None and c.customer is Customer.DECLINED


def last_act(c: Conduct) -> Customer:
    """What the customer does in the end: with the second card, if there is one."""
    return c.second if c.second is not None and has_second(c) else c.customer


def conduct_of(request: Request) -> Conduct:
    """What was decided for a request when it was accepted."""
    kept: dict[str, Any] = request.conduct
    return Conduct(**worded(kept))


def worded(kept: Mapping[str, Any]) -> dict[str, Any]:
    """Fields of a `Conduct` that were stored as JSON, with their enums restored."""
    words = {name: kind(kept[name]) for name, kind in _WORDS.items() if kept.get(name) is not None}
    return dict(kept) | words


_WORDS = {"device": Device, "customer": Customer, "second": Customer, "entry": CardEntry, "brand": Brand}
