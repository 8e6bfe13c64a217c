"""What PayJunction names readers, requests and webhooks by."""

from __future__ import annotations

import re

_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_ID = re.compile(r"[A-Za-z0-9-]{1,64}")


def is_uuid(text: str) -> bool:
    """Whether this is a UUID."""
    return _UUID.fullmatch(text) is not None


def is_request_id(text: str) -> bool:
    """Whether this may name a request or a webhook, so that it can stand in a path."""
    return _ID.fullmatch(text) is not None
