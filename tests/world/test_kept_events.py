"""`events`: whose events are shown and resent, and what is reported about them."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest

from pjterm.events.sqlite.store import SqliteStore
from pjterm.events.webhook import read_event
from tests.relay.inside import Inside
from tests.relay.speak import body, sign
from tests.world.service import START
from tests.world.till import Till

ELSEWHERE = "https://127.0.0.1:1"
"""A relay that does not answer; according to its URL it could be on any machine."""
HERE = "http://127.0.0.1:1"
TOKEN = {"PJTERM_RELAY_TOKEN": "abcdefghijklmnopqrstuvwxyz"}


@pytest.fixture
def store(till: Till) -> Iterator[SqliteStore]:
    """Two events kept by a relay on the till's own machine."""
    till.state.mkdir(parents=True, exist_ok=True, mode=0o700)
    with closing(SqliteStore(till.state / "events.sqlite")) as store:
        keep(store, body(event_id="e1"), body(event_id="e2"))
        yield store


def keep(store: SqliteStore, *bodies: bytes, verified: bool = True, headers: bytes = b"A: b\r\n") -> None:
    """Store deliveries as the till's own."""
    received = int(START.timestamp() * 1000)
    store.append([read_event("till", verified, received, content, headers) for content in bodies])


COMMANDS = [
    ("list",), ("export",), ("export", "--json"), ("show", "1"), ("replay", "1", "--to", "http://127.0.0.1:1/hook"),
]  # fmt: skip


@pytest.mark.usefixtures("store")
@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_silent_relay_elsewhere_is_not_replaced_by_local_events(till: Till, command: tuple[str, ...]) -> None:
    """A cursor names another event there, which would then be shown or resent."""
    till.configure(more=f'relay = "{ELSEWHERE}"', environ=TOKEN)

    run = till.run("events", *command)

    assert (run.code, ELSEWHERE in run.err, "e1" in run.out) == (12, True, False)
    assert "answered:" not in run.err, "another event was sent"


@pytest.mark.usefixtures("store")
def test_a_day_is_not_compared_with_another_relay_s_events(till: Till) -> None:
    till.configure(more=f'relay = "{ELSEWHERE}"', environ=TOKEN)

    run = till.run("reconcile", "--day", "2026-11-22", "--json")

    assert run.json["sources"]["events"] is None
    assert "without the relay's events" in run.err


@pytest.mark.usefixtures("store")
def test_without_a_running_relay_the_source_of_the_events_is_named(till: Till) -> None:
    till.configure(more=f'relay = "{HERE}"', environ=TOKEN)

    listed, shown = till.run("events", "list", "--json"), till.run("events", "show", "1")

    assert [item["event"]["id"] for item in listed.json["items"]] == ["e1", "e2"]
    assert shown.code == 0
    for run in (listed, shown):
        assert HERE in run.err
        assert f"read from {till.state / 'events.sqlite'}" in run.err


@pytest.mark.parametrize("relay", [False, True], ids=["from the store", "from the relay"])
@pytest.mark.parametrize(
    ("secret", "verified", "verifies", "word"),
    [
        ("of that day", True, True, "verifies"),
        ("its successor", True, None, "verified when it came"),
        (None, True, None, "verified when it came"),
        ("its successor", False, False, "does not verify"),
        ("of that day", False, True, "verifies"),
        (None, False, None, "cannot be checked"),
    ],
)
def test_an_event_verified_on_arrival_is_not_called_forged_after_its_secret_was_replaced(
    till: Till, *, relay: bool, secret: str | None, verified: bool, verifies: bool | None, word: str
) -> None:
    content = body(event_id="e1")
    headers = f"X-Pj-Signature: {sign(content, b'of that day')}\r\n".encode()
    till.state.mkdir(parents=True, exist_ok=True, mode=0o700)
    environ = {} if secret is None else {"PJTERM_WEBHOOK_SECRET": secret}
    till.configure(environ=environ)
    with closing(SqliteStore(till.state / "events.sqlite")) as kept, contextlib.ExitStack() as running:
        keep(kept, content, verified=verified, headers=headers)
        if relay:
            running.enter_context(Inside(kept, till.state))
        shown, item = till.run("events", "show", "1"), till.run("events", "show", "1", "--json").json["item"]

    assert (item["verified"], item["signatureVerifies"]) == (verified, verifies)
    assert shown.out.splitlines()[-1].startswith(f"signature: {word}")


@contextmanager
def takes(*answers: bytes) -> Iterator[tuple[str, list[bytes]]]:
    """A receiver that gives each connection the next of these answers and closes it; afterwards it is gone."""
    listening, got = socket.create_server(("127.0.0.1", 0)), list[bytes]()

    def receive() -> None:
        for answer in answers:
            with listening.accept()[0] as sock:
                got.append(sock.recv(65536))
                sock.sendall(answer)
            if len(got) == len(answers):
                listening.close()

    thread = threading.Thread(target=receive, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{listening.getsockname()[1]}/", got
    thread.join(10)
    listening.close()


TAKEN = b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n"


@pytest.mark.usefixtures("store")
@pytest.mark.parametrize(
    ("answers", "statuses"),
    [((TAKEN, b""), [204, None]), ((b"",), [None]), ((TAKEN,), [204, None])],
    ids=["the second is not answered", "the first is not answered", "the second is not connected"],
)
def test_a_replay_that_sent_something_is_not_exit_12(
    till: Till, answers: tuple[bytes, ...], statuses: list[int | None]
) -> None:
    """Exit 12 means that nothing was sent and that the same command is safe."""
    with takes(*answers) as (url, got):
        run = till.run("events", "replay", "1", "2", "--to", url, "--json")

    answered = len(statuses) - 1
    assert (run.code, len(got)) == (13, len(answers))
    assert [(i["cursor"], i["httpStatus"]) for i in run.json["items"]] == list(enumerate(statuses, 1))
    assert f"answered: {answered} of 2" in run.err
    assert ("may have been taken" in run.err) is (answers[-1] == b"")


@pytest.mark.usefixtures("store")
def test_a_replay_that_sent_nothing_is_exit_12_with_its_error(till: Till) -> None:
    run = till.run("events", "replay", "1", "2", "--to", "http://127.0.0.1:1/hook", "--json")

    assert (run.code, run.error_code) == (12, "unavailable")
    assert "answered: 0 of 2" in run.json["error"]["message"]
    assert run.json["error"]["hint"] == "pjterm events replay 1 2 --to http://127.0.0.1:1/hook"


@pytest.mark.usefixtures("store")
@pytest.mark.parametrize("line", ["--type X", "--since 2030-01-01", "--after 2", "--request x"])
def test_a_filter_that_no_event_matches_is_not_told_as_a_store_without_events(till: Till, line: str) -> None:
    assert "no events match" in till.run("events", "list", *line.split(), columns=80).err
    assert "no events are kept" not in till.run("events", "list", *line.split(), columns=80).err


@pytest.mark.usefixtures("store")
def test_the_line_that_replays_the_rest_is_quoted(till: Till) -> None:
    """Pasted, the shell ran it in the background, without the second part of the query."""
    url = "http://127.0.0.1:1/hook?a=1&b=2"
    run = till.run("events", "replay", "1", "--to", url, "--json")

    assert run.json["error"]["hint"] == f"pjterm events replay 1 --to '{url}'"
