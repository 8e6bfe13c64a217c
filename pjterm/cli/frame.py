"""The frame of every command: the options that all of them have, before the command and after it.

`command` wraps a plain function `f(context, ...)` for Typer: it adds the common options to its
signature and hands it a `Context` into which the options of every level were merged, the innermost
winning. Annotations are values here and where options are declared: as text, each of them would be compiled at
every start.
"""

import functools
import inspect
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from itertools import pairwise
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup

from pjterm.cli.catalog import SHORT_FLAGS
from pjterm.cli.command_defaults import blame, with_defaults
from pjterm.cli.context import Context
from pjterm.errors import LeaveNow, UsageFault
from pjterm.values import dataclass, fields, is_dataclass, replace

Function = Callable[..., None]
_HELP_OPTIONS = {"help_option_names": ["-h", "--help"]}


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
    bell: bool = False
    wide: bool = False
    kind: type[Context] = Context
    """What the context is made of; a test's launcher hands in its own."""
    typed: tuple[str, ...] = ()
    """The whole command line, as it was typed."""
    beside_json: str | None = None
    """Another format, given beside --json."""

    def under(self, outer: "Common | None") -> "Common":
        """These options inside those of an outer level."""
        if outer is None:
            return self
        return Common(
            outer.profile if self.profile is None else self.profile,  # an empty one was given all the same
            self.output or outer.output,
            self.quiet or outer.quiet,
            self.verbose or outer.verbose,
            self.bell or outer.bell,
            self.wide or outer.wide,
            outer.kind,
            outer.typed,
            self.beside_json or outer.beside_json,
        )

    def context(self, ctx: typer.Context, given: dict[str, Any]) -> Context:
        """The context of a command that was given these, and options of its own."""
        context = self.unchecked(ctx, given)
        if self.beside_json is not None:
            raise UsageFault(f"--json and --output {self.beside_json}: give one of them", hint="See: pjterm help json")
        if "TZ" in context.environ:  # checked before anything is sent: a bad TZ would fail only at the result's time
            _check_zone(context)
        return context

    def unchecked(self, ctx: typer.Context, given: dict[str, Any]) -> Context:
        """The same, for a line that is wrong anyway: its error names what it is about."""
        context = self.kind.of(self.profile, self.output, self.quiet, self.verbose)
        context.command_path, context.given = lambda: ctx.command_path, given
        context.typed, context.bell, context.wide = self.typed, self.bell, self.wide
        return context


def _check_zone(context: Context) -> None:
    from pjterm.system.clock import has_a_zone

    named = context.environ["TZ"]
    if not has_a_zone(context.clock.now(), named):
        says = f"TZ: {named!r} is not a time zone"
        raise UsageFault(says, hint="unset it, or name one: TZ=America/New_York")


def _version(ctx: typer.Context, asked: bool) -> None:
    """The version, in the format of the whole line: this is parsed before the rest of it."""
    if asked and not ctx.resilient_parsing:
        from pjterm import __version__

        given: Common = ctx.obj
        wanted = wanted_format(list(given.typed))
        if wanted == Format.TEXT:
            typer.echo(f"pjterm {__version__}")
        else:
            from pjterm.cli.shared.printing import print_item

            print_item(given.kind(format=wanted), "version", {"version": __version__}, [])
        raise typer.Exit


COMMON = {
    "profile_": Annotated[
        str | None, typer.Option("-p", "--profile", metavar="NAME", help="Which profile (env PJTERM_PROFILE).")
    ],
    "output_": Annotated[Format | None, typer.Option("-o", "--output", help="What stdout gets: text, json or ndjson.")],
    "json_": Annotated[bool, typer.Option("--json", help="The same as -o json.")],
    "quiet_": Annotated[bool, typer.Option("-q", "--quiet", help="No progress and no notices on stderr; errors stay.")],
    "verbose_": Annotated[
        bool, typer.Option("-v", "--verbose", help="Each HTTP exchange as one line on stderr, no secrets.")
    ],
    "bell_": Annotated[bool, typer.Option("--bell", help="Ring at the verdict.")],
    "wide_": Annotated[bool, typer.Option("--wide", help="Tables on a terminal: cut nothing.")],
    "version_": Annotated[
        bool, typer.Option("--version", is_eager=True, callback=_version, help="Print the version and exit.")
    ],
}
_DEFAULTS: dict[str, Any] = {"profile_": None, "output_": None}


