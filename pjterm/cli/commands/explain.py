"""`explain`: a response code, an exit code or an outcome in plain words."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from pjterm.cli.context import Context
from pjterm.cli.frame import command
from pjterm.cli.shared import options as o
from pjterm.core.exit_codes import EXIT
from pjterm.core.model import Outcome
from pjterm.core.response_codes import CODES, SOURCES, ResponseCode, explained
from pjterm.errors import UsageFault

_EXITS: dict[int, tuple[str, str]] = {
    0: ("Done.", "Nothing."),
    1: ("A bug in pjterm.", "If money may have moved, find out: pjterm resume KEY. Else see: pjterm log"),
    2: ("The arguments or the configuration are wrong; nothing was sent.", "Correct the line and run it again."),
    3: ("A transaction was made and not approved; or a button other than --expect was pressed; or the sale was voided.",
        "See why: pjterm why KEY"),
    4: ("The credentials are missing or refused, the login may not do this, or the profile is unknown.",
        "Check them: pjterm doctor"),
    5: ("Proven to have ended without a result: nothing was charged.", "Run the same line again to try again."),
    6: ("The reader works on something else; this request will never run.", "Wait, then run the same line again."),
    7: ("The reader was not reached, and nothing was charged.", "Check its power and network; run the line again."),
    8: ("Your waiting ended, and the request still runs.", "See how it ends: pjterm resume KEY"),
    9: ("It is not known yet whether money moved. Do not charge again.", "Find out: pjterm resume KEY"),
    10: ("A guard of pjterm stopped it; nothing was sent.", "The message names what overrides it, if anything does."),
    11: ("PayJunction refused the request; its words are shown.", "Correct what it names, and run it again."),
    12: ("This command provably sent nothing.", "The same line is safe to run again."),
    13: ("A check found a difference.", "Look at what it names."),
    129: ("The terminal went away (SIGHUP); the request may go on.", "See how it ends: pjterm resume KEY"),
    130: ("Ctrl-C: cancelled and proven, or you stopped watching.", "See: pjterm why KEY"),
    143: ("Ended by SIGTERM; the request may go on.", "See how it ends: pjterm resume KEY"),
}  # fmt: skip

OURS = "pjterm itself (pjterm help exit-codes)"


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
    exit_code = _exit_of(word)
    if exit_code is not None:
        means, todo = _EXITS[exit_code]
        outcomes = [o.value for o, c in EXIT.items() if c == exit_code]
        see = f"pjterm explain {exit_code:02d}" if f"{exit_code:02d}" in CODES else None
        item = {"exitCode": exit_code, "outcomes": outcomes, "means": means, "todo": todo, "source": OURS, "see": see}
        head = f"exit {exit_code}" + (f" ({', '.join(outcomes)})" if outcomes else "")
        lines = [f"{head}: {means}", f"  what to do  {todo}", f"  source      {OURS}"]
        also = [] if see is None else [f"  see also    PayJunction's response code {exit_code:02d}: {see}"]
        print_item(context, "explain", item, [*lines, *also])
        return
    raise UsageFault(
        f"unknown code {code!r}: no page of PayJunction names it, and pjterm has no such exit code or outcome",
        hint="after a decline with an unknown code, take another card; the known codes: pjterm explain",
    )


def _exit_of(word: str) -> int | None:
    """An exit code by its number, or by its outcome's name."""
    text = word.lower().removeprefix("exit-").removeprefix("exit")
    if text in {o.value for o in Outcome}:
        return EXIT[Outcome(text)]
    return int(text) if text.isascii() and text.isdigit() and int(text) in _EXITS else None


def _item(c: ResponseCode) -> dict[str, Any]:
    return {
        "code": c.code, "means": c.means, "approved": c.approved, "whoseMove": c.whose, "sameCardAgain": c.again.value,
        "todo": c.todo, "say": c.say, "source": SOURCES[c.source], "see": _same_number(c),
    }  # fmt: skip


def _same_number(c: ResponseCode) -> str | None:
    """The command that explains the exit code of the same number, where there is one."""
    is_one = c.code.isdigit() and int(c.code) in _EXITS
    return f"pjterm explain exit-{int(c.code)}" if is_one else None


def _code_lines(c: ResponseCode) -> list[str]:
    see = _same_number(c)
    also = [] if see is None else [f"  see also         exit code {int(c.code)} of pjterm: {see}"]
    return [
        f"{c.code}: {c.means}",
        f"  whose move       {c.whose}",
        f"  same card again  {c.again.value}",
        f"  what to do       {c.todo}",
        f"  say (ours)       {c.say}",
        f"  source           {SOURCES[c.source]}",
        *also,
    ]
