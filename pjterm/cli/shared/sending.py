"""Send one request: from the options typed to the result printed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pjterm.cli.context import Context

if TYPE_CHECKING:
    from pjterm.cli.context import Context
    from pjterm.core.model import Terminal
    from pjterm.core.request import RequestSpec
from pjterm.cli.shared.options import Sending, where


def submit(
    context: Context,
    ask: RequestSpec,
    sending: Sending,
    *,
    place: Terminal | None = None,
    text: str | None = None,
    save: str | None = None,
    another_card: bool = False,
) -> None:
    """Resolve where it goes (unless `place` says it), submit it once, follow it, print it, exit."""
    from pjterm.cli.shared import result, session
    from pjterm.core.guards import Limits
    from pjterm.core.money import dollars
    from pjterm.core.plan import Until
    from pjterm.core.send_state import Options, Sender, begin

    amount = None if ask.amount is None else dollars(ask.amount)
    context.timeout = sending.timeout
    context.asked = {"kind": ask.kind, "amount": amount, "key": sending.key}
    context.names_earlier = sending.key is not None
    place = place or where(context, sending.terminal, sending.account)
    context.asked |= {
        "terminal_name": place.name,
        "smart_terminal_id": place.smart_terminal_id,
        "terminal_id": place.terminal_id,
    }
    options = Options(
        key=sending.key,
        timeout=sending.timeout,
        wait=not sending.no_wait,
        until=Until(sending.until),
        wait_busy=sending.wait_busy,
        force=sending.force,
        over=sending.over,
        yes=sending.yes,
        cancel_on_timeout=sending.cancel_on_timeout,
        another_card=another_card,
    )
    if sending.dry_run:
        print_dry_run(context, ask, place, sending.key)
        return
    profile = context.profile
    generated = sending.key or context.new_key()
    context.asked["key"] = generated
    header = session.header_of(
        context, ask.kind, _at(ask, place), amount=_in_all(ask) or amount, key=generated, text=text,
        at_reader=ask.original is None,
    )  # fmt: skip
    about = session.request_line(context, ask, place, generated)
    with session.session(context, header, via=sending.via, **about) as made:
        state = begin(
            ask, Sender(context.scope, profile.name, generated), place, options,
            Limits(profile.max_amount, profile.confirm_above), context.clock.now(), can_ask=made.can_ask(),
        )  # fmt: skip
        standing = made.flow.submission(made, context.will_send).run(state)
        image, file = None, None
        if ask.kind.value == "signature":
            from pjterm.cli.shared import signature

            image = signature.signature_image(made, standing, save)
            file = signature.save_signature(made, standing, image, save)
        result.finish(made, standing, signature_file=file, picture=image)


def _in_all(ask: RequestSpec) -> str | None:
    """What a linked refund gives back, all amounts together."""
    from pjterm.core.money import dollars

    return None if ask.original is None or ask.total is None else dollars(ask.total)


def _at(ask: RequestSpec, place: Terminal) -> str | None:
    if ask.original is not None:
        return f"transaction {ask.original.transaction_id}"
    return place.name or place.smart_terminal_id


def print_dry_run(context: Context, ask: RequestSpec, place: Terminal, key: str | None) -> None:
    """What would be sent: method, URL and form, no secrets; no entry is written and no key used up."""
    from pjterm.cli.streams import write
    from pjterm.core.model import Kind
    from pjterm.core.request import invoice_number_for
    from pjterm.core.text import harmless, one_line

    number = ask.invoice_number
    if number is None and key is not None:
        number = invoice_number_for(context.scope.login, key)
    url = context.base_url.rstrip("/") + ask.path(place.smart_terminal_id)
    form = list(ask.form(place.terminal_id, number))
    if context.format == "text":
        lines = [f"{ask.method} {url}", *(f"  {name}={value}" for name, value in form)]
        if number is None and ask.kind.is_money and ask.kind is not Kind.VOID:
            lines.append("  invoiceNumber=(made from the new key)")
        write(context.stdout, "\n".join(harmless(line) for line in lines) + "\n")
        return
    sent = {
        "schema": "pjterm.dryrun/1",
        "method": ask.method,
        "url": url,
        "form": as_object(form),
        "profile": context.profile.name,
        "environment": context.profile.environment.value,
        "key": key,
    }
    write(context.stdout, one_line(sent) + "\n")


def as_object(form: list[tuple[str, str]]) -> dict[str, str | list[str]]:
    """A form as JSON: a name that comes more than once, or ends in `[]`, has a list."""
    values: dict[str, list[str]] = {}
    for name, value in form:
        values.setdefault(name, []).append(value)
    return {n: v if n.endswith("[]") or len(v) > 1 else v[0] for n, v in values.items()}
