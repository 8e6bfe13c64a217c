"""Which certificates a connection trusts, loaded before they are needed."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
import trustme

from pjterm.errors import UsageFault
from pjterm.system import tls

HOST = "https://api.payjunctionlabs.com"


def begun() -> None:
    """Start loading, and wait until it is done."""
    tls.begin(HOST)
    for thread in threading.enumerate():
        if thread.name == "trust":
            thread.join(60)


def test_preloaded_certificates_are_used_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("SSL_CERT_DIR", raising=False)
    trustme.CA().cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    begun()
    monkeypatch.delenv("SSL_CERT_FILE")
    first, second = tls.trusting(HOST), tls.trusting(HOST)

    assert len(first.get_ca_certs()) == 1 < len(second.get_ca_certs())


def test_a_loading_error_is_raised_when_the_context_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", "/no/such/file.pem")
    begun()
    monkeypatch.delenv("SSL_CERT_FILE")

    with pytest.raises(UsageFault, match=r"SSL_CERT_FILE.*nothing was sent"):
        tls.trusting(HOST)


def test_plain_http_loads_no_authorities() -> None:
    tls.begin("http://127.0.0.1:8700")

    assert tls.trusting("http://127.0.0.1:8700").get_ca_certs() == []
