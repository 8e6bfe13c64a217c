"""`journal`: check this machine's record, back it up, continue with a damaged one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pjterm.cli.context import Context
from pjterm.cli.frame import command, group
from pjterm.cli.shared import options as o
from pjterm.core.text import counted
from pjterm.errors import CheckFailed, UsageFault

if TYPE_CHECKING:
    from pjterm.journal.audit import Audit

UNPROVEN = (
    "not provable here: what was written before the chain began, a whole state directory put back from a copy, and "
    "what a program wrote that continues the chain itself; pjterm reconcile compares with what PayJunction has booked"
)


def register(app: typer.Typer) -> None:
    """Add the commands to the tree."""
    journal = group("Check and back up this machine's record.")
    command(journal, "verify")(verify)
    command(journal, "backup")(backup)
    command(journal, "accept")(accept)
    app.add_typer(journal, name="journal")


def verify(context: Context) -> None:
    """Check the journal against its hash chain, from its first entry to now.

    Each row that another program changed, removed or added is named, and so is a missing end. Exit 0 when all is
    whole, else 13. Nothing is changed and nothing sent.

    Example:

      pjterm journal verify
    """
    from pjterm.cli.shared.printing import print_item
    from pjterm.journal.faults import UPDATE, is_newer
    from pjterm.journal.repair import examine

    _check_begun(context)
    audit, damage = examine(context.journal.file)
    print_item(context, "journal", _item(context, audit, damage), _lines(context, audit, damage))
    context.notice(UNPROVEN)
    if damage:
        until = "it is accepted as it is: pjterm journal accept"
        context.error_line(f"  Nothing is sent until {f'you {UPDATE}' if is_newer(damage) else until}")
        raise typer.Exit(CheckFailed.exit_code)


def backup(
    context: Context,
    file: Annotated[Path, o.argument("FILE", "Where it goes; an existing file is not replaced.")],
) -> None:
    """Write a whole copy of the journal into one file, at any time.

    Of what customers typed or swiped it has the last two characters, as the journal has after a day.
    Exit 13 where the journal is damaged, and so is its copy: keep the copies from before.
    To use it elsewhere, put it into the state directory as journal.sqlite, then: pjterm journal accept

    Example:

      pjterm journal backup journal-2026-11-22.sqlite
    """
    from pjterm.cli.shared.printing import print_item
    from pjterm.cli.shared.signature import check_place
    from pjterm.journal import repair

    _check_begun(context)
    target = file.expanduser().absolute()
    check_place(target, "FILE")
    damage = repair.backup(context.journal.file, target)
    print_item(context, "journal", {"path": str(target)}, [str(target)], changed=True)
    if damage:
        for line in damage:
            context.error_line(f"  {line}")
        context.error_line(
            "  This is a copy of a damaged journal: keep the copies from before. See: pjterm journal verify"
        )
        raise typer.Exit(CheckFailed.exit_code)


def accept(context: Context, yes: Annotated[bool, o.flag("-y, --yes", "Do not ask.")] = False) -> None:
    """Go on with a journal that is damaged, cut, gone or an old copy, as it is now.

    Until then every money command is refused: what was sold may not be in it anymore, and the same sale could be
    charged again. What can be read is kept; what cannot is set aside, never deleted.

    Example:

      pjterm journal accept
    """
    from pjterm.cli.shared.printing import print_item
    from pjterm.journal import repair

    _check_begun(context)
    audit, damage = repair.examine(context.journal.file)
    if not damage:
        print_item(context, "journal", _item(context, audit, damage), ["the journal is whole; nothing to accept"])
        return
    for line in damage:
        context.error_line(f"  {line}")
    context.error_line(f"  {_unknown(audit, damage)}")
    context.confirm_or_refuse("Go on with this journal as it is?", "the journal was not accepted", yes=yes)
    aside = repair.accept(context.journal.file, context.clock.now())
    lines = ["accepted" + ("" if aside is None else f"; the old journal is {aside}")]
    item = _item(context, *repair.examine(context.journal.file)) | {"setAside": None if aside is None else str(aside)}
    print_item(context, "journal", item, lines, changed=True)


def _check_begun(context: Context) -> None:
    if not context.journal.was_begun():
        raise UsageFault(f"there is no journal yet: {context.journal.path}", hint="the first sale begins it")


def _unknown(audit: Audit | None, damage: tuple[str, ...]) -> str:
    from pjterm.journal.faults import UPDATE, is_newer

    if audit is None:
        better = f"It may be whole: rather {UPDATE}. Once it is accepted, n" if is_newer(damage) else "N"
        return (
            f"{better}othing of it can be read: which sales are paid, open or unknown is not known here anymore. "
            "See pjterm transactions list"
        )
    return (
        "What the named rows said is not known anymore: such a sale may be paid, and would be charged again. "
        "See pjterm transactions list"
    )


def _item(context: Context, audit: Audit | None, damage: tuple[str, ...]) -> dict[str, Any]:
    marks = [] if audit is None else audit.marks
    began: dict[str, Any] = marks[0] if marks else {}
    return {
        "path": str(context.journal.path),
        "whole": not damage,
        "entries": None if audit is None else audit.entries,
        "facts": None if audit is None else audit.facts,
        "links": None if audit is None else audit.links,
        "beganAt": began.get("began"),
        "takenOver": began.get("takenOver"),
        "accepted": [{"at": m["accepted"], "found": m.get("found", [])} for m in marks if "accepted" in m],
        "damage": list(damage),
    }


def _lines(context: Context, audit: Audit | None, damage: tuple[str, ...]) -> list[str]:
    from pjterm.journal.faults import is_newer
    from pjterm.ui.moments import recorded

    lines = [f"{'not readable' if is_newer(damage) else 'damaged'}: {line}" for line in damage]
    if audit is None:
        return lines
    for mark in audit.marks:
        if "accepted" in mark:
            at = recorded(str(mark["accepted"]), context.zone)
            lines += [f"accepted {at}: {said}" for said in mark.get("found", [])]
        elif "takenOver" in mark:
            old = mark["takenOver"]
            entries = counted(int(old.get("entries", 0)), "entry")
            at = recorded(str(mark["began"]), context.zone)
            lines.append(f"taken over {at}: {entries} of an older pjterm")
    state = "damaged" if damage else "whole"
    counts = ", ".join((counted(audit.entries, "entry"), counted(audit.facts, "fact"), counted(audit.links, "link")))
    return [*lines, f"{state}: {context.journal.path}, {counts}"]
