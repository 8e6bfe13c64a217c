"""Which URLs a relay may have or forward to: https, or http on loopback."""

from __future__ import annotations

import re
from urllib.parse import SplitResult, urlsplit

from pjterm.errors import UsageFault

_LOOPBACK = re.compile(r"localhost|127(\.[0-9]{1,3}){3}|::1", re.IGNORECASE)
_UNSAFE = re.compile(r"[\x00-\x20\x7f-\xff\\]")


def is_loopback(host: str) -> bool:
    """Whether a host name or address means this machine and nothing else."""
    return _LOOPBACK.fullmatch(host) is not None


def check_url(url: str, what: str) -> SplitResult:
    """Split a URL that tokens or events may be sent to; `UsageFault` naming `what` for any other."""
    parts = _split(url, what)
    if parts.scheme not in ("https", "http") or not parts.hostname:
        raise UsageFault(f"{what}: {shown(url)} is not an https URL (or http on loopback)")
    if parts.username is not None or parts.password is not None:
        raise UsageFault(f"{what}: a URL with user info is refused", hint="leave out the part before @")
    if parts.fragment:
        raise UsageFault(f"{what}: {shown(url)} has a fragment (#)")
    if parts.scheme == "http" and not is_loopback(parts.hostname):
        raise UsageFault(f"{what}: {shown(url)} must be https; plain http is for loopback only")
    return parts


def _split(url: str, what: str) -> SplitResult:
    if _UNSAFE.search(url):
        raise UsageFault(f"{what}: blanks, control and non-ASCII characters cannot stand in a URL")
    try:
        parts = urlsplit(url)
        if parts.port == 0:
            raise ValueError("port 0")
    except ValueError as error:
        raise UsageFault(f"{what}: not a URL ({error})") from error
    return parts


def shown(url: str) -> str:
    """A URL for logs and messages: without user info, query and fragment, which may hold secrets."""
    parts = urlsplit(url)
    scheme = f"{parts.scheme}://" if parts.netloc else ""
    return f"{scheme}{parts.netloc.rpartition('@')[2]}{parts.path}"
