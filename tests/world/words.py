"""What every failure must say: what is wrong, what was not done, and the next thing to type.

Each command that any history runs is held to it, so whatever provokes a message checks its words too.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from pjterm.cli.catalog import ROWS, Effect, typed_command

UNDONE = re.compile(r"[Nn]othing (was|is|has been)|sent nothing|was not|is refused|did not ask|not (sent|changed)")
SENTENCE = re.compile(r"Nothing was (sent|changed)( by this command)?[.;]")
COMMAND = re.compile(r"(?<=: )pjterm(?: -{1,2}[a-z-]+)* ([a-z][a-z-]*)")
BEFORE_ANYTHING = (2, 4, 10, 12)
NOT_DONE = (3, 5, 6, 7, 8, 9)
TELL_ONLY = ("status", "terminals", "why")
"""Commands whose exit code tells of something, and that are no failure."""
DATED = re.compile(r"nobody said|needs a yes|say it with", re.I)
"""What people do not understand at once."""


def faults(argv: Sequence[str], code: int, err: str) -> list[str]:
    """What is wrong with the words of a command that ended so; nothing where it has to say nothing."""
    found = []
    if DATED.search(err):
        found.append("old words")
    if code in BEFORE_ANYTHING and _says_so(argv):
        found += _refusal(argv, err)
    if code in NOT_DONE and _says_so(argv) and typed_command(list(argv)) not in TELL_ONLY:
        told = [line for line in err.splitlines() if line.strip()]
        of_all = list(argv[:1]) == ["resume"] and all(w.startswith("-") for w in argv[1:2])  # several results
        if not any("pjterm " in line for line in (told if of_all else told[-1:])):
            found.append("no next command in the last line")
    found += [f"there is no command {word!r}" for word in COMMAND.findall(err) if word not in ROWS]
    return found


def _says_so(argv: Sequence[str]) -> bool:
    return not {"-q", "--quiet"} & set(argv)


def _refusal(argv: Sequence[str], err: str) -> list[str]:
    lines = err.splitlines()
    head = next((n for n, line in enumerate(lines) if line.startswith("pjterm: ")), None)
    if head is None:
        return []  # told another way: a result that was there already
    row = ROWS.get(typed_command(list(argv)) or "")
    found = []
    if (row is None or row.effect is not Effect.READS) and not UNDONE.search(err):
        found.append("what was not done")
    if not SENTENCE.sub("", " ".join(lines[head + 1 :])).strip(" .;"):
        found.append("what to type next")
    return found
