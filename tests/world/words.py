"""What every failure must say: what is wrong, what was not done, and the next thing to type.

Each command in any history is checked, so whatever provokes a message checks its wording too.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from functools import cache
from typing import Any

import typer

from pjterm.cli.catalog import ROWS, typed_command
from pjterm.core.hints import commands
from pjterm.errors import PjtermError, UsageFault
from tests.world.trees import tree_of

UNDONE = re.compile(r"[Nn]othing (was|is|has been)|sent nothing|was not|is refused|did not ask|not (sent|changed)")
SENTENCE = re.compile(r"Nothing was (sent|changed)( by this command)?[.;]")
PLACEHOLDER = re.compile(r"[A-Z]{2,}|N|.*(://HOST|…).*|(FILE|PATH)\..*")
"""A placeholder for a value that the user must supply."""
BEFORE_ANYTHING = (2, 4, 10, 12)
SEVERAL = re.compile(r" (?<=[01] )(?<![\w.,:$-]. )(?!less|was|is|has)[a-z]{2,}s\b")
"""One of several, or none of them: `0 was` may follow a key, as in `till-0 was sent`."""
NAMES = re.compile(r" (?:till-\d+-\d+|K\d+|made-[0-9a-f]{10})(i?)(?=[ \n]|$)")
"""Keys that histories generate: what can be pasted with one can be pasted with all."""
NOT_DONE = (3, 5, 6, 7, 8, 9)
TELL_ONLY = ("status", "terminals", "why")
"""Commands whose exit code reports something that is no failure."""
DATED = ("nobody said", "needs a yes", "say it with")
"""Words that people do not understand at once."""


def faults(argv: Sequence[str], code: int, err: str, out: str = "") -> list[str]:
    """What is wrong with the wording of a command's result; nothing if it has nothing to say."""
    said = out + err
    found = [f"{said[several.start() - 1 : several.end()]!r}" for several in SEVERAL.finditer(said)]
    if any(words in err.lower() for words in DATED):
        found.append("old words")
    if code in BEFORE_ANYTHING and _says_so(argv):
        found += _refusal(argv, err)
    if code in NOT_DONE and _says_so(argv) and typed_command(list(argv)) not in TELL_ONLY:
        lines = [line for line in err.splitlines() if line.strip()]
        of_all = list(argv[:1]) == ["resume"] and all(w.startswith("-") for w in argv[1:2])  # several results
        if not any(commands(line) for line in (lines if of_all else lines[-1:])):
            found.append("no next command in the last line")
    return [*found, *(wrong for command in commands(err) if (wrong := cannot_be_pasted(command)))]


def cannot_be_pasted(command: str) -> str | None:
    """What prevents a command from being typed as printed: trailing text, a placeholder, a wrong word."""
    return _cannot_be_pasted(NAMES.sub(r" K1\g<1>", command))


@cache
def _cannot_be_pasted(command: str) -> str | None:
    try:
        words = shlex.split(command)[1:]
    except ValueError as error:
        return f"{command!r}: {error}"
    if any(PLACEHOLDER.fullmatch(word) for word in words):
        return f"{command!r}: a placeholder"
    if re.search(r" {2,}|[);,.]$| (or|then|and)\b(?=[^'\"]*$)", command):
        return f"{command!r}: a remark behind it"
    try:
        _parse([word for word in words if word != "--help"], partly="--help" in words)
    except (typer.TyperException, PjtermError) as error:
        return f"{command!r}: {error}"
    return None


def _parse(words: list[str], *, partly: bool) -> None:
    """Read a line as pjterm does, without running it; `partly`: it may be incomplete, since its help is requested."""
    command: Any = tree_of(words)
    rest = words
    for n, word in enumerate(words):
        if word not in getattr(command, "commands", {}):
            break
        command, rest = command.commands[word], words[n + 1 :]
    if hasattr(command, "commands") and rest and not rest[0].startswith("-"):
        raise UsageFault(f"there is no command {rest[0]!r}")
    command.make_context("pjterm", rest, resilient_parsing=partly)


def _says_so(argv: Sequence[str]) -> bool:
    return not {"-q", "--quiet"} & set(argv)


def _refusal(argv: Sequence[str], err: str) -> list[str]:
    lines = err.splitlines()
    head = next((n for n, line in enumerate(lines) if line.startswith("pjterm: ")), None)
    if head is None:
        return []  # reported differently: a result that existed already
    row = ROWS.get(typed_command(list(argv)) or "")
    found = []
    if (row is None or row.undone) and not UNDONE.search(err):
        found.append("what was not done")
    if not SENTENCE.sub("", " ".join(lines[head + 1 :])).strip(" .;"):
        found.append("what to type next")
    return found
