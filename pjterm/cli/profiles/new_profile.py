"""Adds a profile: what is missing is asked for or reported, and the login is tried before anything is stored."""

from __future__ import annotations

from datetime import timedelta
from shlex import quote

from pjterm.api import terminals
from pjterm.cli.context import Context
from pjterm.cli.profiles.item import print_changed
from pjterm.errors import AuthFailed, PjtermError, UsageFault
from pjterm.settings import credentials, profiles
from pjterm.settings.credentials import Stored
from pjterm.settings.profile import Profile
from pjterm.settings.profiles import Config

LOOK = timedelta(seconds=5)  # for the account; a profile may also be added without it
NEEDED = ("password", "app_key")
"""The secrets that every API call needs."""


def add(context: Context, name: str | None, table: dict[str, object], *, from_stdin: bool) -> None:
    """Add a profile with the settings in this table, and print what to type next."""
    profiles.check_new(context.config_dir, name, table)
    asks = context.can_ask() and not from_stdin
    if asks:
        from pjterm.cli.profiles import questions

        name, table = questions.ask_for_settings(context, name, table)
    name = _whole(name, table, has_secrets=from_stdin or asks)
    profile = profiles.check_new(context.config_dir, name, table)
    assert profile is not None
    table, values = _secrets(context, profile, table, from_stdin=from_stdin)
    made = _store(context, name, table, values)
    place = [f"{key} {table[key]}" for key in ("account", "terminal") if key in table]
    is_default = made.default_profile == name
    context.notice(", ".join([f"profile {name} added", *(["the default"] if is_default else []), *place]))
    context.notice(f"next: {_next(profile, table, has_secrets=bool(values))}" + ("" if is_default else f" -p {name}"))
    print_changed(context, name)


def _whole(name: str | None, table: dict[str, object], *, has_secrets: bool) -> str:
    """The name; raises `UsageFault` naming everything that is missing."""
    real = table.get("environment") != "simulator"
    missing = [
        what for what, is_missing in (
            ("NAME", name is None), ("--environment", "environment" not in table),
            ("--login", real and "login" not in table), ("--secrets-stdin", real and not has_secrets),
        ) if is_missing
    ]  # fmt: skip
    if missing or name is None:
        raise UsageFault(
            f"missing {', '.join(missing)}; there is no terminal to ask at",
            hint='the secrets are JSON on stdin: {"password": "…", "app_key": "…"}\n'
            "e.g. pjterm profiles add till-1 --environment labs --login LOGIN --secrets-stdin < secrets.json",
        )
    return name


def _secrets(
    context: Context, profile: Profile, table: dict[str, object], *, from_stdin: bool
) -> tuple[dict[str, object], dict[str, str]]:
    """The settings with what the API says of this login, and the secrets."""
    from pjterm.cli.profiles import questions  # with httpx, which a profile of the simulator does not need

    if from_stdin:
        values = credentials.parse_secrets(context.read_text())
        lacking = [] if profile.environment == "simulator" else [n for n in NEEDED if n not in values]
        if lacking:
            raise UsageFault(
                f"the secrets on stdin lack {' and '.join(lacking)}. Nothing was stored.",
                hint='give {"password": "…", "app_key": "…"}',
            )
        return _with_account(context, profile, table, values), values
    if profile.environment == "simulator":
        return table, {}
    table, values, api = questions.ask_for_secrets(context, profile.name, table)
    return table if api is None else questions.ask_for_places(context, api, table), values


def _with_account(
    context: Context, profile: Profile, table: dict[str, object], values: dict[str, str]
) -> dict[str, object]:
    """Try the login; return the settings with the account, if there is only one. What fails is a notice."""
    from pjterm.cli.profiles import questions

    if profile.environment == "simulator":
        return table
    listed = None
    try:
        api = questions.api_of(context, profile, values)
        listed = api.patiently(api.accounts, LOOK)
        context.notice("PayJunction takes this login")
        return table if "account" in table else {**table, "account": terminals.account(None, lambda: listed)}
    except AuthFailed as refused:
        replace = f"pjterm profiles set-secret {quote(profile.name)} --secrets-stdin"
        context.notice(f"{refused.message}; to replace the secrets: {replace}")
    except PjtermError as error:
        tried = "the account was not chosen" if listed is not None else "the login could not be tried"
        context.notice(f"{tried}: {error.message}")
    return table


def _store(context: Context, name: str, table: dict[str, object], values: dict[str, str]) -> Config:
    made = credentials.add_profile(name, table, context.config_dir)
    if values:
        try:
            announce(context, credentials.store(name, values, context.config_dir, context.environ))
        except PjtermError:
            profiles.remove_profile(context.config_dir, name)
            raise
    return made


def _next(profile: Profile, table: dict[str, object], *, has_secrets: bool) -> str:
    if profile.environment == "simulator" and not has_secrets:
        return "pjterm charge 1.00" + ("" if "terminal" in table else " -t T1")
    return "pjterm doctor"


def announce(context: Context, stored: Stored) -> None:
    """Report once that secrets went to a file, and which variables override them."""
    if stored.first:
        context.notice(f"the secrets are not in a keyring but in {stored.path} (mode 0600)")
    if stored.shadowed:
        context.notice(f"{', '.join(stored.shadowed)} in the environment overrides what was stored")
