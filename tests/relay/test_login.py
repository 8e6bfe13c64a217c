"""Servers that require a login, and servers with TLS: real ones, with the login from the environment."""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from importlib.resources import files
from pathlib import Path

import nkeys  # type: ignore[import-untyped]
import pytest
import trustme

from pjterm.errors import AuthFailed, PjtermError, Unavailable
from tests.events.broker import Broker, store_folder
from tests.events.shared import Shared
from tests.events.test_store import arrival

Serve = Callable[..., Broker]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Start servers with extra configuration lines; they end with the test."""
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
    """Whether a store with this login keeps an event."""
    store = Shared(server, path, "TILLS", {f"PJTERM_NATS_{name}": value for name, value in environ.items()})
    try:
        return store.append([arrival()])[0].cursor == 1
    finally:
        store.close()


def refusal(server: Broker, path: Path, **environ: str) -> PjtermError:
    with pytest.raises(PjtermError) as caught:
        keeps(server, path, **environ)
    return caught.value


class Key:
    """A key of the kind that the servers use, with which one grants rights to another."""

    def __init__(self, kind: int) -> None:
        self.seed = nkeys.encode_seed(os.urandom(32), kind)
        self._pair = nkeys.from_seed(self.seed)
        self.public = str(self._pair.public_key.decode())

    def issue(self, kind: str, holder: Key, **rights: object) -> str:
        """A token for the holder (docs.nats.io, running-a-nats-service, JWTs)."""
        claims = {"jti": holder.public, "iat": 1, "iss": self.public, "sub": holder.public, "name": kind,
                  "nats": {**rights, "type": kind, "version": 2}}  # fmt: skip
        head = {"typ": "JWT", "alg": "ed25519-nkey"}
        text = ".".join(_unpadded(json.dumps(part).encode()) for part in (head, claims))
        return f"{text}.{_unpadded(self._pair.sign(text.encode()))}"


def _unpadded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def nkey(path: Path) -> str:
    """A new user key: its seed in a file; returns the public half for the server."""
    key = Key(nkeys.PREFIX_BYTE_USER)
    path.write_bytes(key.seed)
    return key.public


def test_user_and_password(serve: Serve, tmp_path: Path) -> None:
    server = serve("authorization { user: till, password: right }")
    wrong = refusal(server, tmp_path / "events.sqlite", USER="till", PASSWORD="wrong-password")

    assert isinstance(wrong, AuthFailed)
    assert "refuses the login" in wrong.message
    assert "wrong-password" not in f"{wrong.message} {wrong.hint}"
    assert keeps(server, tmp_path / "events.sqlite", USER="till", PASSWORD="right")


def test_a_server_too_small_for_the_largest_webhook_is_refused(serve: Serve, tmp_path: Path) -> None:
    refused = refusal(serve("max_payload: 65536"), tmp_path / "events.sqlite")

    assert "65,536 bytes" in refused.message
    assert "max_payload" in str(refused.hint)


def test_token(serve: Serve, tmp_path: Path) -> None:
    server = serve("authorization { token: s3cret }")

    assert keeps(server, tmp_path / "events.sqlite", TOKEN="s3cret")


def test_nkey(serve: Serve, tmp_path: Path) -> None:
    server = serve(f"authorization {{ users: [ {{ nkey: {nkey(tmp_path / 'seed')} }} ] }}")

    assert keeps(server, tmp_path / "events.sqlite", NKEY=str(tmp_path / "seed"))


def test_a_credentials_file(serve: Serve, tmp_path: Path) -> None:
    """An operator's account with JetStream, a system account, and a user of the first."""
    operator, account, system = (
        Key(kind) for kind in (nkeys.PREFIX_BYTE_OPERATOR, nkeys.PREFIX_BYTE_ACCOUNT, nkeys.PREFIX_BYTE_ACCOUNT)
    )
    user = Key(nkeys.PREFIX_BYTE_USER)
    free = dict.fromkeys(("subs", "data", "payload", "imports", "exports", "conn", "leaf"), -1) | {"wildcards": True}
    stored = free | dict.fromkeys(("mem_storage", "disk_storage", "streams", "consumer"), -1)
    file = tmp_path / "relay.creds"
    file.write_text(
        f"-----BEGIN NATS USER JWT-----\n{account.issue('user', user, subs=-1, data=-1, payload=-1)}\n"
        "------END NATS USER JWT------\n\n"
        f"-----BEGIN USER NKEY SEED-----\n{user.seed.decode()}\n------END USER NKEY SEED------\n"
    )
    server = serve(
        f"operator: {operator.issue('operator', operator, system_account=system.public)}",
        "resolver: MEMORY",
        f"resolver_preload: {{ {account.public}: {operator.issue('account', account, limits=stored)},"
        f" {system.public}: {operator.issue('account', system, limits=free)} }}",
    )

    assert isinstance(refusal(server, tmp_path / "events.sqlite"), AuthFailed)
    assert keeps(server, tmp_path / "events.sqlite", CREDS=str(file))


def documented(folder: Path, password: str) -> str:
    """The configuration from `pjterm help fleet`, with its files in a folder."""
    text = files("pjterm.help").joinpath("fleet.md").read_text("utf-8").partition("## Logins and TLS")[2]
    block = text.split("```")[1]
    return block.replace("/etc/nats/", f"{folder}/").replace("$RELAY_PASSWORD", password)


def test_the_documented_login_allows_all_that_a_relay_does_and_no_other_login(serve: Serve, tmp_path: Path) -> None:
    authority = trustme.CA()
    issued = authority.issue_cert("127.0.0.1")
    issued.private_key_pem.write_to_path(tmp_path / "server.key")
    issued.cert_chain_pems[0].write_to_path(tmp_path / "server.pem")
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    server, path = serve(documented(tmp_path, "right"), scheme="tls"), tmp_path / "events.sqlite"
    stranger = refusal(server, path, CA=str(tmp_path / "ca.pem"))
    login = {"PJTERM_NATS_USER": "relay", "PJTERM_NATS_PASSWORD": "right", "PJTERM_NATS_CA": str(tmp_path / "ca.pem")}
    store = Shared(server, path, "TILLS", login)
    kept = store.append([replace(arrival(), private=True)])
    store.join(dict)
    fleet = store.fleet() or []
    due = store._replica.typed_before(store._feed.log, 10**15, 10)
    store._link.call(store._wiper.wipe(store._feed.log, 10**15, 10), 10)
    left = store._replica.typed_before(store._feed.log, 10**15, 10)
    store.close()

    assert isinstance(stranger, AuthFailed)
    assert (kept[0].cursor, len(fleet), len(due), left) == (1, 1, 1, [])


def test_tls_with_a_private_authority_and_a_client_certificate(serve: Serve, tmp_path: Path) -> None:
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
    certificate = {"CERT": str(tmp_path / "relay.pem"), "KEY": str(tmp_path / "relay.key")}

    assert isinstance(unknown, Unavailable)
    assert "no TLS with" in unknown.message
    assert "PJTERM_NATS_CA" in str(unknown.hint)
    assert keeps(server, tmp_path / "events.sqlite", CA=str(tmp_path / "ca.pem"), **certificate)
