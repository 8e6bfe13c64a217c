"""What `--dry-run` prints: the request that would be sent, without its secrets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pjterm.cli.context import Context
from pjterm.core.hints import command_line

if TYPE_CHECKING:
    from pjterm.core.model import Terminal
    from pjterm.core.request import RequestSpec
    from pjterm.core.sending.send_state import SendState

Form = list[tuple[str, str]]


def check_would_be_sent(context: Context, state: SendState) -> None:
    """Raise why the same line would send nothing, as far as the key, the limits and the original tell.

    No question is asked, and no request is made about what holds the reader.
    """
    from pjterm.core.guards import Pass, refusal
    from pjterm.core.sending.decide import Answer, Refuse, Report, Resolve, decide
    from pjterm.core.sending.send_guards import Others, compared_amount, first_stop
    from pjterm.core.sending.send_state import Before
    from pjterm.errors import GuardRefused
    from pjterm.values import replace

    journal, scope, key, now = context.journal, context.scope, state.sender.key, context.clock.now()
    journal.check_sound()
    elsewhere = [journal.aged(e, now) for e in journal.under_other_logins(scope, key)]
    state = replace(
        state.key_was_read(journal.by_key(scope, key), elsewhere),
        reader_asked=True, absent=frozenset(), before=Before(), others_asked=True,
    )  # fmt: skip
    match decide(state, now):
        case Refuse(finding):
            raise refusal(finding)
        case Report(entry) | Resolve(entry):
            says = f"key {key} was sent before ({entry.outcome or 'open'}), so nothing would be sent"
            raise GuardRefused(says, hint=f"see: {command_line('why', key)}", code="sent-before")
        case Answer(_, _, says):
            see = command_line(
                "transactions show", None if state.spec.original is None else state.spec.original.transaction_id
            )
            raise GuardRefused(f"{says}, so nothing would be sent", hint=f"see: {see}", code="done-before")
    amount, original = compared_amount(state), state.spec.original
    alike = [] if amount is None else [journal.aged(e, now) for e in journal.same_amount(scope, amount)]
    others = Others(about=() if original is None else tuple(journal.about(scope, original.transaction_id)))
    while state.stop is None and (stop := first_stop(state, others, alike, now)) is not None:
        asked = stop.passed_by is Pass.YES or (state.can_ask and stop.question is not None)
        state = state.answered_yes(stop) if asked else state.stopped(stop)
    if state.stop is not None:
        raise refusal(state.stop)


def print_dry_run(context: Context, spec: RequestSpec, place: Terminal, key: str | None) -> None:
    """What would be sent to the reader; no entry is written and no key used up."""
    from pjterm.core.request import invoice_number_for

    number = spec.invoice_number
    if number is None and key is not None:
        number = invoice_number_for(context.scope.login, key)
    unnumbered = number is None and spec.kind.is_money and not spec.kind.is_change
    print_request(
        context, spec.method, spec.path(place.smart_terminal_id), list(spec.form(place.terminal_id, number)), key,
        note="invoiceNumber=(made from the new key)" if unnumbered else None,
    )  # fmt: skip


def print_request(
    context: Context, method: str, path: str, form: Form, key: str | None = None, *, note: str | None = None
) -> None:
    """Method, URL and form; as text with a `note` of what is not known yet."""
    from pjterm.cli.shared.printing import json_text
    from pjterm.cli.streams import write_result
    from pjterm.core.text import harmless

    url = context.base_url.rstrip("/") + path
    context.ends()
    if context.format == "text":
        lines = [f"{method} {url}", *(f"  {name}={value}" for name, value in form)]
        if note is not None:
            lines.append(f"  {note}")
        write_result(context.stdout, "\n".join(harmless(line) for line in lines) + "\n")
        return
    sent = {
        "schema": "pjterm.dryrun/1", "method": method, "url": url, "form": _as_object(form),
        "profile": context.profile.name, "environment": context.profile.environment.value, "key": key,
    }  # fmt: skip
    write_result(context.stdout, json_text(context, sent))


def _as_object(form: Form) -> dict[str, str | list[str]]:
    """A form as JSON: a name that is repeated, or ends in `[]`, has a list."""
    values: dict[str, list[str]] = {}
    for name, value in form:
        values.setdefault(name, []).append(value)
    return {n: v if n.endswith("[]") or len(v) > 1 else v[0] for n, v in values.items()}
