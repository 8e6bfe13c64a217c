"""Help is part of the feature: groups on one screen, real widths, examples that work as pasted, useful references."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from typing import Any

import pytest
import typer.main

from pjterm.cli.app import tree
from pjterm.cli.catalog import GROUPS, ROWS, modules
from pjterm.cli.commands import help as help_
from pjterm.cli.did_you_mean import MEANT
from pjterm.cli.help_page import COMMON, COMMON_LINE, command_page, first_sentence, options_page, root_page
from pjterm.ui.fitting import cells
from tests.cli.till import Shop, Till

WIDTHS = (40, 79, 100)


def commands(node: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, Any]]:
    children = getattr(node, "commands", None)
    if children is None:
        yield " ".join(path), node
        return
    for name, child in children.items():
        if not child.hidden:
            yield from commands(child, (*path, name))


ROOT = typer.main.get_command(tree([]))
ALL = dict(commands(ROOT))
GROUPED = {name: c for name, c in ROOT.commands.items() if getattr(c, "commands", None)}  # type: ignore[attr-defined]


def examples(command: Any) -> list[str]:
    """The indented lines of the docstring: the examples to paste."""
    text = inspect.cleandoc(command.callback.__doc__ or "")
    return [line.strip() for line in text.splitlines() if line.startswith("  ")]


def page(name: str, width: int = 79) -> str:
    return command_page({**ALL, **GROUPED}[name], f"pjterm {name}", width)


# -- the root ------------------------------------------------------------------------------------------


def test_the_root_fits_80_columns_and_50_rows_and_cuts_nothing() -> None:
    text = root_page(79)

    assert max(map(cells, text.splitlines())) <= 79
    assert text.count("\n") <= 50
    assert not [row.summary for row in ROWS.values() if row.summary not in text]


@pytest.mark.parametrize("width", WIDTHS)
def test_the_root_names_every_group_and_command_at_any_width(width: int) -> None:
    text = root_page(width)

    assert all(title in text for title, _ in GROUPS)
    assert all(re.search(rf"\b{name}\b", text) for name in ROWS)
    assert max(map(cells, text.splitlines())) <= width


def test_every_command_is_in_one_group_with_the_first_sentence_of_its_help() -> None:
    shown = {n: c for n, c in ROOT.commands.items() if not c.hidden}  # type: ignore[attr-defined]

    said = {name: first_sentence(c.help or "") for name, c in shown.items()}

    assert said == {row.name: row.summary for row in ROWS.values()}
    assert sum(len(names) for names in modules().values()) == len(ROWS)


# -- each page -----------------------------------------------------------------------------------------


def test_every_command_shows_its_examples_unbroken() -> None:
    for name in ALL:
        text = page(name)

        assert examples(ALL[name]), f"{name} shows no example"
        for example in examples(ALL[name]):
            assert f"\n  {example}\n" in text
            assert cells(example) <= 77, example


def test_every_example_runs_this_command_or_pipes_into_it() -> None:
    for name in ALL:
        typed = re.compile(rf"pjterm {name}( |$|\))")

        assert [e for e in examples(ALL[name]) if not typed.search(e)] == []


@pytest.mark.parametrize("width", WIDTHS)
def test_only_examples_may_be_wider_than_the_window(width: int) -> None:
    for name in (*ALL, *GROUPED):
        lines = page(name, width).split("\nExamples:")[0].splitlines()

        assert [line for line in lines if cells(line) > width] == [], name


def test_placeholders_have_readable_names() -> None:
    for name in ALL:
        assert not re.search(r"<[a-z]+>|\[\d+<=|\bINTEGER\b|\bFLOAT\b|\bBOOLEAN\b", page(name)), name


def test_the_common_options_are_one_line_and_every_other_option_has_help() -> None:
    for name in ALL:
        text, own = page(name, 100), [p for p in ALL[name].params if p.name not in COMMON]

        assert COMMON_LINE in text, name
        assert "--quiet " not in text, name
        assert {p.name for p in ALL[name].params} >= set(COMMON), name
        assert [p.name for p in own if not p.help] == [], name


def test_the_common_options_are_documented_in_one_place() -> None:
    text = options_page(ALL["charge"], 79)

    for option in ("-p, --profile", "-o, --output text|json|ndjson", "--json", "-q", "-v", "--bell", "--version", "-h"):
        assert option in text


# -- as typed ------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def till(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Till]:
    root = tmp_path_factory.mktemp("help")
    with Shop(root / "shop") as shop:
        yield Till(root / "till", shop.url)


@pytest.mark.parametrize("line", [[], ["-h"], ["--help"], ["help"], ["-p", "till-1", "-h"], ["help", "--quiet"]])
def test_every_way_to_ask_for_help_shows_the_root_page(till: Till, line: list[str]) -> None:
    run = till.run(*line)

    assert (run.code, run.out) == (0, root_page(79))


@pytest.mark.parametrize("line", [["charge", "-h"], ["charge", "--help"], ["help", "charge"], ["charge", "5", "-h"]])
def test_every_way_to_ask_for_help_shows_a_command_s_page(till: Till, line: list[str]) -> None:
    run = till.run(*line)

    assert (run.code, run.out) == (0, page("charge"))


def test_a_group_shows_its_commands_and_help_reaches_into_it(till: Till) -> None:
    bare, deep = till.run("help", "profiles"), till.run("help", "profiles", "add")

    assert "set-secret" in bare.out
    assert deep.out == page("profiles add")


@pytest.mark.parametrize("name", GROUPED)
def test_a_bare_group_lists_or_shows_its_help(till: Till, name: str) -> None:
    """All groups behave alike, and the help says whether a bare group lists."""
    lists = "list" in GROUPED[name].commands
    bare, shown = till.run(name), till.run(*([name, "list"] if lists else [name, "--help"]))

    assert (bare.code, bare.out, bare.err) == (shown.code, shown.out, shown.err)
    assert ("[COMMAND]" in page(name)) == lists


@pytest.mark.parametrize("name", [name for name in help_.topics() if name in {**ALL, **GROUPED}])
def test_a_topic_named_like_a_command_says_how_to_read_the_command_s_help(till: Till, name: str) -> None:
    assert f"`pjterm {name} --help`" in till.run("help", name).out


def test_common_guesses_lead_to_an_existing_command() -> None:
    for word, meant in MEANT.items():
        command: Any = ROOT
        for part in [] if meant.startswith("-") else meant.split():
            command = command.commands[part]

        assert word not in ROWS
        assert command is not None
