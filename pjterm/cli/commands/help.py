"""`help`: the help of a command, or a topic: the Markdown files of `pjterm.help`."""

from __future__ import annotations

from importlib.resources import files
from typing import Annotated, Any

import typer

from pjterm.cli.context import Context
from pjterm.cli.frame import command
from pjterm.cli.shared import options as o
from pjterm.cli.streams import write_result
from pjterm.errors import UsageFault

ROOT_TOPICS = ("options", "topics")
"""Topics that are made of the program itself."""


def register(app: typer.Typer) -> None:
    """Add the command to the tree."""
    command(app, "help")(help_)


def help_(
    context: Context,
    words: Annotated[list[str] | None, o.argument("[COMMAND|TOPIC]", "What about; without it, everything.")] = None,
) -> None:
    """Show the help of a command, or a topic.

    `pjterm help topics` lists what there is to read. On a terminal a long topic opens in your pager.

    Examples:

      pjterm help charge

      pjterm help exit-codes
    """
    from pjterm.cli.help_page import page_width, root_page

    words = words or []
    name = " ".join(words)
    if context.format != "text":
        _as_json(context, name)
    elif not words:
        write_result(context.stdout, root_page(page_width()))
    elif len(words) == 1 and words[0] in topics():
        _show(context, _with_command(words[0]))
    else:
        write_result(context.stdout, page(words))


def topics() -> dict[str, str]:
    """The topics by name, each with its title, in the order of their names."""
    found = sorted(f.name for f in files("pjterm.help").iterdir() if f.name.endswith(".md"))
    return {name.removesuffix(".md"): _title(name.removesuffix(".md")) for name in found}


def topic(name: str) -> str:
    """A topic's Markdown."""
    return (files("pjterm.help") / f"{name}.md").read_text("utf-8")


def _title(name: str) -> str:
    return topic(name).splitlines()[0].lstrip("# ")


def _with_command(name: str) -> str:
    """A topic's Markdown, and where a command has its name, how to read about that."""
    from pjterm.cli.catalog import ROWS

    return topic(name) + (f"\nThe command of this name: `pjterm {name} --help`\n" if name in ROWS else "")


def page(words: list[str]) -> str:
    """The page of a command, of the common options, or the list of topics."""
    from pjterm.cli.help_page import command_page, options_page, page_width

    width = page_width()
    if words == ["topics"]:
        return _topic_list(width)
    if words == ["options"]:
        return options_page(_found(["help"])[0], width)
    return command_page(*_found(words), width)


def _found(words: list[str]) -> tuple[Any, str]:
    """A command of the tree and its path."""
    from pjterm.cli.app import tree
    from pjterm.cli.catalog import ROWS
    from pjterm.cli.did_you_mean import MEANT, near

    if len(words) > 1 and words[0] in (*topics(), *ROOT_TOPICS) and words[0] not in ROWS:
        raise UsageFault(f"unexpected {words[1]!r}: a topic is one page", hint=f"See: pjterm help {words[0]}")
    if words[0] not in ROWS:
        found = near(words[0], [*ROWS, *topics(), *ROOT_TOPICS], 2)
        found = [MEANT[words[0]]] if words[0] in MEANT else found
        said = f": did you mean {' or '.join(found)}?" if found else ""
        raise UsageFault(f"no command or topic {words[0]!r}{said}", hint="See: pjterm help topics")
    command, path = typer.main.get_command(tree(words)), ["pjterm"]
    for word in words:
        below = getattr(command, "commands", {})
        if word not in below:
            said = f"{' '.join(path[1:])} has no command {word!r}"
            raise UsageFault(said, hint=f"See: {' '.join(path)} --help")
        command, path = below[word], [*path, word]
    return command, " ".join(path)


def _topic_list(width: int) -> str:
    from pjterm.ui.fitting import fold

    rows = {"options": "The options of every command", **topics()}
    lines = [x for name, title in rows.items() for x in fold(f"  {name:<14}{title}", width, 16)]
    return "\n".join(["Topics, each shown by pjterm help TOPIC:", "", *lines]) + "\n"


def _show(context: Context, text: str) -> None:
    """A topic: laid out on a terminal, in the pager where it is longer than the window; as it is in a pipe."""
    if not context.stdout_is_terminal:
        write_result(context.stdout, text)
        return
    from pjterm.ui.markdown import laid_out, paged

    shown = laid_out(text, context.stdout, context.environ)
    if not paged(shown, context.stdout, context.environ, ask=context.can_ask()):
        write_result(context.stdout, shown)


def _as_json(context: Context, name: str) -> None:
    from pjterm.cli.shared.printing import print_item, print_list

    if name in ("", "topics"):
        items = [{"name": n, "title": title} for n, title in topics().items()]
        print_list(context, "help", items, ("NAME", "TITLE"), ())
        return
    text = _with_command(name) if name in topics() else page(name.split())
    print_item(context, "help", {"name": name, "text": text}, ())
