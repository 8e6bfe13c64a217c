"""Which URLs may receive a secret."""

from __future__ import annotations

import pytest

from pjterm.core.urls import check_url
from pjterm.errors import UsageFault


@pytest.mark.parametrize(
    "url",
    ["http://example.com", "http://192.168.1.5:8710", "ftp://127.0.0.1", "https://user@example.com",
     "example.com", "http://127.0.0.1.example.com", "https://", "http://127.0.0.1:x", "https://a b",
     "http://127.0.0.1:99999", "https://a/#x", "http://localhost.example.com", "http://[::2]",
     "https://exa\nmple.com", "http:\\\\127.0.0.1", "http://localhost.", "https://a:0", "https://раураl.com"],
)  # fmt: skip
def test_tokens_are_sent_only_to_https_or_loopback(url: str) -> None:
    with pytest.raises(UsageFault, match="relay"):
        check_url(url, "relay")


@pytest.mark.parametrize(
    "url",
    [
        "https://relay.example.com",
        "http://127.0.0.1:8710",
        "http://[::1]:1",
        "http://localhost",
        "http://127.9.9.9",
    ],
)
def test_these_urls_are_accepted(url: str) -> None:
    check_url(url, "relay")
