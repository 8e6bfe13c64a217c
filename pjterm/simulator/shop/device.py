"""The life of a request at the reader, as discrete events whose times are fixed when it is accepted.

    reach   the service finds the device: IN_PROGRESS, or BUSY, or (unplugged) later `lost`
    word    an undocumented status is shown
    card    the card is in: too late for /main
    act     the customer is done: a transaction is booked, a label pressed, the red X pressed
    end     the device is free again: COMPLETE with what is shown
    late    a result that was held back appears
    lost    NO_CONNECTION
    leave   nobody came: COMPLETE without result

`advance` performs all steps that are due, over all readers in the order of their times, each at its
own time. So it does not matter how seldom, or by which process, it is called.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any

from pjterm.simulator.shop import ledger, webhooks
from pjterm.simulator.shop.books import Request
from pjterm.simulator.shop.inventory import Reader, reader
from pjterm.simulator.shop.moment import Moment
from pjterm.simulator.shop.scenarios import Conduct, Customer, Device

MANUAL_TIMEOUT = 120.0  # a person at the keyboard gets this long (guess), not scaled
READ_FIELD = "trackData"  # the name of request-read's result is documented nowhere (guess)


def accept(
    m: Moment, at: Reader, kind: str, form: Mapping[str, str], buttons: list[str], version: str
) -> Request:
    """Take a request: from here on it lives, whoever is watching."""
    conduct = _conduct_for(m, at, kind)
    request = Request(
        id=m.books.uuid(), reader=at.id, kind=kind, version=version, accepted=m.now, form=dict(form),
        buttons=buttons, conduct=asdict(conduct), steps=_course(m, at, conduct),
    )  # fmt: skip
    m.books.save(request)
    webhooks.request_changed(m, request)
    return request


def _conduct_for(m: Moment, at: Reader, kind: str) -> Conduct:
    for number, rule in enumerate(m.setting.scenario.rules):
        if rule.terminal in (None, at.name) and kind in rule.kinds:
            seen = m.books.count(f"rule:{m.setting.scenario.name}:{number}")
            if rule.nth in (None, seen):
                return rule.conduct
    return Conduct()


def _course(m: Moment, at: Reader, c: Conduct) -> list[tuple[float, str]]:
    def after(seconds: float) -> float:
        return m.now + m.setting.scaled(seconds)

    connected = c.connecting + (c.word_lasts if c.word else 0.0)
    steps = [(after(c.connecting), "word")] if c.word else []
    steps.append((after(connected), "reach"))
    if m.books.manual_until(at.id) > m.now:
        return [*steps, (m.now + MANUAL_TIMEOUT, "leave")]
    if c.customer is Customer.LEAVES:
        return [*steps, (after(c.times_out), "leave")]
    if c.card_in:
        steps.append((after(max(connected, c.acts - c.card_in)), "card"))
    act = max(connected, c.acts)
    steps += [(after(act), "act"), (after(act + c.completes), "end")]
    return [*steps, (after(act + c.completes + c.late), "late")] if c.late else steps


def advance(m: Moment) -> None:
    """Perform everything that is due by now."""
    while (request := m.books.next_due(m.now)) is not None:
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


def _made_free(m: Moment, request: Request) -> bool:
    """Whether the device is free, interrupting what runs if this request asks for that (BUSY)."""
    for other in m.books.open_on(request.reader):
        if other.holds and other.id != request.id:
            if not _interrupts(request) or not _end_by_force(m, other):
                return False
            m.books.save(other)
    return True


def _interrupts(request: Request) -> bool:
    """Before 2018-06-19 a payment interrupts unless told not to; from then on only when told to."""
    said = request.form.get("interruptBusyTerminal")
    if said or request.kind not in ("payment", "refund"):
        return said == "true"
    return request.version < "2018-06-19"


def _word(m: Moment, request: Request) -> None:
    _show(m, request, str(request.conduct["word"]))


def _card(_m: Moment, request: Request) -> None:
    request.card_in = True


def _act(m: Moment, request: Request) -> None:
    conduct = conduct_of(request)
    if conduct.customer is Customer.CANCELS:
        _red_x(request)
    else:
        produce(m, request)
        if not conduct.late and request.ended is None:
            reveal(m, request)


def _red_x(request: Request) -> None:
    """Before 2019-07-30 leaving the payment screen was told to nobody: IN_PROGRESS for ever (POLL old)."""
    if request.kind in ("payment", "refund") and request.version < "2019-07-30":
        abandon(request)


def abandon(request: Request) -> None:
    """The device is free, and the status never says so."""
    request.holds, request.steps = False, []


def produce(m: Moment, request: Request) -> None:
    """What the customer did becomes a fact of the books; showing it is another matter."""
    conduct = conduct_of(request)
    match request.kind:
        case "payment" | "refund":
            record = ledger.book(m, _order(m, request, conduct), request)
            request.outcome = {"transactionId": record["transactionId"]}
        case "signature":
            request.outcome = {"signatureId": m.books.bytes16().hex()}
            m.books.sign(request.outcome["signatureId"], m.now)
        case "prompt":
            label = conduct.button if conduct.button in request.buttons else request.buttons[0]
            request.outcome = {"promptButton": label}
        case "input":
            request.outcome = {"inputValue": conduct.input_value}
        case _:
            request.outcome = {READ_FIELD: conduct.read_data}


def _order(m: Moment, request: Request, conduct: Conduct) -> ledger.Order:
    form = request.form
    asked = form.get("showSignaturePrompt")
    return ledger.Order(
        action="REFUND" if request.kind == "refund" else "CHARGE",
        form=form,
        card=ledger.Card(_card_number(m, request), conduct.pin_debit),
        service="SMART_TERMINAL",
        method="KEYED" if form.get("keyed") else "CHIP",
        decline=conduct.code if conduct.customer is Customer.DECLINED else None,
        tip=conduct.tip if form.get("allowTips") == "true" else None,
        signed=asked == "true" or (not asked and m.setting.guesses.signature_by_default),
    )


def _card_number(m: Moment, request: Request) -> str:
    if m.setting.scenario.same_card:
        at = reader(request.reader)
        return at.card if at is not None else ""
    return f"44443333{m.books.count('cards'):08d}"


def reveal(m: Moment, request: Request) -> None:
    """Poll and webhook show the result from now on."""
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
    """An end state: the device is free; only a held-back result may still come."""
    request.holds, request.ended = False, m.now
    request.steps = [s for s in request.steps if s[1] == "late"] if status == "COMPLETE" else []
    _show(m, request, status)


def to_main(m: Moment, at: Reader) -> None:
    """POST /main: whatever runs on the device ends; a card already in is still processed (PM)."""
    for request in m.books.open_on(at.id):
        if request.holds or (_is_connecting(request) and m.setting.guesses.main_ends_connecting):
            _end_by_force(m, request)
            m.books.save(request)


def _is_connecting(request: Request) -> bool:
    return any(what == "reach" for _, what in request.steps)


def _end_by_force(m: Moment, request: Request) -> bool:
    """End a request from outside. False: the card is in, it goes on."""
    if request.card_in and not request.outcome:
        return _hide(m, request) if request.conduct["main_hides"] else False
    if request.version < "2018-06-19" and not request.outcome:
        abandon(request)
        return True
    _finish(m, request, "COMPLETE")
    return True


def _hide(m: Moment, request: Request) -> bool:
    """A bare COMPLETE now; the payment is booked at its time and appears then."""
    steps = [s for s in request.steps if s[1] == "act"]
    _finish(m, request, "COMPLETE")
    request.steps = [*steps, *((when, "late") for when, _ in steps)]
    return True


def conduct_of(request: Request) -> Conduct:
    """What was decided for a request when it was accepted."""
    kept: dict[str, Any] = request.conduct
    return Conduct(**kept | {"device": Device(kept["device"]), "customer": Customer(kept["customer"])})


_STEPS: dict[str, Callable[[Moment, Request], None]] = {
    "reach": _reach, "word": _word, "card": _card, "act": _act, "end": _end, "late": reveal, "lost": _lost,
    "leave": _end,
}  # fmt: skip
