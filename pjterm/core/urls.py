"""Which URLs secrets and events may be sent to (https, or http on loopback), and a URL as it may be shown."""

from __future__ import annotations

import re
from urllib.parse import SplitResult, urlsplit

from pjterm.errors import UsageFault

_HOST = re.compile(r"[A-Za-z0-9._-]+|[0-9A-Fa-f:.]+")
_LOOPBACK = re.compile(r"localhost|127(\.[0-9]{1,3}){3}|::1", re.IGNORECASE)  # not `localhost.`: that asks a DNS server


def is_loopback(host: str) -> bool:
    """Whether a host name or address means this machine and nothing else."""
    return _LOOPBACK.fullmatch(host) is not None


def check_url(url: str, what: str) -> SplitResult:
    """Split a URL that secrets may be sent to; raises `UsageFault` naming `what` for any other.

    The message does not repeat more than the host: the URL may hold a password.
    """
    plain = url.isascii() and url.isprintable() and " " not in url and "\\" not in url
    if not plain:  # a look-alike character would be mapped to the real name after every check
        raise UsageFault(f"{what}: a URL has no spaces, control characters or non-ASCII letters")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise UsageFault(f"{what}: this is not a URL") from None
    if "@" in parts.netloc:
        raise UsageFault(f"{what}: a user name or password in a URL is not allowed", hint=_SECRETS_HINT)
    if parts.scheme not in ("http", "https") or not _HOST.fullmatch(host) or port == 0:
        raise UsageFault(f"{what}: use a URL like https://host")
    if parts.fragment:
        raise UsageFault(f"{what}: a URL with a fragment (#) is not allowed")
    if parts.scheme == "http" and not is_loopback(host):
        raise UsageFault(f"{what}: http is for loopback only, not for {host}", hint="use https")
    return parts


def authority(host: str, port: int) -> str:
    """Host and port as a URL spells them: an IPv6 address has brackets."""
    return f"{f'[{host}]' if ':' in host else host}:{port}"


_SECRETS_HINT = "leave out the part before @; pjterm profiles set-secret keeps secrets"


def shown(url: str) -> str:
    """A URL for logs and messages: without user info, query and fragment, which may hold secrets."""
    parts = urlsplit(url)
    scheme = f"{parts.scheme}://" if parts.netloc else ""
    return f"{scheme}{parts.netloc.rpartition('@')[2]}{parts.path}"
