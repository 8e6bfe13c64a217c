"""The life of a request at the reader, as events whose times are fixed when it is accepted.

reach   the service finds the device: IN_PROGRESS, or BUSY, or (unplugged) later `lost`
word    an undocumented status is shown
card    the card is in: too late for /main
act     the customer is done: a transaction is booked, a label pressed, the red X pressed; nothing while unplugged
second  after a decline, the customer's second card: another transaction on the same request
end     the device is free again: COMPLETE with what is shown
book    the transaction is booked only now
late    a result that was held back appears
lost    NO_CONNECTION
leave   the customer never came: COMPLETE without result
reset   another till returns the reader to its idle screen
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from pjterm.simulator.shop import keys, outcome, webhooks
from pjterm.simulator.shop.course import (
    BOOKS,
    MANUAL_TIMEOUT,
    acting,
    conduct_for,
    conduct_of,
    course,
    has_second,
    last_act,
)
from pjterm.simulator.shop.inventory import Reader, reader
from pjterm.simulator.shop.moment import Moment
from pjterm.simulator.shop.rows import Request
from pjterm.simulator.shop.scenarios import PAYMENTS, Act, Conduct, Customer, Device, Till
from pjterm.values import asdict, replace


def accept(m: Moment, at: Reader, kind: str, form: Mapping[str, str], buttons: list[str], version: str) -> Request:
    """Accept a request; from now on it runs by itself."""
    conduct = conduct_for(m, at, kind)
    request = _made(m, at, kind, form, conduct, version)
    request.buttons, request.steps = buttons, course(m, at, conduct)
    if kind in PAYMENTS:
        _meet_the_others(m, at, request)
    m.books.save(request)
    webhooks.request_changed(m, request)
    return request


def _made(m: Moment, at: Reader, kind: str, form: Mapping[str, str], conduct: Conduct, version: str) -> Request:
    return Request(
        id=m.books.uuid(), reader=at.id, kind=kind, version=version, accepted=m.now, form=dict(form),
        buttons=[], conduct=asdict(conduct), steps=[],
    )  # fmt: skip


def _meet_the_others(m: Moment, at: Reader, request: Request) -> None:
    """What the scenario's other tills do with the reader during this payment."""
    for number, till in enumerate(m.setting.scenario.tills):
        if till.terminal not in (None, at.name):
            continue
        seen = m.books.count(f"rule:{m.setting.scenario.name}:till:{number}")
        if till.nth not in (None, seen):
            continue
        when = m.now + m.setting.scaled(till.after)
        if till.does is Act.RESET:
            request.steps = sorted([*request.steps, (when, "reset")])
        else:
            _charge_elsewhere(m.at(when), at, till, request)


def _charge_elsewhere(m: Moment, at: Reader, till: Till, beside: Request) -> None:
    """Another till's payment: it holds the reader from now on, and succeeds."""
    form = {"amountBase": till.amount or beside.form["amountBase"], "terminalId": beside.form["terminalId"]}
    conduct = Conduct(connecting=0.0)
    theirs = _made(m, at, "payment", form, conduct, beside.version)
    theirs.elsewhere = True
    theirs.steps = [(m.now, "reach"), *acting(m.at(m.now + m.setting.scaled(conduct.acts)), conduct)]
    m.books.save(theirs)
    webhooks.request_changed(m, theirs)


def step(m: Moment, request: Request) -> None:
    """Perform the next step of a request, at its own time."""
    when, what = request.steps.pop(0)
    _STEPS[what](m.at(when), request)
    m.books.save(request)


def _reach(m: Moment, request: Request) -> None:
    conduct = conduct_of(request)
    if conduct.device is Device.UNPLUGGED or not m.books.plugged(request.reader):
        gives_up = request.accepted + m.setting.scaled(conduct.gives_up)
        request.steps = [(max(m.now, gives_up), "lost")]
    elif conduct.device is Device.BUSY or not _made_free(m, request):
        _finish(m, request, "BUSY")
    else:
        request.holds = True
        _show(m, request, "IN_PROGRESS")
        _meet_whom_was_planned(m, request)


def _meet_whom_was_planned(m: Moment, request: Request) -> None:
    """Apply a key that was pressed before its reader showed anything; that customer takes as long as any other."""
    conduct = None if request.elsewhere else keys.take_planned(m, request)
    if conduct is not None:
        request.conduct = asdict(conduct)
        acts = max(m.now, request.accepted + m.setting.scaled(conduct.acts))
        request.steps = keys.steps(m.at(acts), request, conduct)


def _made_free(m: Moment, request: Request) -> bool:
    """Whether the reader is idle, after interrupting what runs if this request asks for that (BUSY)."""
    for other in m.books.open_on(request.reader):
        if other.holds and other.id != request.id:
            if not _interrupts(request) or not _end_by_force(m, other):
                return False
            m.books.save(other)
    return True


