"""The copy of a log on this machine: what it does beside its commits."""

from __future__ import annotations

from pathlib import Path

from pjterm.events.replica import Message, Replica
from tests.relay.speak import eventually
from tests.relay.test_store import arrival


def test_what_is_committed_is_copied_from_the_log_into_the_file_while_it_is_open(tmp_path: Path) -> None:
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
