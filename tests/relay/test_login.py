"""Servers that ask who comes, and servers that speak TLS: real ones, with the login from the environment."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import nkeys  # type: ignore[import-untyped]
import pytest
import trustme

from pjterm.errors import AuthFailed, PjtermError, Unavailable
from tests.relay.broker import Broker, store_folder
from tests.relay.shared import Shared
from tests.relay.test_store import arrival

Serve = Callable[..., Broker]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Start servers with further lines in their configuration; they end with the test."""
    started: list[Broker] = []
    with store_folder() as folder:

        def start(*more: str, scheme: str = "nats") -> Broker:
            server = Broker(folder / str(len(started)), more=more, scheme=scheme)
            started.append(server)
            return server.start()

        yield start
        for server in started:
            server.kill()


def keeps(server: Broker, path: Path, **environ: str) -> bool:
    """Whether a store that logs in so keeps an event."""
    store = Shared(server, path, "TILLS", {f"PJTERM_NATS_{name}": value for name, value in environ.items()})
    try:
        return store.append([arrival()])[0].cursor == 1
    finally:
        store.close()


def refusal(server: Broker, path: Path, **environ: str) -> PjtermError:
    with pytest.raises(PjtermError) as caught:
        keeps(server, path, **environ)
    return caught.value


def nkey(path: Path) -> str:
    """A new user key: its seed in a file, its public half to tell the server."""
    seed = nkeys.encode_seed(os.urandom(32), nkeys.PREFIX_BYTE_USER)
    path.write_bytes(seed)
    return str(nkeys.from_seed(seed).public_key.decode())


def test_user_and_password(serve: Serve, tmp_path: Path) -> None:
    server = serve("authorization { user: till, password: right }")
    wrong = refusal(server, tmp_path / "events.sqlite", USER="till", PASSWORD="wrong-password")

    assert isinstance(wrong, AuthFailed)
    assert "refuses the login" in wrong.message
    assert "wrong-password" not in f"{wrong.message} {wrong.hint}"
    assert keeps(server, tmp_path / "events.sqlite", USER="till", PASSWORD="right")


def test_a_server_that_could_not_take_the_largest_webhook_is_refused(serve: Serve, tmp_path: Path) -> None:
    refused = refusal(serve("max_payload: 65536"), tmp_path / "events.sqlite")

    assert "65,536 bytes" in refused.message
    assert "max_payload" in str(refused.hint)


def test_token(serve: Serve, tmp_path: Path) -> None:
    server = serve("authorization { token: s3cret }")

    assert keeps(server, tmp_path / "events.sqlite", TOKEN="s3cret")


def test_nkey(serve: Serve, tmp_path: Path) -> None:
    server = serve(f"authorization {{ users: [ {{ nkey: {nkey(tmp_path / 'seed')} }} ] }}")

    assert keeps(server, tmp_path / "events.sqlite", NKEY=str(tmp_path / "seed"))


def test_tls_with_an_authority_and_a_certificate_of_ours(serve: Serve, tmp_path: Path) -> None:
    authority = trustme.CA()
    for name in ("server", "relay"):
        issued = authority.issue_cert("127.0.0.1")
        issued.private_key_pem.write_to_path(tmp_path / f"{name}.key")
        issued.cert_chain_pems[0].write_to_path(tmp_path / f"{name}.pem")
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    server = serve(
        f'tls {{ cert_file: "{tmp_path}/server.pem", key_file: "{tmp_path}/server.key",'
        f' ca_file: "{tmp_path}/ca.pem", verify: true }}',
        scheme="tls",
    )
    unknown = refusal(server, tmp_path / "events.sqlite")
    ours = {"CERT": str(tmp_path / "relay.pem"), "KEY": str(tmp_path / "relay.key")}

    assert isinstance(unknown, Unavailable)
    assert "no TLS with" in unknown.message
    assert "PJTERM_NATS_CA" in str(unknown.hint)
    assert keeps(server, tmp_path / "events.sqlite", CA=str(tmp_path / "ca.pem"), **ours)
