"""Defaults of a command's options in a profile: `[profiles.till-1.charge]`, `timeout = 60`.

The command line wins. What belongs to one sale alone, or overrides a guard, is never a default.
"""

from __future__ import annotations

from collections.abc import Container, Mapping
from typing import TYPE_CHECKING, Any

import typer

from pjterm.errors import PjtermError, UsageFault

if TYPE_CHECKING:
    from pjterm.cli.context import Context

NEVER = ("key", "force", "over", "yes", "another_card", "invoice", "dry_run", "transaction")


def with_defaults(context: Context, ctx: typer.Context, given: dict[str, Any]) -> dict[str, Any]:
    """The values of a command's options; the profile's for those that were not typed.

    The first that is wrong is noted, not raised: where the key has an answer, it comes first.
    """
    name = ctx.command.name or ""
    from pjterm.settings.profile import COMMANDS

    if name not in COMMANDS:
        return given
    try:
        kept = context.profile.commands.get(name, {})
    except PjtermError:  # the command reports it itself, after checking its arguments
        return given
    if not kept:
        return given
    read, fault = read_all(ctx, context.profile.name, kept, given)
    context.wrong_default = fault
    sources = {key: ctx.get_parameter_source(key) for key in read}
    typed = {key for key, source in sources.items() if source is not None and source.name != "DEFAULT"}
    used = {key: value for key, value in read.items() if key not in typed}
    context.defaulted = {key: f"{_table(context.profile.name, name)} {key.rstrip('_')}" for key in used}
    return given | used


def blame(context: Context, fault: UsageFault) -> None:
    """Name the profile's line in what is wrong with an option that was not typed."""
    for key, place in context.defaulted.items():
        fault.message = _placed(fault.message, key, place)


def _placed(message: str, key: str, place: str) -> str:
    option = f"--{key.rstrip('_').replace('_', '-')}: "
    return f"{place}: {message.removeprefix(option)}" if message.startswith(option) else message


def _table(profile: str, command: str) -> str:
    return f"[profiles.{profile}.{command}]"


def read_all(
    ctx: typer.Context, profile: str, kept: Mapping[str, object], own: Container[str]
) -> tuple[dict[str, Any], UsageFault | None]:
    """The defaults of a command whose `own` options these are, and the first fault among them."""
    from pjterm.cli.shared.options import check_waiting

    where = _table(profile, ctx.command.name or "")
    known = (p for p in ctx.command.params if p.param_type_name == "option" and p.name in own)
    options: dict[str | None, Any] = {(p.name or "").rstrip("_"): p for p in known}  # `type_` is --type
    read, first = {}, None
    for key, value in kept.items():
        try:
            found = _read(ctx, options, key, value, where)
            check_waiting({key: found})
            read[options[key].name] = found
        except UsageFault as fault:
            fault.message = _placed(fault.message, key, f"{where} {key}")
            first = first or fault
    return read, first


def _read(ctx: typer.Context, options: Mapping[str | None, Any], key: str, value: object, where: str) -> Any:
    """Convert a value from the file as the option would."""
    if key in NEVER:
        raise UsageFault(f"{where} {key}: cannot be a default", hint="give it on the command line, for this sale alone")
    if key not in options:
        raise UsageFault(f"{where} {key}: no such option", hint=f"see: {ctx.command_path} --help")
    option = options[key]
    fits, wanted = _kind(option)
    values = value if option.multiple and isinstance(value, list) else [value]
    if not all(isinstance(v, fits) and (option.is_flag or not isinstance(v, bool)) for v in values):
        raise UsageFault(f"{where} {key}: {wanted} is expected, not {value!r}")
    try:
        return value if option.is_flag else option.type_cast_value(ctx, value)
    except typer.BadParameter as wrong:
        raise UsageFault(f"{where} {key}: {wrong.format_message()}") from wrong


def _kind(option: Any) -> tuple[Any, str]:
    """Of what type the value of an option is in the file, and in words."""
    if option.is_flag:
        return bool, "true or false"
    kind = option.type.name.partition(" ")[0]  # a range has the same first word
    return {"int": (int, "a whole number"), "float": (int | float, "a number")}.get(kind, (str, "text in quotes"))
