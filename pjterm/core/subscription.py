"""Webhook subscriptions: which URLs are allowed, and which of a merchant's belong to a relay's profile.

The rules are the API's (WPOST): https, no port, at most 255 characters; plain http only on
requestcatcher.com, for trials. The simulator also takes http on loopback, with a port.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from typing import Any
from urllib.parse import urlsplit

from pjterm.core.ids import is_request_id
from pjterm.core.urls import is_loopback
from pjterm.core.wire import text
from pjterm.errors import UsageFault
from pjterm.values import dataclass

EVENTS = ("SMARTTERMINAL_REQUEST", "TRANSACTION", "TRANSACTION_SIGNATURE", "CUSTOMER", "DEPOSIT",
          "SETTLEMENT", "SMARTTERMINAL_TRANSACTION")  # fmt: skip
LONGEST_URL = 255
SECRET_LENGTH = 32  # characters at least; the API takes up to 255
_PRINTABLE = re.compile(r"[!-~]+")


@dataclass(frozen=True, slots=True)
class Subscription:
    """One subscription as the API lists it, which never includes the secret."""

    id: str
    events: tuple[str, ...]
    url: str
    created: str | None

    @property
    def profile(self) -> str | None:
        """The profile in this URL, if it is a relay's: `…/webhooks/NAME`."""
        parts = _path(self.url).rstrip("/").split("/")
        return parts[-1] if len(parts) >= 3 and parts[-2] == "webhooks" else None


def _path(url: str) -> str:
    try:
        return urlsplit(url).path
    except ValueError:
        return ""


def read(item: Any) -> Subscription | None:
    """Parse the API's object; None if it is not a subscription."""
    if not isinstance(item, dict):
        return None
    id_, url = text(item.get("webhookId")), text(item.get("url"))
    events = item.get("events")
    if id_ is None or not is_request_id(id_):
        return None
    named = tuple(e for e in events if isinstance(e, str)) if isinstance(events, list) else ()
    return Subscription(id_, named, url or "", text(item.get("created")))


def check_id(id_: str) -> str:
    """Check a webhookId, because it goes into a path."""
    if not is_request_id(id_):
        raise UsageFault(f"ID: {id_!r} is not a webhook's id", hint="see: pjterm webhooks list")
    return id_


def check_event(name: str) -> str:
    """Check one event's name, in upper or lower case."""
    word = name.upper().replace("-", "_")
    if word not in EVENTS:
        raise UsageFault(f"--event: {name!r} is none of {', '.join(EVENTS)}")
    return word


def check_url(url: str, *, loopback: bool) -> str:
    """Check that the API would take a URL; `loopback` if the API itself is the simulator or on loopback."""
    if not 1 <= len(url) <= LONGEST_URL:
        raise UsageFault(f"--url: must have 1 to {LONGEST_URL} characters, has {len(url)}")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise UsageFault("--url: this is not a URL") from None
    if not _PRINTABLE.fullmatch(url) or "@" in parts.netloc or "\\" in url or not host:
        raise UsageFault("--url: must be a URL like https://host/webhooks/NAME")
    if parts.scheme == "http" and loopback and is_loopback(host):
        return url
    trial = host == "requestcatcher.com" or host.endswith(".requestcatcher.com")
    if parts.scheme != "https" and not (parts.scheme == "http" and trial):
        raise UsageFault("--url: must begin with https://; PayJunction sends webhooks nowhere else")
    if port is not None:
        raise UsageFault("--url: PayJunction allows no port; the relay must be reachable as https on port 443")
    return url


# -- whose are they ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Assessment:
    """What a subscription is to this profile's relay: `serves`, `stale` or `other`, and why."""

    subscription: Subscription
    relay: str
    why: str | None = None


def assess(
    found: Iterable[Subscription], profile: str, profiles: Collection[str], *, has_secret: bool
) -> list[Assessment]:
    """Which of a merchant's subscriptions this profile's relay serves, and which lead nowhere here."""
    listed = list(found)
    newest: dict[tuple[str | None, tuple[str, ...]], Subscription] = {}
    for s in sorted(listed, key=lambda s: s.created or ""):
        newest[s.profile, s.events] = s
    return [_assess(s, newest[s.profile, s.events], profile, profiles, has_secret) for s in listed]


def _assess(
    s: Subscription, newest: Subscription, profile: str, profiles: Collection[str], has_secret: bool
) -> Assessment:
    name = s.profile
    if name is None:
        return Assessment(s, "other", "its path is not /webhooks/NAME")
    if name not in profiles:
        return Assessment(s, "stale", f"there is no profile {name} here")
    if newest.id != s.id:
        return Assessment(s, "stale", f"{newest.id} is newer, for the same event and profile")
    if name != profile:
        return Assessment(s, "other", f"it is profile {name}'s")
    if not has_secret:
        return Assessment(s, "stale", "this profile has no webhook secret, so nothing can be verified")
    return Assessment(s, "serves")
