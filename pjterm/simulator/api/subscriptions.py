"""Webhook subscriptions: the four methods of /webhooks with their limits and URL rules (WPOST, WPUT)."""

from __future__ import annotations

import ipaddress
import re
from typing import Any
from urllib.parse import urlsplit

from pjterm.simulator.api.desk import Desk
from pjterm.simulator.api.paging import page_of
from pjterm.simulator.api.replies import Refused, Reply, Wrong, as_json, not_found
from pjterm.simulator.shop.rows import Subscription
from pjterm.simulator.shop.spelling import seconds_z
from pjterm.simulator.shop.webhooks import EVENTS
from pjterm.values import replace

MOST = 10  # per merchant according to the newest page; older ones say 5 (WPOST)
LONGEST = 255  # URL and secret
_PRINTABLE = re.compile(r"[!-~]+")


def fault_of_url(url: str) -> str | None:
    """What is wrong with a subscription's URL, or None.

    https without a port; plain http only on requestcatcher.com (WPOST). The simulator's own exception:
    http on loopback, with any port.
    """
    if len(url) > LONGEST:
        return f"size must be between 1 and {LONGEST}"
    if not _PRINTABLE.fullmatch(url) or "@" in url:
        return "Url is invalid."
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return "Url is invalid."
    if parts.scheme == "http" and is_loopback(url):
        return None
    trial = host == "requestcatcher.com" or host.endswith(".requestcatcher.com")
    if not host or (parts.scheme != "https" and not (parts.scheme == "http" and trial)):
        return "Url must use HTTPS."
    return "Url must not contain a port." if port is not None else None


def is_loopback(url: str) -> bool:
    """Whether a URL stays on this machine: 127.0.0.0/8, ::1 or `localhost`."""
    try:
        host = urlsplit(url).hostname or ""
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def subscriptions(desk: Desk) -> Reply:
    """GET /webhooks."""
    return page_of(desk, [_view(s) for s in desk.books.subscriptions() if not s.hidden])


def create(desk: Desk) -> Reply:
    """POST /webhooks: one event, one URL; the secret is never shown again."""
    form = desk.form
    event = form.choice("event", EVENTS, required=True)
    url = _url(desk, form.required("url"))
    secret = form.text("secret", LONGEST)
    form.check()
    if sum(not s.hidden for s in desk.books.subscriptions()) >= MOST:
        raise Refused(403, Wrong("Max webhook limit has been reached."))
    made = Subscription(desk.books.uuid(), event, url, secret, desk.m.now)
    desk.books.subscribe(made)
    return as_json(_view(made))


def update(desk: Desk, webhook_id: str) -> Reply:
    """PUT /webhooks/{id}: changes only what is sent; an empty secret clears it (WPUT). The event stays."""
    found, form = _found(desk, webhook_id), desk.form
    url = _url(desk, form.required("url")) if "url" in form else found.url
    secret = form.text("secret", LONGEST) if "secret" in form else found.secret
    form.check()
    changed = replace(found, url=url, secret=secret)
    desk.books.subscribe(changed)
    return as_json(_view(changed))


def delete(desk: Desk, webhook_id: str) -> Reply:
    """DELETE /webhooks/{id}: 204; what was still queued for it is dropped."""
    desk.books.unsubscribe(_found(desk, webhook_id).id)
    return Reply(204)


def _url(desk: Desk, url: str) -> str:
    if url and (fault := fault_of_url(url)) is not None:
        desk.form.wrong("url", fault)
    return url


def _found(desk: Desk, webhook_id: str) -> Subscription:
    wanted = webhook_id.lower()
    for subscription in desk.books.subscriptions():
        if subscription.id == wanted and not subscription.hidden:
            return subscription
    raise not_found()


def _view(s: Subscription) -> dict[str, Any]:
    return {"webhookId": s.id, "events": [s.event], "url": s.url, "created": seconds_z(s.created)}
