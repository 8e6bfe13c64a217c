"""What PayJunction names readers, requests and webhooks by, and a sale's own name, its key."""

from __future__ import annotations

import re

from pjterm.errors import UsageFault

PREFIXES = ("key:", "tx:", "req:")
"""With one of these a word says whether it is a sale key, a transaction's id or a request's."""
_ID = r"[A-Za-z0-9-]{1,64}"
_KEY = r"[A-Za-z0-9._:-]{1,64}"
_HEXADECIMAL = frozenset("0123456789abcdefABCDEF")


def is_uuid(text: str) -> bool:
    """Whether this is a UUID."""
    parts = text.split("-")
    return [len(part) for part in parts] == [8, 4, 4, 4, 12] and _HEXADECIMAL.issuperset("".join(parts))


def is_request_id(text: str) -> bool:
    """Whether this may name a request or a webhook, so that it can stand in a path."""
    return re.fullmatch(_ID, text) is not None


def check_key(key: str, what: str = "--key") -> str:
    """The name of a new sale: 1-64 of `A-Za-z0-9._:-`, without a prefix that would say it is something else."""
    if not re.fullmatch(_KEY, key):
        raise UsageFault(f"{what}: {key!r} is not 1-64 characters of A-Z a-z 0-9 . _ : -")
    prefix = next((p for p in PREFIXES if key.startswith(p)), None)
    if prefix is not None:
        raise UsageFault(f"{what}: {key!r} begins with {prefix}, which says what an id is; use another key")
    return key
