"""A clock set between two commands is noticed and remembered; a restart of the machine is no jump."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pjterm.system.jumps import JUMPS_MOST, Jumps, running, this_start

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


class Machine:
    """The machine's two clocks."""

    def __init__(self, place: Path) -> None:
        self.path = place / "clock.json"
        self.ahead, self.running, self.start = 0.0, 500.0, "first"

    def wall(self) -> datetime:
        return NOON + timedelta(seconds=self.running + self.ahead)

    def jumps(self) -> Jumps:
        """The jumps as one command sees them."""
        return Jumps(self.path, self.wall, lambda: self.running, lambda: self.start)

    def look(self, *, leaving: bool = False) -> list[tuple[float, float]]:
        return self.jumps().look(leaving=leaving)

    def wait(self, seconds: float) -> None:
        self.running += seconds


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    made = Machine(tmp_path)
    made.look()
    made.wait(60.0)
    return made


def test_an_unchanged_clock_does_not_jump(machine: Machine) -> None:
    machine.ahead += 0.5

    assert machine.look() == []


@pytest.mark.parametrize("by", [3600.0, -3600.0])
def test_a_changed_clock_is_noticed_and_remembered(machine: Machine, by: float) -> None:
    machine.ahead += by
    first = machine.look()
    machine.wait(60.0)

    assert (first, machine.look()) == ([(0.0, by)], [(60.0, by)])


def test_each_of_several_jumps_is_remembered(machine: Machine) -> None:
    for by in (-86_400.0, -5.0, 3600.0):
        machine.ahead += by
        machine.look()
        machine.wait(60.0)

    assert machine.look() == [(180.0, -86_400.0), (120.0, -5.0), (60.0, 3600.0)]


def test_after_very_many_jumps_the_oldest_are_added_up(machine: Machine) -> None:
    for _ in range(JUMPS_MOST + 4):
        machine.ahead += 100.0
        machine.look()
    found = machine.look()

    assert (len(found), found[0], found[-1]) == (JUMPS_MOST, (0.0, 500.0), (0.0, 100.0))


def test_a_change_during_a_command_is_noticed(machine: Machine) -> None:
    jumps = machine.jumps()
    first = jumps.look()
    machine.ahead += 3600.0

    assert (first, jumps.look()) == ([], [(0.0, 3600.0)])


@pytest.mark.parametrize("start", ["first", "second"])
def test_a_restart_of_the_machine_is_no_jump(machine: Machine, start: str) -> None:
    machine.running, machine.ahead, machine.start = 30.0, 86_400.0, start

    assert machine.look() == []


def test_a_restart_followed_by_a_longer_uptime_is_no_jump_either(machine: Machine) -> None:
    machine.running, machine.ahead, machine.start = 600.0, 86_400.0, "second"

    assert machine.look() == []


@pytest.mark.parametrize("before", ["", "first"])
def test_a_change_since_the_same_boot_is_noticed(machine: Machine, before: str) -> None:
    """A file of an older pjterm does not record its boot."""
    said = json.loads(machine.path.read_text())
    machine.path.write_text(json.dumps(said | {"start": before}))
    machine.ahead += 3600.0
    first = machine.look()
    machine.start = "second"

    assert (first, machine.look()) == ([(0.0, 3600.0)], [])


def test_this_machine_has_a_boot_id() -> None:
    assert this_start() == this_start()
    assert bool(this_start()) == (sys.platform == "linux")


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", '{"at": 1}', '{"at": 1, "ahead": NaN, "jumps": []}', '{"at": 1, "ahead": 1, "jumps": [1]}', "1e9"],
)
def test_an_unreadable_file_counts_as_none(machine: Machine, text: str) -> None:
    machine.path.write_text(text)
    first = machine.look()
    machine.ahead += 3600.0

    assert (first, machine.look()) == ([], [(0.0, 3600.0)])


def test_no_directory_is_created(tmp_path: Path) -> None:
    machine = Machine(tmp_path / "none")

    assert (machine.look(), machine.path.parent.exists()) == ([], False)


def test_it_works_on_this_machine() -> None:
    before = running()

    assert 0.0 < before <= running()


def test_a_command_that_notices_nothing_saves_what_it_saw_at_its_end(machine: Machine) -> None:
    before = machine.path.read_bytes()
    machine.look()
    meanwhile = machine.path.read_bytes()
    machine.look(leaving=True)

    assert before == meanwhile != machine.path.read_bytes()


def test_no_other_file_is_left_behind(machine: Machine, tmp_path: Path) -> None:
    machine.look()

    assert [path.name for path in tmp_path.iterdir()] == ["clock.json"]
