"""Routes, credentials, Accept, versions: what is refused before any handler runs.

The order of the checks: path, method, application key, login, rate, Accept, PJ-Version, parameters. Recordings
show that the key is checked before the login; the rest of the order is a guess. An unknown path is 404 for
every caller.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import re
from collections.abc import Callable, Mapping

from pjterm.simulator.api import (
    accounts,
    customers,
    invoices,
    level3,
    receipts,
    schedules,
    settlements,
    smartterminals,
    subscriptions,
    transactions,
)
from pjterm.simulator.api.desk import Desk
from pjterm.simulator.api.forms import Form
from pjterm.simulator.api.replies import Call, Refused, Reply, Wrong, not_found, not_simulated
from pjterm.simulator.api.search import search
from pjterm.simulator.shop.inventory import APPLICATION_KEY, LOGIN, PASSWORD
from pjterm.values import dataclass, replace

NEWEST = "2023-05-16"
_ACCEPTED: dict[str, set[str]] = {
    "json": {"application/json", "application/*", "*/*"},
    "image": {"image/png", "image/*"},
    "html": {"text/html", "text/*"},
}
_VERSION = re.compile(r"20[0-9]{2}-[0-9]{2}-[0-9]{2}")
_REFUSED = re.compile(r"(^|;)\s*q\s*=\s*0(\.0*)?\s*(;|$)", re.IGNORECASE)
_Handler = Callable[..., Reply]


@dataclass(frozen=True, slots=True)
class Route:
    """One path: its handlers by method, and its media type."""

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
    _route("/settlements", GET=settlements.settlements),
    _route("/settlements/{id}", GET=settlements.settlement),
    _route("/deposits", GET=settlements.deposits),
    _route("/deposits/{id}", GET=settlements.deposit),
    _route("/transactions/{id}/level3", GET=level3.show, POST=level3.create, DELETE=level3.delete),
    _route("/transactions/{id}/notes", GET=transactions.notes),
    _route("/publishablekeys", POST=accounts.publishable_key),
    _route("/customers", GET=customers.customers, POST=customers.create),
    _route("/customers/{id}", GET=customers.show, PUT=customers.change, DELETE=customers.delete),
    _route("/customers/{id}/vaults", GET=customers.vaults, POST=customers.store),
    _route("/customers/{id}/vaults/{id}", GET=customers.vault, DELETE=customers.forget),
    _route("/invoices", GET=invoices.invoices, POST=invoices.create),
    _route("/invoices/{id}", GET=invoices.show, PUT=invoices.change),
    _route("/invoices/{id}/void", POST=invoices.void),
    _route("/invoices/{id}/send-reminder", POST=invoices.remind),
    _route("/schedules", GET=schedules.schedules, POST=schedules.create),
    _route("/schedules/{id}", GET=schedules.show),
    _route("/schedules/{id}/activate", POST=schedules.activate),
)


# Documented but not simulated: answered with 501, because 404 would say that they do not exist.
ELSEWHERE = tuple(
    re.compile(re.sub(r"\{id\}", r"[^/]+", call))
    for call in (
        "[A-Z]+ /customers/{id}/(addresses|notes)(/{id})?", "PUT /customers/{id}/vaults/{id}",
        "POST /transactions/{id}/notes", "[A-Z]+ /transactions/{id}/notes/{id}", "POST /invoices/files",
        "POST /invoices/{id}/reopen", "PUT /schedules/{id}",
    )
)  # fmt: skip


def find(call: Call) -> tuple[Route, tuple[str, ...]]:
    """The route of a path (a trailing slash is allowed) and its parts, or 404, 405 or 501."""
    path = call.path[:-1] if len(call.path) > 1 and call.path.endswith("/") else call.path
    if any(pattern.fullmatch(f"{call.method} {path}") for pattern in ELSEWHERE):
        raise not_simulated(f"{call.method} {path}")
    for route in ROUTES:
        if fitting := route.pattern.fullmatch(path):
            if call.method not in route.handlers:
                raise Refused(405, Wrong("405 Method Not Allowed"))
            return route, fitting.groups()
    raise not_found()


def authenticate(call: Call) -> str:
    """The login of the caller, or 401. If key and login are both wrong, the message is about the key."""
    key = call.headers.get("x-pj-application-key", "").strip().lower()
    if not hmac.compare_digest(key.encode("utf-8", "replace"), APPLICATION_KEY.encode()):
        raise Refused(401, Wrong("Authentication failed: invalid application key."))
    if not hmac.compare_digest(_basic(call).encode(), f"{LOGIN}:{PASSWORD}".encode()):
        raise Refused(401, Wrong("Authentication failed. The API login and/or password is wrong."))
    return LOGIN


def _basic(call: Call) -> str:
    scheme, _, value = call.headers.get("authorization", "").partition(" ")
    try:
        text = base64.b64decode(value.strip(), validate=True).decode("utf-8", "replace")
    except (binascii.Error, ValueError):
        return ""
    return text if scheme.lower() == "basic" else ""


def check_accept(call: Call, produces: str) -> None:
    """406 for an Accept that excludes JSON. The documentation requires `application/json` (CODES); PayJunction's own
    samples send `*/*` (POLL, VERS) or nothing. Images and receipts also take their own types (guess)."""
    header = call.headers.get("accept", "").strip()
    wanted = _ACCEPTED["json"] | _ACCEPTED[produces]
    if header and not any(_names(part, wanted) for part in header.split(",")):
        raise Refused(406, Wrong("406 Not Acceptable"))


def _names(part: str, wanted: set[str]) -> bool:
    """Whether one media range of an Accept header allows one of these; `q=0` forbids it."""
    kind, _, parameters = part.partition(";")
    return kind.strip().lower() in wanted and not _REFUSED.search(parameters)


def version_of(call: Call) -> str:
    """The API version of a call; the newest if absent. Anything but a date is 400 (guess)."""
    asked = call.headers.get("pj-version", "").strip()
    if asked and not _VERSION.fullmatch(asked):
        raise Refused(400, Wrong("PJ-Version is invalid.", "PJ-Version", "invalid"))
    return asked or NEWEST


def handle(route: Route, parts: tuple[str, ...], desk: Desk) -> Reply:
    """Run the handler; a refusal becomes the error body, and tells of no parameter that it was ignored."""
    try:
        reply = route.handlers[desk.call.method](desk, *parts)
    except Refused as no:
        return no.reply()
    return replace(reply, ignored=desk.form.ignored())


def form_of(call: Call) -> Form:
    """The parameters of a call."""
    return Form(call)
