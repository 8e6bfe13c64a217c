"""Starting, refusing to start, and ending."""

from __future__ import annotations

import io
import json
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pjterm.errors import PjtermError, Unavailable, UsageFault
from pjterm.events.sqlite.store import SqliteStore
from pjterm.relay.client.address import announce, find_relay, rotate, store_path, token
from pjterm.relay.server.secret_source import SecretSource
from pjterm.relay.server.serve import ServeOptions, check_unsigned, run
from pjterm.relay.server.stores import StoreOptions
from tests.events.memory import MemoryStore
from tests.relay.inside import Inside
from tests.relay.speak import Client, Process, body, eventually, request, sign

if sys.platform == "win32":
    pytest.skip("signals and processes of POSIX", allow_module_level=True)

ROOT = Path(__file__).parents[2]


def refused(tmp_path: Path, **options: Any) -> PjtermError:
    """The named error of a relay that must not start."""

    def announced(url: str, _port: int) -> None:
        raise AssertionError(f"it serves at {url}")

    lax, production = options.pop("allow_unsigned", False), options.pop("production", frozenset())
    secrets = SecretSource(lambda: {"labs": (b"s",)}, allow_unsigned=lax, production=lambda: production)
    store = StoreOptions(options.pop("store", None))
    given = ServeOptions(**{"state_dir": tmp_path / "state", "port": 0, "store": store, **options})
    with pytest.raises(PjtermError) as caught:
        run(given, secrets, announce=announced)
    return caught.value


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"allow_unsigned": True, "host": "0.0.0.0"}, "--allow-unsigned is refused with --host 0.0.0.0"),
        (
            {"allow_unsigned": True, "production": frozenset({"labs"})},
            "--allow-unsigned is refused with a production profile",
        ),
        ({"forwards": ["http://example.com/x"]}, "--forward: http is for loopback only, not for example.com"),
        ({"forwards": ["https://user:hidden@example.com/"]}, "a user name or password in a URL is not allowed"),
        ({"store": "mysql://x"}, "--store"),
        ({"port": 70000}, "--port"),
        ({"retention_days": -1}, "--retention"),
    ],
)
def test_an_invalid_combination_is_a_usage_error(tmp_path: Path, options: dict[str, Any], words: str) -> None:
    error = refused(tmp_path, **options)

    assert isinstance(error, UsageFault)
    assert words in error.message
    assert "hidden" not in repr(error)


def test_unreadable_certificates_are_named_before_anything_is_forwarded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "nowhere.pem"))

    assert "SSL_CERT_FILE" in refused(tmp_path, forwards=["https://example.com/hook"]).message


def test_an_address_of_another_machine_is_a_usage_error(tmp_path: Path) -> None:
    given = json.dumps({"state_dir": str(tmp_path / "state"), "host": "203.0.113.1"})
    command = [sys.executable, "-m", "tests.relay.launch", given]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, cwd=ROOT, check=False)

    assert (done.returncode, done.stdout) == (2, "")
    assert "cannot listen on 203.0.113.1 port 0" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("allow", "host", "production", "refused"),
    [
        (False, "0.0.0.0", {"labs"}, False),
        (True, "127.0.0.1", set(), False),
        (True, "127.0.0.1", {"labs"}, True),
        (True, "192.0.2.1", set(), True),
    ],
)
def test_unsigned_requires_loopback_and_no_served_production_profile(
    allow: bool, host: str, production: set[str], refused: bool
) -> None:
    try:
        check_unsigned(allow, host, production)
    except UsageFault:
        was_refused = True
    else:
        was_refused = False

    assert was_refused is refused


def test_a_second_relay_on_the_same_store_says_so(tmp_path: Path, launch: Callable[..., Process]) -> None:
    process = launch()
    error = refused(tmp_path)

    assert isinstance(error, Unavailable)
    assert f"in use by another relay (process {process.process.pid})" in error.message
    assert "--store" in str(error.hint)


def test_a_second_relay_on_the_same_port_says_so(tmp_path: Path, launch: Callable[..., Process]) -> None:
    port = launch("first").client.port
    error = refused(tmp_path, port=port)

    assert isinstance(error, Unavailable)
    assert f"port {port} of 127.0.0.1 is taken" in error.message
    assert "--port" in str(error.hint)


def test_the_store_may_be_elsewhere(tmp_path: Path, launch: Callable[..., Process]) -> None:
    (tmp_path / "deep").mkdir()
    relay = launch(store=f"sqlite:///{tmp_path}/deep/own.sqlite").client

    assert relay.deliver(body()).status == 204
    assert (tmp_path / "deep" / "own.sqlite").stat().st_mode & 0o777 == 0o600


