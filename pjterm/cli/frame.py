"""The frame of every command: the options that all of them have, before the command and after it.

`command` wraps a plain function `f(context, ...)` for Typer: it adds the common options to its
signature and hands it a `Context` into which the options of every level were merged, the innermost
winning.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from dataclasses import dataclass, fields, is_dataclass
from enum import StrEnum
from typing import Annotated, Any, get_type_hints

import typer

from pjterm.cli.context import Context
from pjterm.errors import UsageFault

Command = Callable[..., None]


class Format(StrEnum):
    """What stdout gets."""

    TEXT = "text"
    JSON = "json"
    NDJSON = "ndjson"


@dataclass(frozen=True, slots=True)
class Common:
    """The options of every command, as far as they were given."""

    profile: str | None = None
    output: str | None = None
    quiet: bool = False
    verbose: bool = False
    kind: type[Context] = Context
    """What the context is made of; a test's launcher hands in its own."""

    def under(self, outer: Common | None) -> Common:
        """These options inside those of an outer level."""
        if outer is None:
            return self
        return Common(
            outer.profile if self.profile is None else self.profile,  # an empty one was given all the same
            self.output or outer.output,
            self.quiet or outer.quiet,
            self.verbose or outer.verbose,
            outer.kind,
        )

    def context(self) -> Context:
        """The context of a command that was given these."""
        return self.kind.of(self.profile, self.output, self.quiet, self.verbose)


def _version(wanted: bool) -> None:
    if wanted:
        from pjterm import __version__

        typer.echo(f"pjterm {__version__}")
        raise typer.Exit


_COMMON = {
    "profile_": Annotated[
        str | None, typer.Option("-p", "--profile", help="Which profile (env PJTERM_PROFILE).")
    ],
    "output_": Annotated[
        Format | None, typer.Option("-o", "--output", help="What stdout gets: text, json or ndjson.")
    ],
    "json_": Annotated[bool, typer.Option("--json", help="The same as -o json.")],
    "quiet_": Annotated[
        bool, typer.Option("-q", "--quiet", help="No progress and no notices on stderr; errors stay.")
    ],
    "verbose_": Annotated[
        bool, typer.Option("-v", "--verbose", help="Each HTTP exchange as one line on stderr, no secrets.")
    ],
    "version_": Annotated[
        bool, typer.Option("--version", is_eager=True, callback=_version, help="Print the version and exit.")
    ],
}
_DEFAULTS: dict[str, Any] = {"profile_": None, "output_": None}


def _common_parameters() -> list[inspect.Parameter]:
    return [
        inspect.Parameter(
            name, inspect.Parameter.KEYWORD_ONLY, annotation=kind, default=_DEFAULTS.get(name, False)
        )
        for name, kind in _COMMON.items()
    ]


def _take_common(given: dict[str, Any]) -> Common:
    output = given.pop("output_")
    as_json = given.pop("json_")
    given.pop("version_")
    return Common(
        given.pop("profile_"), "json" if as_json else output, given.pop("quiet_"), given.pop("verbose_")
    )


def command(app: typer.Typer, name: str, **settings: Any) -> Callable[[Command], Command]:
    """Register `f(context, ...)` as a command with the common options; its docstring is the help.

    A parameter whose type is a dataclass stands for the options that its fields are: what several
    commands share is written once.
    """

    def register(f: Command) -> Command:
        parameters = list(inspect.signature(f, eval_str=True).parameters.values())[1:]
        groups: dict[str, Any] = {p.name: p.annotation for p in parameters if is_dataclass(p.annotation)}

        @functools.wraps(f)
        def run(ctx: typer.Context, **given: Any) -> None:
            common = _take_common(given).under(ctx.obj)
            for name, kind in groups.items():
                given[name] = kind(**{field.name: given.pop(field.name) for field in fields(kind)})
            f(common.context(), **given)

        first = inspect.Parameter("ctx", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=typer.Context)
        own = [option for p in parameters for option in _options_of(p)]
        run.__signature__ = inspect.Signature([first, *own, *_common_parameters()])  # type: ignore[attr-defined]
        run.__annotations__ = {}
        app.command(name, **settings)(run)
        return f

    return register


def _options_of(parameter: inspect.Parameter) -> list[inspect.Parameter]:
    """A parameter as Typer gets it; one that stands for a group as one per field."""
    if not is_dataclass(parameter.annotation):
        return [parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY)]
    kinds = get_type_hints(parameter.annotation, include_extras=True)
    return [
        inspect.Parameter(f.name, inspect.Parameter.KEYWORD_ONLY, annotation=kinds[f.name], default=f.default)
        for f in fields(parameter.annotation)
    ]


def group(help_: str, default: Command | None = None) -> typer.Typer:
    """A group of commands, which takes the common options too; `default` is what its bare name does.

    Without one it shows its help, as the bare program does.
    """
    app = typer.Typer(
        help=help_, rich_markup_mode=None, pretty_exceptions_enable=False, add_completion=False,
        invoke_without_command=True,
    )  # fmt: skip

    def callback(ctx: typer.Context, **given: Any) -> None:
        common = _take_common(given).under(ctx.obj)
        ctx.obj = common
        if ctx.invoked_subcommand is not None:
            return
        if default is not None:
            default(common.context())
        elif common.output in (Format.JSON, Format.NDJSON):
            raise UsageFault("Missing command", hint=f"nothing was sent; see: {ctx.command_path} --help")
        else:
            typer.echo(ctx.get_help())

    first = inspect.Parameter("ctx", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=typer.Context)
    callback.__signature__ = inspect.Signature([first, *_common_parameters()])  # type: ignore[attr-defined]
    callback.__annotations__ = {}
    app.callback()(callback)
    return app


def wanted_format(argv: list[str]) -> str:
    """What format a line asks for that could not even be parsed: its errors must be in that format.

    A word that names no format is the mistake itself, so what was asked for beside it counts.
    """
    found = "text"
    for here, following in zip(argv, [*argv[1:], ""], strict=True):
        if here == "--":
            break
        said = here
        for prefix in ("--output=", "-o", "--"):
            said = said.removeprefix(prefix)
        wanted = following if here in ("-o", "--output") else said if here.startswith("-") else ""
        found = wanted if wanted in tuple(Format) else found
    return found
