"""What `--dry-run` prints: the request that would be sent, without its secrets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pjterm.cli.context import Context

if TYPE_CHECKING:
    from pjterm.core.model import Terminal
    from pjterm.core.request import RequestSpec

Form = list[tuple[str, str]]


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
