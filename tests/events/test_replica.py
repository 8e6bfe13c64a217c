"""The local copy of a log: its work besides the commits."""

from __future__ import annotations

import json
from pathlib import Path

from pjterm.events.event import now_ms
from pjterm.events.sqlite.replica import Message, Replica
from pjterm.events.sqlite.store import SqliteStore
from tests.events.test_store import arrival
from tests.relay.inside import Inside
from tests.relay.speak import body, eventually


def test_a_page_continues_after_holes_without_matching_events_in_between(tmp_path: Path) -> None:
    replica = Replica(tmp_path / "events.sqlite")
    for n, name in enumerate(("wanted", "other", "other", "wanted")):
        replica.apply("log", [Message(n * 10 + 1, arrival(body(request=name), at=now_ms()))])
        replica.break_here("log", n * 10 + 9)
    with Inside(replica, tmp_path) as client:
        first = client.page("?requestId=wanted&after=0")
        second = client.page(f"?requestId=wanted&after={first['next']}")
    newest = replica.newest()
    replica.close()

    assert [item["event"]["data"]["requestId"] for item in first["items"] + second["items"]] == ["wanted", "wanted"]
    assert second["gap"]["after"] == first["next"]
    assert second["next"] == newest - 1


def test_a_loss_during_the_repair_of_an_earlier_one_is_not_forgotten(tmp_path: Path) -> None:
    replica = Replica(tmp_path / "events.sqlite")
    replica.go_back("log", 0, 7)
    first = replica.to_restore()
    replica.go_back("log", 0, 9)

    assert first is not None
    assert first[0] == 7
    replica.is_restored(first[1])
    second = replica.to_restore()

    assert second is not None
    assert second[0] == 9
    replica.is_restored(second[1])

    assert replica.to_restore() is None
    replica.close()


def test_commits_are_copied_from_the_log_into_the_file_while_it_is_open(tmp_path: Path) -> None:
    file = tmp_path / "events.sqlite"
    replica = Replica(file)
    fresh = file.stat().st_size
    for n in range(50):
        replica.apply("log", [Message(n * 20 + m + 1, arrival()) for m in range(20)])

    eventually(lambda: file.stat().st_size > fresh + 100_000)
    replica.close()
    again = Replica(file)

    assert (again.newest(), again.sequence("log")) == (1_000, 1_000)
    again.close()


def test_a_hole_is_reported_as_such_with_and_without_a_relay(tmp_path: Path) -> None:
    """Events 1 to 5 and 7 belong to another profile; only 6 is gone."""
    replica = Replica(tmp_path / "events.sqlite")
    for n in range(1, 6):
        replica.apply("log", [Message(n, arrival(profile="other", at=now_ms()))])
    replica.break_here("log", 9)
    replica.apply("log", [Message(10, arrival(profile="other", at=now_ms())), Message(11, arrival(at=now_ms()))])
    with Inside(replica, tmp_path) as client:
        page = client.page("?profile=labs")
        with client.stream("?profile=labs&after=0") as stream:
            streamed = json.loads(stream.event()["data"])
    replica.close()
    kept = SqliteStore(tmp_path / "events.sqlite", readonly=True)
    gaps = [kept.gap(after) for after in (0, 5, 6)]
    kept.close()

    assert [item["cursor"] for item in page["items"]] == [8]
    assert page["gap"] == streamed == {"after": 5, "oldest": 7}
    assert gaps == [(5, 7), (5, 7), None]
