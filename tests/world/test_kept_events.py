"""`events`: whose events are shown and sent again, and what is said of them."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from contextlib import closing

import pytest

from pjterm.events.sqlite.store import SqliteStore
from pjterm.events.webhook import read_event
from tests.relay.inside import Inside
from tests.relay.speak import body, sign
from tests.world.service import START
from tests.world.till import Till

ELSEWHERE = "https://127.0.0.1:1"
"""A relay that does not answer; by its scheme it could be on any machine."""
HERE = "http://127.0.0.1:1"
TOKEN = {"PJTERM_RELAY_TOKEN": "abcdefghijklmnopqrstuvwxyz"}


@pytest.fixture
def store(till: Till) -> Iterator[SqliteStore]:
    """Two events that a relay on the till's own machine has kept."""
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
def test_a_relay_of_another_machine_that_is_silent_is_not_replaced_by_the_events_of_this_one(
    till: Till, command: tuple[str, ...]
) -> None:
    """A cursor means another event there; so would what is shown, or sent again."""
    till.configure(more=f'relay = "{ELSEWHERE}"', environ=TOKEN)

    run = till.run("events", *command)

    assert (run.code, ELSEWHERE in run.err, "e1" in run.out) == (12, True, False)
    assert "answered:" not in run.err, "another event was sent"


@pytest.mark.usefixtures("store")
def test_a_day_is_not_compared_with_the_events_of_another_relay(till: Till) -> None:
    till.configure(more=f'relay = "{ELSEWHERE}"', environ=TOKEN)

    run = till.run("reconcile", "--day", "2026-11-22", "--json")

    assert run.json["sources"]["events"] is None
    assert "without the relay's events" in run.err


@pytest.mark.usefixtures("store")
def test_where_the_relay_of_this_machine_does_not_run_it_is_said_where_the_events_are_from(till: Till) -> None:
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
def test_an_event_that_verified_when_it_came_is_not_called_forged_after_its_secret_was_replaced(
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
