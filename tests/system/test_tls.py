"""No context of ours writes keys, and each checks whom it speaks to."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from pjterm.relay.client.connection import open_connection
from pjterm.system import tls


def of_a_relay() -> ssl.SSLContext:
    found: ssl.SSLContext = open_connection(urlsplit("https://relay.example"), 1.0)._context  # type: ignore[attr-defined]
    return found


@pytest.mark.parametrize("make", [tls.bare, lambda: tls.trusting("https://api.example"), of_a_relay])
def test_keys_are_written_nowhere_and_names_are_checked(
    make: Callable[[], ssl.SSLContext], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SSLKEYLOGFILE", str(tmp_path / "keys"))
    context = make()
    written_to: object = context.keylog_filename

    assert (written_to, context.check_hostname, context.verify_mode) == (None, True, ssl.CERT_REQUIRED)
    assert not (tmp_path / "keys").exists()
