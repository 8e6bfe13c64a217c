"""Help is part of the feature: it says what happens at the reader, and its examples work as pasted."""

from __future__ import annotations

import inspect
import itertools
import shlex
from collections.abc import Iterator
from typing import Any

import pytest
import typer.main

from pjterm.cli.app import tree

COMMON = ("--profile", "--output", "--json", "--quiet", "--verbose", "--version", "--help")


def commands(node: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, Any]]:
    children = getattr(node, "commands", None)
    if children is None:
        yield " ".join(path), node
        return
    for name, child in children.items():
        if not child.hidden:
            yield from commands(child, (*path, name))


ALL = dict(commands(typer.main.get_command(tree([]))))


def examples(command: Any) -> list[str]:
    """The lines of the docstring that are set in: what may be pasted."""
    text = inspect.cleandoc(command.callback.__doc__ or "")
    return [line.strip() for line in text.splitlines() if line.startswith("  ")]


def shown(name: str, command: Any) -> str:
    width = {"terminal_width": 80, "max_content_width": 80}
    context = command.make_context(f"pjterm {name}", [], resilient_parsing=True, **width)
    return str(command.get_help(context))


@pytest.mark.parametrize("name", ALL)
def test_every_command_shows_an_example_that_80_columns_do_not_break(name: str) -> None:
    text = shown(name, ALL[name])

    assert examples(ALL[name]), f"{name} shows no example"
    for example in examples(ALL[name]):
        assert f"    {example}\n" in text + "\n", f"{name}: the example is wrapped: {example}"


def typed(example: str) -> list[str]:
    """The words after `pjterm`, up to what belongs to the shell again."""
    words = shlex.shlex(example[example.index("pjterm ") :], posix=True, punctuation_chars=True)
    words.whitespace_split = True
    return list(itertools.takewhile(lambda word: word[0] not in "|&;<>()", itertools.islice(words, 1, None)))


@pytest.mark.parametrize("name", ALL)
def test_every_example_types_this_command_with_what_it_takes(name: str) -> None:
    """The command line's own parser reads it, which opens nothing."""
    path = name.split()
    for example in examples(ALL[name]):
        words = typed(example)
        context = ALL[name].make_context(f"pjterm {name}", words[len(path) :])

        assert words[: len(path)] == path
        assert context.args == [], example


@pytest.mark.parametrize("name", ALL)
def test_every_command_takes_the_common_options_and_says_what_each_option_does(name: str) -> None:
    options = {flag: p for p in ALL[name].params for flag in getattr(p, "opts", [])}

    assert not [flag for flag in COMMON if flag not in options and flag != "--help"]
    assert not [flag for flag, p in options.items() if not p.help]
