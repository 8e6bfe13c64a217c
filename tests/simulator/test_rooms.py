"""The simulator's layers: each room imports only what lies below it."""

from __future__ import annotations

import pytest

from tests.test_layers import MODULES, imported, source, within

BELOW = {
    "shop": (),
    "api": ("shop",),
    "server": ("api", "shop"),
    "play": (),
    "bench": ("server", "api", "shop"),
}


@pytest.mark.parametrize("room", BELOW)
def test_a_room_of_the_simulator_imports_only_what_lies_below_it(room: str) -> None:
    allowed = [f"pjterm.simulator.{name}" for name in (room, *BELOW[room])]
    inside = [m for m in MODULES if within(m, (f"pjterm.simulator.{room}",))]
    wrong = {(m, i) for m in inside for i in imported(source(m)) if "simulator" in i and not within(i, allowed)}

    assert inside
    assert wrong == set()
