"""`schema`: what is printed as JSON, and what is read from files, as JSON Schema."""

from __future__ import annotations

from typing import Annotated

import typer

from pjterm.cli.context import Context
from pjterm.cli.frame import command
from pjterm.cli.shared import options as o
from pjterm.cli.streams import write_result
from pjterm.errors import UsageFault


def register(app: typer.Typer) -> None:
    """Add the command to the tree."""
    command(app, "schema")(schema)


def schema(
    context: Context,
    name: Annotated[str | None, o.argument("[NAME]", "Which one; without it they are listed.")] = None,
) -> None:
    """The JSON Schema of what is printed.

    And of the files that are read, in JSON Schema 2020-12. It says which keys are always there; later versions may
    add keys, and take none away.

    Examples:

      pjterm schema

      pjterm schema result > result.schema.json
    """
    import json

    from pjterm.cli.shared.printing import json_text, print_list
    from pjterm.schemas import catalog

    if name is None:
        items = [{"name": n, "title": title} for n, title in catalog.names().items()]
        print_list(context, "schema", items, ("NAME", "TITLE"), [(i["name"], i["title"]) for i in items])
        return
    found = catalog.schema(name)
    if found is None:
        raise UsageFault(f"there is no schema {name!r}", hint=f"one of: {', '.join(catalog.names())}")
    text = json.dumps(found, indent=2) + "\n" if context.format == "text" else json_text(context, found)
    write_result(context.stdout, text)
