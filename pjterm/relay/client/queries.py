"""Querying a relay: one request, one response. Each raises `Unavailable` or `AuthFailed`.

A local port must prove that it is our relay before it is sent the token.
"""

from __future__ import annotations

import base64
import hmac
import secrets
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

from pjterm import __version__
from pjterm.errors import AuthFailed, PjtermError, Unavailable
from pjterm.relay.client.address import RelayAddress, proof
from pjterm.relay.client.connection import Response, get
from pjterm.system import strict_json

CONNECT_SECONDS = 3.0
_SECONDS = 15.0
_MOST_HEALTH = 4 * 1024
_MOST_STATUS = 4 * 1024 * 1024
_MOST_EVENT = 128 * 1024
"""Bytes of one event on a page: a body of 64 KiB, and what the relay adds."""
_KEEP_TOKEN = "set the profile's relay_token to what is shown, where the relay runs, by: pjterm relay token"
Item = dict[str, Any]


def prove(address: RelayAddress, seconds: float = CONNECT_SECONDS) -> bool:
    """Whether the server there has the token; the token itself is not sent."""
    nonce = secrets.token_hex(16)
    try:
        answer = get(address.url, f"/healthz?nonce={nonce}", {}, seconds=seconds, most=_MOST_HEALTH)
        found = strict_json.read(answer.body)
    except (PjtermError, ValueError):
        return False
    given = found.get("proof") if isinstance(found, dict) else None
    return isinstance(given, str) and hmac.compare_digest(
        given.encode("utf-8", "replace"), proof(address.token, nonce, address.url).encode()
    )


def check_proof(address: RelayAddress) -> None:
    """Raise unless a local port has proven that it has the token; only then is it sent there."""
    if not address.url.startswith("http:") or prove(address):
        return
    if is_there(address.url):
        raise AuthFailed(f"the relay at {address.url} has another token; ours was not sent", hint=_KEEP_TOKEN)
    raise Unavailable(f"no relay of this user answers at {address.url}", hint="start one: pjterm relay serve")


def is_there(url: str) -> bool:
    """Whether any relay answers there, this user's or another one's."""
    try:
        answer = get(url, "/healthz", {}, seconds=CONNECT_SECONDS, most=_MOST_HEALTH)
        return bool(strict_json.read(answer.body) == {"status": "ok"})
    except (PjtermError, ValueError):
        return False


def page(
    address: RelayAddress, *, after: int | None = None, limit: int = 100, filters: Mapping[str, str] | None = None
) -> Item:
    """One page of events: `items`, `next`, and `gap` if events were removed.

    `filters` are the route's: `profile`, `requestId`, `type`.
    """
    query = {**(filters or {}), "limit": str(limit)} | ({} if after is None else {"after": str(after)})
    return _object(address, f"/events?{urlencode(query)}", most=(limit + 1) * _MOST_EVENT)


def status(address: RelayAddress) -> Item:
    """What the relay reports about itself (`relay status`)."""
    return _object(address, "/status", most=_MOST_STATUS)


def fleet(address: RelayAddress) -> list[Item] | None:
    """The last state of every relay of the fleet; None if this one runs alone."""
    answer = _ask(address, "/fleet", _MOST_STATUS)
    if answer.status == 404:
        return None
    if answer.status == 503:
        raise Unavailable(
            f"the relay at {address.url} reaches no server of its stream",
            hint="webhooks get 503 until it does, and come again; see: pjterm relay status",
        )
    items = _read(answer, address)["items"]
    if not isinstance(items, list):
        raise _not_a_relay(address)
    return items


def raw(address: RelayAddress, cursor: int) -> tuple[bytes, bytes] | None:
    """Body and header block of a delivery, byte for byte as received; None if it is not there."""
    answer = _ask(address, f"/events/{quote(str(cursor))}/raw", 4 * _MOST_EVENT)
    if answer.status == 404:
        return None
    check_status(answer.status, address)
    return answer.body, base64.b64decode(answer.headers.get("X-Pjterm-Headers", ""))


def bearer(address: RelayAddress) -> dict[str, str]:
    """The headers that log in to a relay."""
    return {"Authorization": f"Bearer {address.token}", "User-Agent": f"pjterm/{__version__}"}


def check_status(status: int, address: RelayAddress) -> None:
    """Raise unless the relay answered 200."""
    if status == 401:
        raise AuthFailed(f"the relay at {address.url} refuses the token", hint=_KEEP_TOKEN)
    if status != 200:
        raise Unavailable(f"the relay at {address.url} answers {status}")


def _object(address: RelayAddress, path: str, *, most: int) -> Item:
    return _read(_ask(address, path, most), address)


def _ask(address: RelayAddress, path: str, most: int) -> Response:
    return get(address.url, path, bearer(address), seconds=_SECONDS, most=most)


def _read(answer: Response, address: RelayAddress) -> Item:
    check_status(answer.status, address)
    try:
        found = strict_json.read(answer.body)
    except ValueError as error:
        raise Unavailable(f"the relay at {address.url} does not answer with JSON") from error
    if not isinstance(found, dict):
        raise _not_a_relay(address)
    return found


def _not_a_relay(address: RelayAddress) -> Unavailable:
    return Unavailable(f"{address.url} does not answer as a relay does")
