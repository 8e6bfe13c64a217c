"""Who may call: programs on this machine, and no web page but the simulator's own.

A page of another origin can send simple requests to loopback, and with a host name that resolves to loopback ("DNS
rebinding") it can read the responses, too. So any other host name is refused (421), as is any other origin (403), and
a route that presses a key takes JSON, which a plain form or an `<img>` cannot send.
"""

from __future__ import annotations

import ipaddress
import re

from pjterm.simulator.api.replies import Call, Refused, Wrong

_HOST = re.compile(r"(\[[0-9A-Fa-f:.]{2,45}\]|[A-Za-z0-9.\-]{1,253})(?::[0-9]{1,5})?")
_OWN_PAGE = ("same-origin", "none")


def check(call: Call) -> None:
    """Refuse a foreign Host (421), and a page of another origin (403)."""
    host = call.headers.get("host", "").strip()
    if host and not is_own(host):
        raise Refused(421, Wrong(f"421 Misdirected Request: {host[:100]!r} is not a loopback name."))
    origin = call.headers.get("origin")
    if origin is not None and origin.lower() != f"http://{host.lower()}":
        raise Refused(403, Wrong("A page of another origin may not call the simulator."))
    if call.headers.get("sec-fetch-site", "none").lower() not in _OWN_PAGE:
        raise Refused(403, Wrong("A page of another site may not call the simulator."))


def check_press(call: Call) -> None:
    """Refuse what a plain form can send to a route that presses keys or changes the world (403)."""
    kind = call.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json" and (kind or call.body):
        raise Refused(403, Wrong("Send JSON with Content-Type: application/json, or no body."))


def is_own(host: str) -> bool:
    """Whether a Host header names this machine by a loopback address or `localhost`."""
    found = _HOST.fullmatch(host)
    if found is None:
        return False
    name = found[1].strip("[]").lower()
    if name == "localhost":
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False