def _common_parameters() -> list[inspect.Parameter]:
    return [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, annotation=kind, default=_DEFAULTS.get(name, False))
        for name, kind in COMMON.items()
    ]


def _take_common(given: dict[str, Any]) -> Common:
    """The common options of a level, taken out of all that were given there."""
    given.pop("version_")
    output, as_json = given.pop("output_"), given.pop("json_")
    return Common(
        given.pop("profile_"),
        "json" if as_json else output,
        given.pop("quiet_"),
        given.pop("verbose_"),
        given.pop("bell_"),
        given.pop("wide_"),
        beside_json=output if as_json and output not in (None, Format.JSON) else None,
    )


class _Parsed:
    """A command that adds itself to parser errors, which lack it when an option has no value."""

    def parse_args(self, ctx: Any, args: list[str]) -> Any:
        """The words of this level."""
        words = list(args)  # the parser uses them up
        try:
            if any(word[:1] == following[:1] == "-" for word, following in pairwise(args)):
                from pjterm.cli.missing_value import check_values

                check_values(self, args, anywhere=ctx.allow_interspersed_args)
            return super().parse_args(ctx, args)  # type: ignore[misc]
        except UsageFault:  # which of the words are values is what is not known
            _note_unparsed(ctx, {})
            raise
        except typer.TyperException as error:
            error.ctx = getattr(error, "ctx", None) or ctx  # type: ignore[attr-defined]
            _note_unparsed(ctx, self._readable(ctx, words))
            raise

    def _readable(self, ctx: Any, words: list[str]) -> dict[str, Any]:
        """What was typed, as far as it can be read of a line that is wrong; None for each wrong value."""
        lenient = type(ctx)(
            self, parent=ctx.parent, info_name=ctx.info_name, resilient_parsing=True, ignore_unknown_options=True
        )
        super().parse_args(lenient, words)  # type: ignore[misc]
        sources = {name: lenient.get_parameter_source(name) for name in lenient.params}
        typed = [name for name, source in sources.items() if source is not None and source.name == "COMMANDLINE"]
        return {name: lenient.params[name] for name in typed}

    def make_parser(self, ctx: Any) -> Any:
        """One that takes `-t` as it takes `--terminal`: else it first works out which long options `-t` is like."""
        parser = super().make_parser(ctx)  # type: ignore[misc]
        parser._long_opt.update(parser._short_opt)
        return parser


class Command(_Parsed, TyperCommand):
    """A command whose help is our own page."""

    def get_help(self, ctx: Any) -> str:
        """The page, as wide as the window."""
        from pjterm.cli.help_page import command_page, page_width

        return command_page(self, ctx.command_path, page_width()).rstrip("\n")


class Group(_Parsed, TyperGroup):
    """A group of commands whose help is our own page, and which knows what a mistyped command means."""

    def get_help(self, ctx: Any) -> str:
        """The page, as wide as the window; the root has its commands in groups."""
        from pjterm.cli.help_page import command_page, page_width, root_page

        width = page_width()
        text = root_page(width) if ctx.parent is None else command_page(self, ctx.command_path, width)
        return text.rstrip("\n")

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """The command that is meant; one that is not there names those that are like it."""
        if args and self.get_command(ctx, args[0]) is None and not args[0].startswith("-"):
            raise _unknown(self, ctx, *args[:2])
        return super().resolve_command(ctx, args)


def _note_unparsed(ctx: Any, given: dict[str, Any]) -> None:
    """Make the context of a command whose line cannot be parsed: its error names what it is about."""
    outer: Common | None = ctx.obj
    if outer is not None:
        read = _take_common({name: _DEFAULTS.get(name, False) for name in COMMON} | given)
        replace(read, output=wanted_format(list(outer.typed))).under(outer).unchecked(ctx, given)


def _unknown(group: Group, ctx: Any, word: str, following: str = "") -> UsageFault:
    from pjterm.cli.did_you_mean import below, top

    path, groups = ctx.command_path, {name: getattr(c, "commands", ()) for name, c in group.commands.items()}
    meant = top(word, following, groups) if ctx.parent is None else below(word, group.commands)
    found = [f"{path} {name}" for name in meant]
    says = f"unknown command {word!r}" + (f": did you mean {' or '.join(found)}?" if found else "")
    return UsageFault(says, hint=f"See: {path} --help")