def test_a_missing_directory_is_not_created_for_a_store(tmp_path: Path) -> None:
    error = refused(tmp_path, store=f"sqlite:///{tmp_path}/mistyped/own.sqlite")

    assert isinstance(error, UsageFault)
    assert f"--store: there is no directory '{tmp_path}/mistyped'" in error.message
    assert not (tmp_path / "mistyped").exists()


def test_token_and_address_are_private_and_the_address_is_removed_at_the_end(launch: Callable[..., Process]) -> None:
    process = launch()
    modes = {name: (process.state_dir / name).stat().st_mode & 0o777 for name in ("relay-token", "relay.json")}
    found = find_relay(process.state_dir)
    process.stop()

    assert modes == {"relay-token": 0o600, "relay.json": 0o600}
    assert found is not None
    assert found.url == process.url
    assert found.token not in repr(found)
    assert find_relay(process.state_dir) is None
    assert token(process.state_dir) == found.token


def test_a_wildcard_host_is_recorded_as_loopback(launch: Callable[..., Process]) -> None:
    process = launch(host="0.0.0.0")
    found = find_relay(process.state_dir)

    assert found is not None
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+", found.url)
    assert process.client.get("/events", host=f"192.0.2.7:{process.client.port}").status == 200
    assert process.client.get("/events", host="a.name.example").status == 421


def test_an_ipv6_host_is_served(launch: Callable[..., Process]) -> None:
    process = launch(host="::1")

    assert re.fullmatch(r"http://\[::1\]:\d+", process.url)
    with socket.create_connection(("::1", process.client.port), 5) as sock:
        sock.sendall(request(body()))

        assert sock.recv(100).startswith(b"HTTP/1.1 204")


def test_a_record_of_another_relay_stays(launch: Callable[..., Process]) -> None:
    """Two relays of one user with two stores: the one that ends first removes only its own record."""
    process = launch()
    announce(process.state_dir, "http://127.0.0.1:1")
    process.stop()
    found = find_relay(process.state_dir)

    assert found is not None
    assert found.url == "http://127.0.0.1:1"


def test_after_the_second_of_two_relays_ends_the_first_is_found_again(
    launch: Callable[..., Process], tmp_path: Path
) -> None:
    """So is its store, after it has ended as well."""
    first = launch()
    second = launch(store=f"sqlite:///{tmp_path}/other.sqlite")
    found = [find_relay(first.state_dir)]
    second.stop()
    found.append(find_relay(first.state_dir))
    first.stop()

    assert [None if f is None else f.url for f in found] == [second.url, first.url]
    assert find_relay(first.state_dir) is None
    assert store_path(first.state_dir) == first.state_dir / "events.sqlite"


@pytest.mark.parametrize("record", ["", "{", "[]", '{"url": 5}', '{"url": "http://example.com"}', '{"url": "x"}'])
def test_a_broken_or_unusable_record_is_no_relay(tmp_path: Path, record: str) -> None:
    rotate(tmp_path)
    (tmp_path / "relay.json").write_text(record)

    assert find_relay(tmp_path) is None


def test_an_empty_token_file_is_no_token(tmp_path: Path) -> None:
    """An interrupted copy may leave one: an empty bearer token must be rejected."""
    (tmp_path / "relay-token").write_text("")
    made = token(tmp_path)

    assert len(made) > 30
    assert token(tmp_path) == made


def test_a_relay_beside_an_empty_token_file_rejects_an_empty_bearer_token(
    launch: Callable[..., Process], tmp_path: Path
) -> None:
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "relay-token").write_text(" \n")
    relay = launch().client
    bare = ["Authorization: Bearer", "Authorization: Bearer ", 'Authorization: Bearer ""']

    assert [relay.get("/events", header, token=False).status for header in bare] == [401, 401, 401]
    assert relay.get("/events").status == 200


def test_rotating_changes_the_token_and_keeps_the_mode(tmp_path: Path) -> None:
    first = token(tmp_path)

    assert token(tmp_path) == first
    assert rotate(tmp_path) == token(tmp_path) != first
    assert (tmp_path / "relay-token").stat().st_mode & 0o777 == 0o600
    assert sorted(p.name for p in tmp_path.iterdir()) == ["relay-token", "relay-token.lock"]


def test_it_ends_soon_despite_followers_idle_connections_and_half_requests(launch: Callable[..., Process]) -> None:
    process = launch()
    relay = process.client
    with relay.stream() as stream, relay.connect(), relay.connect() as half:
        stream.block()
        half.sendall(request(body())[:-5])
        relay.deliver(body())
        code = process.stop()  # it waits for ten seconds

    assert code == 0


def test_ctrl_c_ends_it_like_sigterm(launch: Callable[..., Process]) -> None:
    process = launch()
    process.process.send_signal(signal.SIGINT)

    assert process.process.wait(60) == 0


