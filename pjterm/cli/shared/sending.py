"""Send one request: from the options typed to the result printed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, NoReturn

from pjterm.cli.context import Context
from pjterm.cli.shared.options import Sending, note_place, seller, typed_reader, where
from pjterm.core.hints import command_line
from pjterm.errors import GuardRefused, NotProven, PjtermError, UsageFault

if TYPE_CHECKING:
    from pjterm.cli.shared.session import Session
    from pjterm.core.entry import Entry
    from pjterm.core.model import Kind, Terminal
    from pjterm.core.request import RequestSpec
    from pjterm.core.sending.send_state import Options
    from pjterm.core.typed import Typed
    from pjterm.flow.results import Resolution

Prepare = Callable[[], "tuple[RequestSpec, Terminal]"]
"""Looks up what is sent and where it goes."""


def submit(
    context: Context,
    spec: RequestSpec,
    sending: Sending,
    *,
    text: str | None = None,
    save: str | None = None,
    another_card: bool = False,
) -> None:
    """Send a request to a reader."""
    from pjterm.core.typed import Typed

    typed = Typed(
        spec.kind, spec, spec.amount, spec.total, invoice=spec.invoice_number, terminal=sending.terminal,
        smart_terminal_id=typed_reader(context, sending.terminal), account=sending.account,
    )  # fmt: skip
    send(
        context, typed, lambda: (spec, where(context, sending.terminal, sending.account)), sending, text=text,
        save=save, another_card=another_card,
    )  # fmt: skip


def send(
    context: Context,
    typed: Typed,
    prepare: Prepare,
    sending: Sending,
    *,
    text: str | None = None,
    save: str | None = None,
    another_card: bool = False,
) -> None:
    """Send what was typed once, follow it, print it, exit. The key decides before anything is looked up."""
    from pjterm.cli.shared import session
    from pjterm.core.guards import Limits
    from pjterm.core.sending.send_state import Sender, begin

    context.signals.install()
    _note_typed(context, sending)
    profile, options = context.profile, _options(sending, another_card)  # without a profile, that is the first word
    limits = Limits(profile.max_amount, profile.confirm_above)
    if sending.dry_run:
        from pjterm.cli.shared.dry_run import check_would_be_sent, print_dry_run

        sender = Sender(context.scope, profile.name, sending.key or context.new_key(), _seller(context, sending))
        spec, place = prepare()
        state = begin(spec, typed, sender, place, options, limits, context.clock.now(), can_ask=context.can_ask())
        check_would_be_sent(context, state)
        print_dry_run(context, spec, place, sending.key)
        return
    context.journal.check_sound()
    entry, answers = _what_the_key_says(context, typed, options)
    by = None
    with _after_earlier_try(entry):
        if not answers:
            by = _seller(context, sending)
            _check_trust(context)
        spec, place = (_spec_of(typed), entry.terminal) if entry is not None and answers else prepare()
    key = sending.key or context.new_key()
    context.asked["key"] = key
    note_place(context, place)
    header = session.header_of(
        context, spec.kind, _at(typed, place), key=key, text=text, at_reader=typed.original_id is None,
        buttons=tuple(value for name, value in spec.fields if name == "buttons[]"), **_money(spec),
    )  # fmt: skip
    about = session.request_line(context, spec, place, key)
    with _after_earlier_try(entry), session.session(context, header, via=sending.via, **about) as made:
        state = begin(
            spec, typed, Sender(context.scope, profile.name, key, by), place, options, limits, context.clock.now(),
            can_ask=made.can_ask(), prepared=not answers,
        )  # fmt: skip
        resolution = made.flow.submission(made, context.will_send).run(state)
        if entry is not None and entry.may_have_been_taken:
            from pjterm.cli.shared import result

            resolution = result.with_next_step(resolution)
        _finish(made, typed.kind, resolution, save)


def _note_typed(context: Context, sending: Sending) -> None:
    """Note what later steps of this command need of its command line."""
    context.timeout, context.sent_by = sending.timeout, context.typed
    context.asked |= {"key": sending.key}


def _seller(context: Context, sending: Sending) -> str | None:
    """Who sells; raises what is wrong with the settings, which a key that answers does not need."""
    if context.wrong_default is not None:
        raise context.wrong_default
    return seller(context, sending.by)


def _check_trust(context: Context) -> None:
    from pjterm.cli.shared import trust

    trust.check_settings(context)
    trust.check_simulator(context)


def _finish(made: Session, kind: Kind, resolution: Resolution, save: str | None) -> NoReturn:
    """Print how it ended; what prints a verdict is loaded only now, after the POST."""
    from pjterm.cli.shared import result
    from pjterm.core.model import Kind

    if kind is not Kind.SIGNATURE:
        result.finish(made, resolution)
    from pjterm.cli.shared import signature

    image = signature.signature_image(made, resolution, save)
    file = signature.save_signature(made, resolution, image, save)
    result.finish(made, resolution, signature_file=file, picture=image)


def _what_the_key_says(context: Context, typed: Typed, options: Options) -> tuple[Entry | None, bool]:
    """The entry of the key, and whether it answers by itself; raises `GuardRefused` if it stops the command."""
    key = options.key
    if key is None:
        return None, False
    from pjterm.core.guards import refusal
    from pjterm.core.sending.decide import Refuse, Report, by_the_key

    entry = context.journal.by_key(context.scope, key)
    now, journal = context.clock.now(), context.journal
    elsewhere = [journal.aged(e, now) for e in journal.under_other_logins(context.scope, key)]
    step = by_the_key(typed, entry, elsewhere, now, another_card=options.another_card)
    if isinstance(step, Refuse):
        raise refusal(step.finding)
    if isinstance(step, Report):
        context.signals.arm()  # what is known is reported, whatever signal comes
    if entry is not None and entry.may_have_been_taken:
        context.will_send()
        context.asks_of_earlier = True
    return entry, step is not None


@contextmanager
def _after_earlier_try(entry: Entry | None) -> Iterator[None]:
    """Inside this block, no error may read as "nothing was started": an earlier try may have been taken."""
    try:
        yield
    except (GuardRefused, NotProven):
        raise
    except UsageFault as fault:
        if entry is None or not entry.may_have_been_taken:
            raise
        raise GuardRefused(fault.message, hint=fault.hint, code=fault.code) from fault
    except PjtermError as error:
        if entry is None or not entry.may_have_been_taken:
            raise
        raise NotProven(
            f"key {entry.key} was sent before ({entry.outcome or 'open'}), and what became of that could not be looked "
            f"up now: {error.message}",
            hint=f"this command sent nothing; look again: {command_line('resume', entry.key)}",
        ) from error


def _spec_of(typed: Typed) -> RequestSpec:
    from pjterm.core.request import RequestSpec

    return typed.spec or RequestSpec(typed.kind, amount=typed.amount, total=typed.total, target="")


def _options(sending: Sending, another_card: bool) -> Options:
    from pjterm.core.plan import Until
    from pjterm.core.sending.send_state import Options

    return Options(
        key=sending.key,
        timeout=sending.timeout,
        wait=not sending.no_wait,
        until=Until(sending.until),
        wait_busy=sending.wait_busy,
        force=sending.force,
        over=tuple(sending.over or ()),
        yes=sending.yes,
        cancel_on_timeout=sending.cancel_on_timeout,
        another_card=another_card,
    )


def _money(spec: RequestSpec) -> dict[str, str | None]:
    """The whole amount requested, and its parts."""
    from pjterm.core import parts
    from pjterm.core.model import Kind
    from pjterm.core.money import Money, dollars

    whole = spec.amount if spec.total is None else spec.total
    if spec.kind is Kind.TIP and whole is not None:  # 0 removes it; the original's parts are not the tip's
        return {"amount": dollars(whole)}
    if not whole:  # nothing is left to give back
        return {}
    stated = {} if spec.original is None else dict(parts.of(spec.original))  # what is not stated goes back, too
    stated |= {name: Money(value) for name, value in spec.fields if name.startswith("amount")}
    return {"amount": dollars(whole), "parts": parts.consists_of(stated)}


def _at(typed: Typed, place: Terminal) -> str | None:
    if typed.original_id is not None:
        return f"transaction {typed.original_id}"
    return place.label
