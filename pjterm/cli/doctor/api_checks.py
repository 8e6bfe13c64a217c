"""What `doctor` finds at PayJunction: whether it answers this login; its certificate, time, readers and accounts."""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from pjterm.cli.doctor.check import BAD, NOTE, OK, Check
from pjterm.errors import AuthFailed, Unavailable, reason

if TYPE_CHECKING:
    from pjterm.cli.context import Context

READ_PATIENCE = timedelta(seconds=10)
MOST_SKEW = 60.0  # seconds; HTTP dates are whole seconds, and searches reach a day back anyway
EXPIRES_SOON = 14  # days


class LoginRefused(Exception):
    """The API answers, but refuses these credentials."""

    def __init__(self, error: AuthFailed) -> None:
        super().__init__(error.message)
        self.error = error


def api(context: Context) -> Check:
    """Whether it answers and accepts the credentials; raises `LoginRefused` if it does not accept them."""
    began = time.monotonic()
    try:
        context.api.patiently(context.api.accounts, READ_PATIENCE)
    except AuthFailed as error:
        raise LoginRefused(error) from error
    spent = round((time.monotonic() - began) * 1000)
    return Check("api", OK, f"{context.base_url} answers and takes the credentials ({spent} ms)")


def tls(context: Context, api: Check) -> Check:
    """Its certificate, and how long it is valid; `api` is the check of the API itself."""
    from urllib.parse import urlsplit

    parts = urlsplit(context.base_url)
    if parts.scheme == "http":
        return Check("tls", OK, "plain http, which never leaves this machine")
    if _proxied(parts.hostname or ""):
        return Check("tls", api.status, "verified through the proxy" if api.status == OK else "see api", api.hint)
    return _handshake(parts.hostname or "", parts.port or 443)


def _proxied(host: str) -> bool:
    from pjterm.system.proxy import https_proxy

    return https_proxy(host) is not None


def _handshake(host: str, port: int) -> Check:
    import socket

    from pjterm.system.tls import trusting

    try:
        with (
            socket.create_connection((host, port), timeout=5) as plain,
            trusting(f"https://{host}").wrap_socket(plain, server_hostname=host) as made,
        ):
            version, certificate = made.version(), made.getpeercert() or {}
    except (OSError, ValueError) as error:
        raise Unavailable(f"no TLS with {host}: {reason(error)}", hint="check network, proxy and clock") from error
    left = _days_left(str(certificate.get("notAfter", "")))
    detail = f"{version} with {host}" + ("" if left is None else f", certificate for {left} more days")
    soon = left is not None and left < EXPIRES_SOON
    return Check("tls", NOTE if soon else OK, detail)


def _days_left(not_after: str) -> int | None:
    import ssl

    try:
        return int((ssl.cert_time_to_seconds(not_after) - time.time()) // 86400)
    except ValueError:
        return None


def clock(theirs: datetime | None, now: datetime) -> Check:
    """This machine's time against the `Date` of the API's last answer."""
    if theirs is None:
        return Check("clock", NOTE, "the API did not say what time it is")
    skew = (now - theirs).total_seconds()
    if abs(skew) > MOST_SKEW:
        word = "fast" if skew > 0 else "slow"
        return Check("clock", BAD, f"{abs(skew):.0f} s {word} against the API's", "set this machine's clock (NTP)")
    return Check("clock", OK, f"within {max(1, round(abs(skew)))} s of the API's")


def terminals(context: Context) -> Check:
    """Whether the readers that the profile or a variable names are there."""
    from pjterm.api.terminals import device, names
    from pjterm.cli.shared.options import terminal_named
    from pjterm.core.text import harmless

    profile = context.profile
    listed = context.api.patiently(context.api.smart_terminals, READ_PATIENCE)
    known = {str(t.get("smartTerminalId", "")).lower() for t in listed}
    lost = [name for name, uuid in profile.aliases.items() if uuid.lower() not in known]
    if lost:
        return Check(
            "terminals", BAD, f"alias {lost[0]} names a reader that is no longer there",
            "set the alias anew; the readers and their UUIDs: pjterm terminals",
        )  # fmt: skip
    there = harmless(", ".join(names(listed))) or "none"
    wanted, what = terminal_named(context, None)
    if wanted is None and len(listed) != 1:
        return Check("terminals", NOTE, f"{len(listed)}: {there}; none in the profile", "give -t NAME each time")
    device(wanted, profile.aliases, lambda: listed, what)
    return Check("terminals", OK, f"{len(listed)}: {there}")


def accounts(context: Context) -> Check:
    """Whether charges can be booked to the profile's account."""
    from pjterm.api.terminals import account, named
    from pjterm.core.wire import number

    listed = context.api.patiently(context.api.accounts, READ_PATIENCE)
    chosen = account(context.profile.account, lambda: listed)
    found = next((a for a in listed if number(a.get("terminalId")) == chosen), None)
    if found is None or found.get("enabled") is not True or found.get("type") != "CARD":
        state = "is not listed" if found is None else "is not an enabled CARD account"
        return Check("accounts", BAD, f"account {chosen} {state}", "pjterm accounts")
    return Check("accounts", OK, named(found, "terminalId"))


def search(context: Context) -> Check:
    """Whether this login may search transactions, as a sale under a key and a lost answer need."""
    from pjterm.ui.next_step import when_login_refused

    try:
        context.api.patiently(context.api.sample, READ_PATIENCE)
    except AuthFailed as refused:
        says = f"{refused.message}; no sale under a --key is sent, and none whose answer was lost is found"
        return Check("search", BAD, says, when_login_refused(refused, context.profile.name))
    return Check("search", OK, "transactions can be searched")
