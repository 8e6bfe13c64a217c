"""Where a request goes: the device and the account, from what was typed, the profile, and the API's lists.

Ids are resolved at run time, because PayJunction may swap devices and accounts (ACCT). An alias or a UUID
needs no lookup; a nickName is looked up each time, because readers get renamed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from pjterm.core import wire
from pjterm.core.ids import is_uuid
from pjterm.core.model import Terminal
from pjterm.core.text import harmless
from pjterm.errors import UsageFault

Listing = Callable[[], list[dict[str, Any]]]


def device(wanted: str | None, aliases: Mapping[str, str], listing: Listing, what: str = "--terminal") -> Terminal:
    """The device with this alias, UUID or nickName; without one, the only device there is.

    `what` named it: an option, a variable or a setting. UUIDs are converted to lower case, because the journal's
    guards compare them.
    """
    if wanted is not None and wanted in aliases:
        return Terminal(wanted, aliases[wanted].lower(), None)
    if wanted is not None and is_uuid(wanted):
        name = next((a for a, uuid in aliases.items() if uuid.lower() == wanted.lower()), None)
        return Terminal(name, wanted.lower(), None)
    devices = listing()
    if wanted is None:
        return _only_device(devices)
    alike = [d for d in devices if (name := nickname(d)) is not None and name.casefold() == wanted.casefold()]
    if len(alike) == 1:
        return _terminal(alike[0])
    if alike:
        ids = ", ".join(harmless(str(d.get("smartTerminalId"))) for d in alike)
        raise UsageFault(
            f"{what}: {len(alike)} terminals are called {wanted!r}: {ids}",
            hint="name the one you mean by its UUID; to see them: pjterm terminals",
        )
    raise UsageFault(
        f"{what}: no terminal is called {wanted!r}; there are: {_names(devices, aliases)}",
        hint="see: pjterm terminals",
    )


def account(wanted: int | None, listing: Listing) -> int:
    """The given account, or the only enabled CARD account there is."""
    if wanted is not None:
        return wanted
    cards = card_accounts(listing())
    ids = [i for a in cards if (i := wire.number(a.get("terminalId"))) is not None]
    if len(ids) == 1:
        return ids[0]
    listed = ", ".join(named(a, "terminalId") for a in cards) or "none"
    raise UsageFault(
        f"--account: which one? Enabled CARD accounts: {harmless(listed)}",
        hint="give --account with its number; to see them: pjterm accounts",
    )


def card_accounts(listed: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The accounts that cards can be charged to."""
    return [a for a in listed if a.get("type") == "CARD" and a.get("enabled") is True]


def nickname(item: dict[str, Any]) -> str | None:
    """What a reader or an account is called; one without a name is called nothing, not "None"."""
    return wire.words(item.get("nickName"))


def named(item: dict[str, Any], id_: str) -> str:
    """Its id, with its name if it has one: `10001 (Main)`."""
    name = nickname(item)
    return str(item.get(id_)) if name is None else f"{item.get(id_)} ({name})"


def names(devices: list[dict[str, Any]]) -> list[str]:
    """What the readers are called; one without a name by its UUID."""
    return [nickname(d) or str(d.get("smartTerminalId")) for d in devices]


def _only_device(devices: list[dict[str, Any]]) -> Terminal:
    if len(devices) == 1:
        return _terminal(devices[0])
    raise UsageFault(
        f"--terminal: which one? There are: {_names(devices, {})}",
        hint="give -t NAME, or set PJTERM_TERMINAL, or the profile's terminal",
    )


def _terminal(found: dict[str, Any]) -> Terminal:
    uuid = found.get("smartTerminalId")
    if not isinstance(uuid, str) or not is_uuid(uuid):
        raise UsageFault("--terminal: the API lists this terminal without a usable id")
    return Terminal(harmless(nickname(found) or "") or None, uuid.lower(), None)


def _names(devices: list[dict[str, Any]], aliases: Mapping[str, str]) -> str:
    return harmless(", ".join(dict.fromkeys([*aliases, *names(devices)]))) or "none"