def _interrupts(request: Request) -> bool:
    """Before 2018-06-19 a payment interrupts unless it says not to; since then only if it says so."""
    said = request.form.get("interruptBusyTerminal")
    if said or request.kind not in PAYMENTS:
        return said == "true"
    return request.version < "2018-06-19"


def _word(m: Moment, request: Request) -> None:
    _show(m, request, str(request.conduct["word"]))


def _card(_m: Moment, request: Request) -> None:
    request.card_in = True


def _act(m: Moment, request: Request) -> None:
    conduct = conduct_of(request)
    if not m.books.plugged(request.reader):
        request.steps = [(m.now + MANUAL_TIMEOUT, "leave")]
    elif conduct.customer is Customer.CANCELS:
        _red_x(request)
    elif not conduct.booked or has_second(conduct):
        outcome.produce(m, request, conduct)
        if not conduct.late and request.ended is None:
            reveal(m, request)


def _second(m: Moment, request: Request) -> None:
    """The customer tries another card; its result replaces the decline on the same request."""
    conduct = conduct_of(request)
    if last_act(conduct) in BOOKS and not conduct.booked and m.books.plugged(request.reader):
        outcome.produce(m, request, replace(conduct, customer=last_act(conduct)))
        reveal(m, request)


def _book(m: Moment, request: Request) -> None:
    """Book a payment whose request has already ended without a result."""
    conduct = conduct_of(request)
    outcome.produce(m, request, replace(conduct, customer=last_act(conduct)))
    if not conduct.silent:
        reveal(m, request)


def _reset(m: Moment, request: Request) -> None:
    at = reader(request.reader)
    if at is not None and request.ended is None:
        m.books.save(request)
        to_main(m, at)
        _take_over(request, m.books.request(request.id))


def _take_over(request: Request, changed: Request | None) -> None:
    """Take over the state that this request was given in the books meanwhile."""
    if changed is not None:
        for name in ("status", "holds", "ended", "steps", "result", "outcome"):
            setattr(request, name, getattr(changed, name))


def _red_x(request: Request) -> None:
    """Before 2019-07-30 no status said that the payment screen was left: it stays IN_PROGRESS (old POLL)."""
    if request.kind in PAYMENTS and request.version < "2019-07-30":
        abandon(request)


def abandon(request: Request) -> None:
    """The reader is idle, but the status never says so."""
    request.holds, request.steps = False, []


def reveal(m: Moment, request: Request) -> None:
    """Let polls and webhooks show the result from now on."""
    request.result = dict(request.outcome)
    _show(m, request, request.status)


def _end(m: Moment, request: Request) -> None:
    _finish(m, request, "COMPLETE")


def _lost(m: Moment, request: Request) -> None:
    _finish(m, request, "NO_CONNECTION")


def _show(m: Moment, request: Request, status: str) -> None:
    request.status = status
    webhooks.request_changed(m, request)


def _finish(m: Moment, request: Request, status: str) -> None:
    """Reach an end state: the reader is idle; only a late result or booking of what the customer did may still come."""
    request.holds, request.ended = False, m.now
    acted = status == "COMPLETE" and not any(what == "act" for _, what in request.steps)
    request.steps = [s for s in request.steps if s[1] in ("late", "book")] if acted else []
    _show(m, request, status)


def to_main(m: Moment, at: Reader) -> None:
    """POST /main: whatever runs on the reader ends; a card already in is still processed (PM)."""
    for request in m.books.open_on(at.id):
        if request.holds or (_is_connecting(request) and m.setting.guesses.main_ends_connecting):
            _end_by_force(m, request)
            m.books.save(request)


def _is_connecting(request: Request) -> bool:
    return any(what in ("reach", "lost") for _, what in request.steps)


def _end_by_force(m: Moment, request: Request) -> bool:
    """End a request from outside; return False if the card is in, so that it goes on."""
    if request.card_in and not request.outcome:
        return _hide(m, request) if request.conduct["main_hides"] else False
    if request.version < "2018-06-19" and not request.outcome:
        abandon(request)
        return True
    _finish(m, request, "COMPLETE")
    return True


def _hide(m: Moment, request: Request) -> bool:
    """Show a bare COMPLETE now; the payment is booked in due time and appears then."""
    steps = [s for s in request.steps if s[1] in ("act", "book")]
    _finish(m, request, "COMPLETE")
    later = request.conduct.get("silent") or request.conduct.get("booked")
    request.steps = [*steps, *([] if later else [(when, "late") for when, _ in steps])]
    return True


_STEPS: dict[str, Callable[[Moment, Request], None]] = {
    "reach": _reach, "word": _word, "card": _card, "act": _act, "second": _second, "end": _end, "book": _book,
    "late": reveal, "lost": _lost, "leave": _end, "reset": _reset,
}  # fmt: skip
