"""Asks for what a new profile lacks, one thing after another, each checked before the next; then tries its login.

Nothing is stored before everything is valid. Secrets are typed without echo.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from pjterm.api.client import Api
from pjterm.api.login import Login
from pjterm.api.terminals import card_accounts, device, nickname
from pjterm.cli.context import Context
from pjterm.core import wire
from pjterm.core.ids import is_uuid
from pjterm.core.text import harmless
from pjterm.errors import AuthFailed, PjtermError, UsageFault
from pjterm.settings import credentials, profiles
from pjterm.settings.profile import Profile

PATIENCE = timedelta(seconds=10)  # while the user waits at the keyboard
ENVIRONMENTS = "Environment: labs (no real money), production or simulator [labs]: "
SECRETS = {"password": "API password", "app_key": "Application key"}
AGAIN = "Try again; Enter keeps what was typed, Ctrl-C ends and stores nothing."


def ask_for_settings(context: Context, name: str | None, table: dict[str, object]) -> tuple[str, dict[str, object]]:
    """The name and the settings of a new profile; asks for what was not given."""
    if name is None:
        name = _ask(context, "Name of the profile, e.g. till-1: ", lambda text: _check(context, text, {}))
    if "environment" not in table:
        table = _with(context, table, "environment", ENVIRONMENTS, "labs")
    if "login" not in table and table["environment"] != "simulator":
        table = _with(context, table, "login", "API login: ")
    return name, table


def _with(context: Context, table: dict[str, object], key: str, question: str, default: str = "") -> dict[str, object]:
    answer = _ask(context, question, lambda text: _check(context, None, {**table, key: text}), default)
    return {**table, key: answer}


def ask_for_secrets(
    context: Context, name: str, table: dict[str, object]
) -> tuple[dict[str, object], dict[str, str], Api | None]:
    """Password and application key, tried at once; if they are refused, they and the login are asked for again.

    Returns the settings, the secrets, and their API client, or None if the API cannot be reached now.
    """
    values: dict[str, str] = {}
    while True:
        profile = profiles.check_new(context.config_dir, name, table)
        assert profile is not None
        values = {key: _ask_secret(context, what, key, values.get(key)) for key, what in SECRETS.items()}
        try:
            return table, values, _tried(context, profile, values)
        except AuthFailed as refused:
            context.error_line(f"pjterm: {harmless(refused.message)}")
            context.error_line(f"  {AGAIN}")
            login = str(table["login"])
            table = _with(context, table, "login", f"API login [{login}]: ", login)


def _tried(context: Context, profile: Profile, values: dict[str, str]) -> Api | None:
    try:
        api = api_of(context, profile, values)
        accounts(api)
    except AuthFailed:
        raise
    except PjtermError as error:
        context.notice(f"the login could not be tried: {error.message}")
        return None
    context.notice("PayJunction takes this login")
    return api


def api_of(context: Context, profile: Profile, values: dict[str, str]) -> Api:
    """The client of a profile that is not stored yet."""
    who = Login(profile.login or "", values["password"], values["app_key"])
    context.log.hide(who.password, who.app_key)
    return context.api_for(profile, profile.base_url or "", who)


def accounts(api: Api) -> list[dict[str, Any]]:
    """The merchant accounts that charges can be booked to."""
    return card_accounts(api.patiently(api.accounts, PATIENCE))


def ask_for_places(context: Context, api: Api, table: dict[str, object]) -> dict[str, object]:
    """The account and the default reader, chosen from what exists; what was given stays, as does what was typed where
    nothing can be listed now.
    """
    found = dict(table)
    if "account" not in found:
        listed = _listed(context, "accounts", lambda: accounts(api), lambda i: wire.number(i.get("terminalId")))
        if (chosen := _choose(context, "Account", listed, "terminalId")) is not None:
            found["account"] = wire.number(chosen["terminalId"])
    if "terminal" not in found:
        readers = _listed(
            context, "readers", lambda: api.patiently(api.smart_terminals, PATIENCE),
            lambda i: is_uuid(str(i.get("smartTerminalId"))),
        )  # fmt: skip
        if (chosen := _choose(context, "Usual reader", readers, "smartTerminalId")) is not None:
            found["terminal"] = _name_of(context, chosen, readers)
    return found


def _listed(
    context: Context,
    what: str,
    read: Callable[[], list[dict[str, Any]]],
    is_usable: Callable[[dict[str, Any]], object],
) -> list[dict[str, Any]]:
    """What can be chosen; none where it cannot be listed, for a profile may do without."""
    try:
        return [item for item in read() if is_usable(item)]
    except PjtermError as error:
        context.notice(f"the {what} could not be listed, so none is chosen: {error.message}")
        return []


def _name_of(context: Context, reader: dict[str, Any], readers: list[dict[str, Any]]) -> str:
    """Its nickName, if that names it and no other one each time, else its UUID."""
    id_, name = str(reader["smartTerminalId"]), nickname(reader) or ""
    try:
        _check(context, None, {"terminal": name})
        unmistakable = device(name, {}, lambda: readers).smart_terminal_id == id_.lower()
    except UsageFault:
        return id_
    return name if unmistakable and name.isprintable() and name == name.strip() else id_


def _choose(context: Context, what: str, items: list[dict[str, Any]], id_: str) -> dict[str, Any] | None:
    """One of several, by its number; None if there is none, or if the answer is empty."""
    if len(items) < 2:
        if items:
            context.notice(f"{what}: {_named(items[0], id_)}, the only one")
        return items[0] if items else None
    for n, item in enumerate(items, 1):
        context.error_line(f"  {n}  {_named(item, id_)}")

    def check(text: str) -> None:
        if text and text not in map(str, range(1, len(items) + 1)):
            raise UsageFault(f"{text!r} is not a number from 1 to {len(items)}")

    answer = _ask(context, f"{what}, 1-{len(items)} (Enter: none): ", check)
    return items[int(answer) - 1] if answer else None


def _named(item: dict[str, Any], id_: str) -> str:
    name = nickname(item)
    return harmless(f"{name} ({item[id_]})" if name else str(item[id_]))


def _check(context: Context, name: str | None, table: dict[str, object]) -> None:
    profiles.check_new(context.config_dir, name, table)


def _ask_secret(context: Context, what: str, key: str, before: str | None) -> str:
    keeps = "" if before is None else "; Enter: as before"

    def read() -> str:
        return context.ask_secret(f"{what} (not shown{keeps}): ") or before or ""

    return _until_right(context, read, lambda text: credentials.check_secret(key, text))


def _ask(context: Context, question: str, check: Callable[[str], object], default: str = "") -> str:
    return _until_right(context, lambda: context.ask(question) or default, check)


def _until_right(context: Context, read: Callable[[], str], check: Callable[[str], object]) -> str:
    while True:
        answer = read()
        try:
            check(answer)
        except UsageFault as fault:
            context.error_line(f"{fault.message.rstrip('.')}; try again")
        else:
            return answer
