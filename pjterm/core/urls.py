"""Which URLs secrets and events may be sent to (https, or http on loopback), and a URL as it may be shown."""

from __future__ import annotations

from string import ascii_letters, digits, hexdigits
from urllib.parse import SplitResult, urlsplit

from pjterm.errors import UsageFault

_NAME = frozenset(ascii_letters + digits + "._-")
_ADDRESS = frozenset(hexdigits + ":.")


def is_loopback(host: str) -> bool:
    """Whether a host name or address means this machine and nothing else."""
    numbers = host.split(".")
    short = all(n.isascii() and n.isdigit() and len(n) <= 3 for n in numbers)
    address = short and len(numbers) == 4 and numbers[0] == "127"
    return address or host.lower() in ("localhost", "::1")  # not `localhost.`: that asks a DNS server


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
    if parts.scheme not in ("http", "https") or not _is_host(host) or port == 0:
        raise UsageFault(f"{what}: use a URL like https://host")
    if parts.fragment:
        raise UsageFault(f"{what}: a URL with a fragment (#) is not allowed")
    if parts.scheme == "http" and not is_loopback(host):
        raise UsageFault(f"{what}: http is for loopback only, not for {host}", hint="use https")
    return parts


def authority(host: str, port: int) -> str:
    """Host and port as a URL spells them: an IPv6 address has brackets."""
    return f"{f'[{host}]' if ':' in host else host}:{port}"


def _is_host(host: str) -> bool:
    return host != "" and (_NAME.issuperset(host) or _ADDRESS.issuperset(host))


_SECRETS_HINT = "leave out the part before @; pjterm profiles set-secret keeps secrets"


def shown_url(url: str) -> str:
    """A URL for logs and messages: without user info, query and fragment, which may hold secrets."""
    parts = urlsplit(url)
    scheme = f"{parts.scheme}://" if parts.netloc else ""
    return f"{scheme}{parts.netloc.rpartition('@')[2]}{parts.path}"
