"""What to type next, as lines of text: a command ends its line, after a colon or alone, so that it can be pasted.

A remark precedes the command, or has a line of its own. `Usage: pjterm …` shows a pattern, which is not pasted.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from shlex import quote
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pjterm.core.entry import Entry, Scope

_COMMAND = r"(?m)pjterm (?:(?<=^pjterm )|(?<=: pjterm )(?<!Usage: pjterm )).+$"  # compiled only for an error's words
PASS_YES = "pass --yes"
"""The hint for what requires confirmation; it is printed as the whole line that was typed, with that option."""
_LONGEST = 400
"""Characters of the longest line worth repeating: a longer one probably has a text to sign."""
_READS_STDIN = r" --(terms-file[ =]-|secrets-stdin)( |$)"
_PROFILE = r" (-p|--profile)[ =]"
_OF_NO_PROFILE = r"pjterm (help|profiles|explain|schema|log)\b|.* --help$"


_TAKES_A_KEY = r"(resume|why|cancel|void|requests)\b"


def command_line(words: str, name: object = None, *options: str) -> str:
    """`pjterm WORDS NAME OPTIONS`, quoted for a shell; a name that looks like an option follows `--`.

    A transaction is named by a number: text, also of digits, is a sale's key where the command takes either.
    """
    if isinstance(name, str) and re.match(_TAKES_A_KEY, words):
        name = by_key(name)
    found = ["pjterm", words, *options]
    if name is not None and str(name).startswith("-"):
        found += ["--", quote(str(name))]
    elif name is not None:
        found.insert(2, quote(str(name)))
    return " ".join(found)


def command_about(words: str, entry: Entry, scope: Scope | None, *options: str) -> str:
    """The same about an entry. Names the entry's profile unless `scope` is its login; None always names it."""
    return command_line(words, entry.key, *options, *([] if entry.scope == scope else ["-p", quote(entry.profile)]))


def by_key(key: str) -> str:
    """A sale's key as it names nothing else: `key:10082` where the digits alone may be a transaction's."""
    return f"key:{key}" if key.isdigit() else key


def option(name: str, value: object) -> str:
    """`--over KEY`, quoted for a shell; a value that looks like an option is tied to it: `--over=-5`."""
    said = quote(str(value))
    return f"{name}={said}" if str(value).startswith("-") else f"{name} {said}"


def option_words(name: str, value: str | None) -> list[str]:
    """The same as words of a command line, not quoted yet; none without a value."""
    if value is None:
        return []
    return [f"{name}={value}"] if value.startswith("-") else [name, value]


def typed_line(argv: Sequence[str]) -> str | None:
    """A line that can be pasted as it is shown; None for a long one, and for what no screen shows as it is.

    Pasted, the first row of a text with a line break would be a command of its own, and a line that reads its stdin
    would read something else.
    """
    line = " ".join(map(quote, ["pjterm", *argv]))
    reads = re.search(_READS_STDIN, line) is not None
    return line if len(line) <= _LONGEST and line.isprintable() and not reads else None


def with_options(argv: Sequence[str], *options: str) -> list[str]:
    """The same line with these options, too: before a `--`, which ends the options."""
    end = argv.index("--") if "--" in argv else len(argv)
    return [*argv[:end], *options, *argv[end:]]


def confirmed(argv: Sequence[str]) -> str:
    """What to type when confirmation was required: the same line with `--yes`."""
    line = typed_line(with_options(argv, "--yes"))
    return PASS_YES if line is None else f"to do it without being asked: {line}"


def with_id(argv: Sequence[str], name: str, number: int) -> list[str]:
    """The same line about a transaction's id in place of the name that was typed for it, its last one."""
    words, said = list(argv), str(number)
    for n, word in reversed(list(enumerate(words))):
        if word == name or word.endswith(f"={name}"):
            words[n] = word.removesuffix(name) + said
            break
    return words


def commands(text: str) -> list[str]:
    """The commands in a text, at most one per line."""
    return re.findall(_COMMAND, text)


def parted(line: str) -> tuple[str, str]:
    """A line's remark and the command that ends it; both may be empty."""
    found = re.search(_COMMAND, line.lstrip(" "))
    at = len(line) if found is None else len(line) - len(found[0])
    return line[:at], line[at:]


def for_profile(text: str, profile: str | None, is_gone: Callable[[str], bool] | None = None) -> str:
    """The text, with its commands addressed to this profile if they name none, and what they do depends on it.

    A profile that is not there anymore is not named.
    """

    def address(found: re.Match[str]) -> str:
        line, named = found[0], re.search(_PROFILE + r"(\S+)", found[0])
        if named is not None and is_gone is not None and is_gone(named[2]):
            line = line.replace(named[0], "", 1)
        elif named is not None:
            return line
        if profile is None or re.match(_OF_NO_PROFILE, line):
            return line
        line, dashes, name = line.partition(" -- ")
        return f"{line} -p {quote(profile)}{dashes}{name}"

    return re.sub(_COMMAND, address, text)