def command(app: typer.Typer, name: str, **settings: Any) -> Callable[[Function], Function]:
    """Register `f(context, ...)` as a command with the common options; its docstring is the help.

    A parameter whose type is a dataclass stands for the options that its fields are: what several
    commands share is written once.
    """

    def register(f: Function) -> Function:
        parameters = list(inspect.signature(f, eval_str=True).parameters.values())[1:]
        groups: dict[str, Any] = {p.name: p.annotation for p in parameters if is_dataclass(p.annotation)}

        @functools.wraps(f)
        def run(ctx: typer.Context, **given: Any) -> None:
            with _left_with_a_message():
                context = _take_common(given).under(ctx.obj).context(ctx, given)
                given = with_defaults(context, ctx, given)
                context.given = dict(given)
                context.note_reader(given)
                try:
                    for name, kind in groups.items():
                        given[name] = kind(**{field.name: given.pop(field.name) for field in fields(kind)})
                    f(context, **given)
                except UsageFault as fault:
                    blame(context, fault)
                    raise

        first = inspect.Parameter("ctx", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=typer.Context)
        own = [option for p in parameters for option in _options_of(p)]
        run.__signature__ = inspect.Signature([first, *own, *_common_parameters()])  # type: ignore[attr-defined]
        run.__annotations__ = {}
        app.command(name, cls=Command, context_settings=_HELP_OPTIONS, **settings)(run)
        return f

    return register


@contextmanager
def _left_with_a_message() -> Iterator[None]:
    """A Ctrl-C that a command does not handle itself exits with a message, unlike Typer's."""
    try:
        yield
    except KeyboardInterrupt as pressed:
        from signal import SIGINT

        raise LeaveNow(SIGINT) from pressed


def _options_of(parameter: inspect.Parameter) -> list[inspect.Parameter]:
    """A parameter as Typer gets it; one that stands for a group as one per field."""
    if not is_dataclass(parameter.annotation):
        return [parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY)]
    return [
        inspect.Parameter(f.name, inspect.Parameter.KEYWORD_ONLY, annotation=f.type, default=f.default)
        for f in fields(parameter.annotation)
    ]


def group(help_: str, default: Function | None = None, *, options: bool = True) -> typer.Typer:
    """A group of commands, which takes the common options too; `default` is what its bare name does: its `list`.

    Without one it shows its help, as the bare program does. Without `options` it takes them only after its command.
    """
    app = typer.Typer(
        cls=Group, help=help_, rich_markup_mode=None, pretty_exceptions_enable=False, add_completion=False,
        invoke_without_command=True, context_settings=_HELP_OPTIONS,
    )  # fmt: skip

    def callback(ctx: typer.Context, **given: Any) -> None:
        common = (_take_common(given) if options else Common()).under(ctx.obj)
        ctx.obj = common
        if ctx.invoked_subcommand is not None:
            return
        if default is not None:
            with _left_with_a_message():
                default(common.context(ctx, {}))
        elif common.output in (Format.JSON, Format.NDJSON):
            raise UsageFault("missing COMMAND", hint=f"See: {ctx.command_path} --help")
        else:
            typer.echo(ctx.get_help())

    first = inspect.Parameter("ctx", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=typer.Context)
    callback.__signature__ = inspect.Signature([first, *(_common_parameters() if options else ())])  # type: ignore[attr-defined]
    callback.__annotations__ = {}
    app.callback()(callback)
    return app


def wanted_format(argv: list[str]) -> str:
    """What format a line asks for that could not even be parsed: its errors must be in that format.

    A word that names no format is skipped: it is the mistake being reported, and another option may name one.
    """
    found = "text"
    for here, following in zip(argv, [*argv[1:], ""], strict=True):
        if here == "--":
            break
        said = here.removeprefix("--").removeprefix("output=") if here.startswith("--") else ""
        bundle = here[1:].lstrip(SHORT_FLAGS) if here[:1] == "-" != here[1:2] else ""
        if here == "--output" or bundle == "o":
            said = following
        elif bundle.startswith("o"):
            said = bundle[1:]
        found = said if said in tuple(Format) else found
    return found