@pytest.mark.parametrize("record_is_stuck", [False, True])
def test_a_half_received_delivery_is_still_answered_at_the_end(
    launch: Callable[..., Process], record_is_stuck: bool
) -> None:
    process = launch()
    relay = process.client
    if record_is_stuck:  # a directory can neither be read nor removed
        (process.state_dir / "relay.json").unlink()
        (process.state_dir / "relay.json").mkdir()
    data = request(body())
    with relay.connect() as sock:
        sock.sendall(data[:-5])
        eventually(lambda: b"waiting_connections 1" in relay.get("/metrics").body)
        process.process.send_signal(signal.SIGTERM)
        eventually(lambda: not _accepts(relay.port))
        sock.sendall(data[-5:])

        assert sock.recv(100).startswith(b"HTTP/1.1 204")
    assert process.process.wait(60) == 0


def _accepts(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True


def test_log_lines_are_json_without_bodies_or_secrets(launch: Callable[..., Process]) -> None:
    process = launch()
    content = body(inputValue="8006010230")
    process.client.deliver(content)
    process.client.deliver(content, signature="0" * 64)
    process.client.get("/events", "Authorization: Bearer guess", token=False)
    process.stop()
    assert process.log is not None
    text = process.log.read_text()
    lines = [json.loads(line) for line in text.splitlines()]

    assert [line["event"] for line in lines] == ["serving", "kept", "refused", "ending", "stopped"]
    for secret in ("8006010230", "pjterm-test-secret", sign(content), process.client.token, "guess"):
        assert secret not in text


def test_a_nearly_full_store_is_named_in_the_log(tmp_path: Path) -> None:
    log = io.StringIO()
    store = SqliteStore(tmp_path / "events.sqlite", max_bytes=50_000)  # even an empty one takes nearly that much
    with Inside(store, tmp_path, log=log):
        eventually(lambda: "store-nearly-full" in log.getvalue())
    store.close()

    assert json.loads(log.getvalue().splitlines()[0])["maxBytes"] == 50_000


def test_a_flood_of_rejections_does_not_flood_the_log(tmp_path: Path) -> None:
    log = io.StringIO()
    with Inside(MemoryStore(), tmp_path, log=log) as relay:
        for _ in range(100):
            assert relay.deliver(body(), signature=None).status == 401

    assert 0 < log.getvalue().count('"refused"') <= 21


def test_new_secrets_are_read_when_a_delivery_fits_none_and_old_ones_end(
    launch: Callable[..., Process], tmp_path: Path
) -> None:
    """A rotation needs no restart: a delivery under the new secret makes the relay read the secrets again."""
    file = tmp_path / "secrets.json"
    file.write_text(json.dumps({"labs": ["pjterm-test-secret"]}))
    relay = launch(secrets_file=str(file)).client
    content = body()
    assert relay.deliver(content).status == 204
    file.write_text(json.dumps({"labs": ["new", "pjterm-test-secret"], "shop": ["x"]}))

    eventually(lambda: relay.deliver(content, signature=sign(content, b"new")).status == 204)
    assert relay.deliver(content, path="/webhooks/shop", signature=sign(content, b"x")).status == 204
    assert relay.deliver(content).status == 204


def test_secrets_that_become_unreadable_stay_in_use(launch: Callable[..., Process], tmp_path: Path) -> None:
    file = tmp_path / "secrets.json"
    file.write_text(json.dumps({"labs": ["pjterm-test-secret"]}))
    process = launch(secrets_file=str(file))
    file.unlink()
    process.process.send_signal(signal.SIGHUP)
    assert process.log is not None
    eventually(lambda: process.log is not None and "secrets-unreadable" in process.log.read_text())

    assert process.client.deliver(body()).status == 204


def test_unsigned_events_are_unverified_and_web_pages_are_refused(tmp_path: Path) -> None:
    origin = "Origin: https://evil.example"
    with Inside(MemoryStore(), tmp_path, allow_unsigned=True) as relay:
        assert relay.deliver(body(), signature=None).status == 204
        assert relay.deliver(body()).status == 204
        assert relay.deliver(body(), signature="0" * 64).status == 401
        assert relay.deliver(body(), signature=None, headers=(origin,)).status == 403
        assert relay.get("/events", origin).status == 403
        assert [item["verified"] for item in relay.page()["items"]] == [False, True]


def test_without_allow_unsigned_an_origin_changes_nothing(relay: Client) -> None:
    assert relay.deliver(body(), headers=("Origin: https://proxy.example",)).status == 204


def test_a_port_that_cannot_be_is_found_before_a_store_is_made(tmp_path: Path) -> None:
    assert "--port: 99999" in refused(tmp_path, port=99999).message
    assert not (tmp_path / "state").exists()
