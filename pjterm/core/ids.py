"""What PayJunction names readers and requests by."""

from __future__ import annotations

import re

_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


def is_uuid(text: str) -> bool:
    """Whether this is a UUID."""
    return _UUID.fullmatch(text) is not None
