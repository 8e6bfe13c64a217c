"""A URL as it may be shown."""

from __future__ import annotations

from urllib.parse import urlsplit


def shown(url: str) -> str:
    """A URL for logs and messages: without user info, query and fragment, which may hold secrets."""
    parts = urlsplit(url)
    scheme = f"{parts.scheme}://" if parts.netloc else ""
    return f"{scheme}{parts.netloc.rpartition('@')[2]}{parts.path}"
