"""`explain`: a response code, an exit code or an outcome in plain words."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from pjterm.cli.context import Context
from pjterm.cli.frame import command
from pjterm.cli.shared import options as o
from pjterm.core.exit_codes import EXIT
from pjterm.core.meanings import EXITS, HELD, OUTCOMES, Meaning
from pjterm.core.model import Outcome
from pjterm.core.response_codes import CODES, SOURCES, ResponseCode, explained
from pjterm.errors import UsageFault


def register(app: typer.Typer) -> None:
    """Add the command to the tree."""
    command(app, "explain")(explain)


def explain(
    context: Context,
    code: Annotated[
        str | None, o.argument("[CODE]", "A response code (05, FA), an exit code (9) or an outcome (unknown).")
    ] = None,
) -> None:
    """Say what a code means and what to do about it.

    Whose move it is, whether the same card may be tried again, what to tell the customer, and where that is from.
    One digit is an exit code of pjterm, two characters are a response code of PayJunction (exit codes from 10 on:
    exit-10). Without a code all response codes are listed.

    Examples:

      pjterm explain 05

      pjterm explain exit-10

      pjterm explain unknown
    """
    from pjterm.cli.shared.printing import print_item, print_list

    if code is None:
        items = [_item(c) for c in CODES.values()]
        rows = [(c.code, c.means, c.whose, c.again.value) for c in CODES.values()]
        print_list(context, "explain", items, ("CODE", "MEANS", "WHOSE MOVE", "SAME CARD AGAIN"), rows)
        return
    word = code.strip()
    known = explained(word)
    if known is not None:
        print_item(context, "explain", _item(known), _code_lines(known))
        return
    ours = _ours(word.lower())
    if ours is not None:
        print_item(context, "explain", *ours)
        return
    raise UsageFault(
        f"unknown code {code!r}: no page of PayJunction names it, and pjterm has no such exit code or outcome",
        hint="after a decline with an unknown code, take another card; the known codes: pjterm explain",
    )


def _ours(word: str) -> tuple[dict[str, Any], list[str]] | None:
    """What pjterm itself calls so: an outcome, a held payment or an exit code; its JSON and its lines."""
    if word in ("hold", "held"):
        return _explained(EXIT[Outcome.APPROVED], [Outcome.APPROVED], HELD, "approved, held")
    if word in {o.value for o in OUTCOMES}:
        outcome = Outcome(word)
        return _explained(EXIT[outcome], [outcome], OUTCOMES[outcome], word)
    if len(word) == 2 and word.isdigit() and word.startswith("0"):  # a response code, which no page names
        return None
    text = word.removeprefix("exit-").removeprefix("exit")
    number = EXIT[Outcome(text)] if text in {o.value for o in Outcome} else int(text) if _is_number(text) else None
    if number not in EXITS:
        return None
    return _explained(number, [o for o, c in EXIT.items() if c == number], EXITS[number])


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 9  # Python reads no more than 4300 digits


def _explained(
    number: int, outcomes: list[Outcome], m: Meaning, name: str | None = None
) -> tuple[dict[str, Any], list[str]]:
    named, source = [o.value for o in outcomes], f"pjterm itself (pjterm help {m.topic})"
    see = f"pjterm explain {number:02d}" if name is None and f"{number:02d}" in CODES else None
    item = {
        "exitCode": number, "outcomes": named, "means": m.means, "whoseMove": m.whose, "sameCardAgain": m.again,
        "todo": m.todo, "say": m.say, "source": source, "see": see,
    }  # fmt: skip
    head = f"exit {number}" + (f" ({', '.join(named)})" if named else "") if name is None else f"{name} (exit {number})"
    also = None if see is None else f"PayJunction's response code {number:02d}: {see}"
    return item, _lines(f"{head}: {m.means}", (m.whose, m.again, m.todo, m.say, source, also))


def _item(c: ResponseCode) -> dict[str, Any]:
    return {
        "code": c.code, "means": c.means, "approved": c.approved, "whoseMove": c.whose, "sameCardAgain": c.again.value,
        "todo": c.todo, "say": c.say, "source": SOURCES[c.source], "see": _same_number(c),
    }  # fmt: skip


def _same_number(c: ResponseCode) -> str | None:
    """The command that explains the exit code of the same number, where there is one."""
    is_one = c.code.isdigit() and int(c.code) in EXITS
    return f"pjterm explain exit-{int(c.code)}" if is_one else None


def _code_lines(c: ResponseCode) -> list[str]:
    see = _same_number(c)
    also = None if see is None else f"exit code {int(c.code)} of pjterm: {see}"
    return _lines(f"{c.code}: {c.means}", (c.whose, c.again.value, c.todo, c.say, SOURCES[c.source], also))


def _lines(head: str, values: tuple[str | None, ...]) -> list[str]:
    """What it means, and below it what is known of the rest."""
    labels = ("whose move", "same card again", "what to do", "say (ours)", "source", "see also")
    said = zip(labels, values, strict=True)
    return [head, *(f"  {label:<15}  {value}" for label, value in said if value is not None)]
