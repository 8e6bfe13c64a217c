"""The front door: routes, credentials, limits, versions, and what is refused before any handler.

The order of the checks (guess): path, method, credentials, rate, Accept, PJ-Version, parameters. A path
nobody has is 404 to everybody.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from pjterm.simulator.api import accounts, receipts, smartterminals, subscriptions, transactions
from pjterm.simulator.api.desk import Desk
from pjterm.simulator.api.forms import Form
from pjterm.simulator.api.replies import Call, Refused, Reply, Wrong, not_found
from pjterm.simulator.api.search import search
from pjterm.simulator.shop.inventory import APPLICATION_KEY, LOGIN, PASSWORD

NEWEST = "2023-05-16"
_ACCEPTED: dict[str, set[str]] = {
    "json": set(),
    "image": {"image/png", "image/*", "*/*"},
    "html": {"text/html", "text/*", "*/*"},
}
_VERSION = re.compile(r"20[0-9]{2}-[0-9]{2}-[0-9]{2}")
_Handler = Callable[..., Reply]


@dataclass(frozen=True, slots=True)
class Route:
    """One path: its handlers by method, and what it produces."""

    pattern: re.Pattern[str]
    handlers: Mapping[str, _Handler]
    produces: str = "json"


def _route(path: str, produces: str = "json", **handlers: _Handler) -> Route:
    """`{name}` stands for one path segment."""
    pattern = re.sub(r"\{(\w+)\}", r"([^/]+)", path)
    return Route(re.compile(pattern), handlers, produces)


ROUTES = (
    _route("/smartterminals", GET=smartterminals.devices),
    _route("/smartterminals/requests/{id}", GET=smartterminals.poll),
    _route("/smartterminals/signatures/{id}/image", "image", GET=smartterminals.signature_image),
    _route("/smartterminals/{id}/request-(payment|signature|prompt|input|read)", POST=smartterminals.request),
    _route("/smartterminals/{id}/main", POST=smartterminals.main),
    _route("/transactions", GET=search, POST=transactions.book),
    _route("/transactions/{id}", GET=transactions.show, PUT=transactions.change),
    _route("/transactions/{id}/signature/capture", POST=receipts.capture),
    _route("/transactions/{id}/receipts", GET=receipts.all_receipts),
    _route("/transactions/{id}/receipts?/{which}", GET=receipts.one),
    _route("/transactions/{id}/receipts?/{which}/(thermal|fullpage)", "html", GET=receipts.document),
    _route("/transactions/{id}/receipts?/{which}/signature", "image", GET=receipts.signature),
    _route("/transactions/{id}/receipts?/{which}/email", POST=receipts.email),
    _route("/terminals", GET=accounts.terminals),
    _route("/merchants", GET=accounts.merchants),
    _route("/webhooks", GET=subscriptions.subscriptions, POST=subscriptions.create),
    _route("/webhooks/{id}", PUT=subscriptions.update, DELETE=subscriptions.delete),
)


def find(call: Call) -> tuple[Route, tuple[str, ...]]:
    """The route of a path (one trailing slash is allowed) and its parts, or 404, or 405."""
    path = call.path[:-1] if len(call.path) > 1 and call.path.endswith("/") else call.path
    for route in ROUTES:
        if fitting := route.pattern.fullmatch(path):
            if call.method not in route.handlers:
                raise Refused(405, Wrong("405 Method Not Allowed"))
            return route, fitting.groups()
    raise not_found()


def authenticate(call: Call) -> str:
    """The login of the caller, or 401: wrong password and wrong key look alike (CODES)."""
    if not hmac.compare_digest(_basic(call).encode(), f"{LOGIN}:{PASSWORD}".encode()):
        raise Refused(401, Wrong("Authentication failed. The API login and/or password is wrong."))
    key = call.headers.get("x-pj-application-key", "").strip().lower()
    if not hmac.compare_digest(key.encode(), APPLICATION_KEY.encode()):
        raise Refused(401, Wrong("Authentication failed: invalid application key."))
    return LOGIN


def _basic(call: Call) -> str:
    scheme, _, value = call.headers.get("authorization", "").partition(" ")
    try:
        text = base64.b64decode(value.strip(), validate=True).decode("utf-8", "replace")
    except (binascii.Error, ValueError):
        return ""
    return text if scheme.lower() == "basic" else ""


def check_accept(call: Call, produces: str) -> None:
    """406 without `application/json`; images and receipts take their own types and `*/*` too (guess)."""
    types = {part.partition(";")[0].strip().lower() for part in call.headers.get("accept", "").split(",")}
    if not types & ({"application/json"} | _ACCEPTED[produces]):
        raise Refused(406, Wrong("406 Not Acceptable"))


def version_of(call: Call) -> str:
    """The API version of a call; absent: the newest. Something that is no date: 400 (guess)."""
    asked = call.headers.get("pj-version", "").strip()
    if asked and not _VERSION.fullmatch(asked):
        raise Refused(400, Wrong("PJ-Version is invalid.", "PJ-Version", "invalid"))
    return asked or NEWEST


def handle(route: Route, parts: tuple[str, ...], desk: Desk) -> Reply:
    """Let the handler answer; what it refuses becomes the error body."""
    try:
        return route.handlers[desk.call.method](desk, *parts)
    except Refused as no:
        return no.reply()


def form_of(call: Call) -> Form:
    """The parameters of a call."""
    return Form(call)
