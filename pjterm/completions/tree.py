"""The command tree as the generators see it: names, one line of help each, and possible values."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum

from pjterm.values import dataclass, field


class Asks(StrEnum):
    """A list that the script gets from pjterm while the user types; the argument of `completions values`."""

    PROFILES = "profiles"
    TERMINALS = "terminals"


@dataclass(frozen=True, slots=True)
class Value:
    """What an option's value or an argument may be: fixed words, names to ask pjterm for, a file, or anything."""

    metavar: str
    words: tuple[str, ...] = ()
    asks: Asks | None = None
    file: bool = False

    @property
    def is_free(self) -> bool:
        """Whether nothing can be offered."""
        return not (self.words or self.asks or self.file)


@dataclass(frozen=True, slots=True)
class Option:
    """An option: all its spellings (`-t`, `--terminal`), its help, and its value unless it is a flag."""

    names: tuple[str, ...]
    help: str
    value: Value | None = None
    many: bool = False

    @property
    def long(self) -> tuple[str, ...]:
        """The spellings with two dashes."""
        return tuple(n for n in self.names if n.startswith("--"))

    @property
    def short(self) -> tuple[str, ...]:
        """The spellings with one dash."""
        return tuple(n for n in self.names if not n.startswith("--"))


@dataclass(frozen=True, slots=True)
class Argument:
    """A positional argument; the last one may take all words that follow."""

    value: Value
    many: bool = False


@dataclass(frozen=True, slots=True)
class Branch:
    """A command, or a group of commands; the root is the program itself."""

    name: str
    help: str
    options: tuple[Option, ...] = ()
    arguments: tuple[Argument, ...] = ()
    commands: tuple[Branch, ...] = field(default=())


def walk(root: Branch) -> Iterator[tuple[str, Branch]]:
    """The root and every command below it, with its path (`""`, `profiles`, `profiles use`)."""
    yield from _walk("", root)


def _walk(path: str, branch: Branch) -> Iterator[tuple[str, Branch]]:
    yield path, branch
    for command in branch.commands:
        yield from _walk(f"{path} {command.name}".lstrip(), command)


def values_by_option(root: Branch) -> list[tuple[str, list[tuple[str, Value]]]]:
    """For each spelling whose value can be completed: the values by path, or by `*` if all commands agree."""
    found: dict[str, list[tuple[str, Value]]] = {}
    for path, branch in walk(root):
        for option in branch.options:
            for name in option.names if option.value is not None else ():
                assert option.value is not None
                found.setdefault(name, []).append((path, option.value))
    return [(name, _agreed(uses)) for name, uses in sorted(found.items()) if _offers(uses)]


def _offers(uses: list[tuple[str, Value]]) -> bool:
    return any(not value.is_free for _, value in uses)


def _agreed(uses: list[tuple[str, Value]]) -> list[tuple[str, Value]]:
    offered = {(value.words, value.asks, value.file) for _, value in uses}
    if len(offered) == 1:
        return [("*", uses[0][1])]
    return [(path, value) for path, value in uses if not value.is_free]


def offered_options(branch: Branch) -> tuple[str, ...]:
    """The spellings worth offering: the long ones, and short ones without a long form."""
    return tuple(n for option in branch.options for n in (option.long or option.short))


def valued_options(branch: Branch) -> tuple[str, ...]:
    """All spellings that take the next word as their value."""
    return tuple(n for option in branch.options if option.value is not None for n in option.names)


def common_options(root: Branch) -> tuple[Option, ...]:
    """The options that every command has, in the root's order."""
    branches = [branch for _, branch in walk(root)]
    return tuple(o for o in root.options if all(o in b.options for b in branches))
