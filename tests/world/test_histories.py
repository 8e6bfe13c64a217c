"""Random histories: whatever goes wrong and whoever types what, no command says what is not so.

`python -m tests.world SEED` tells the story of one, and `python -m tests.bench world` plays a million sales.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.world.history import STRANGER, History
from tests.world.many import Tally, play_some
from tests.world.rules import MUTANTS
from tests.world.seeds import SEEDS
from tests.world.till import World

SALES = 200
"""A few with every run; `.ci/run` and `.ci/long` play 20,000 each, and `python -m tests.bench world` a million."""
BEGIN = (0, STRANGER)
"""So that two cores play them, and that all kinds of trouble are met."""


@pytest.mark.parametrize("seed", BEGIN)
def test_no_history_breaks_a_rule(seed: int) -> None:
    tally = Tally()
    while tally.count.sales < SALES / len(BEGIN) and not tally.wrong:
        tally.add(play_some(range(seed, seed + 10)))
        seed += 10

    assert tally.wrong == {}


PLAYED_ANYWAY = 1_000
"""Seeds below are among the first 20,000 sales, which the long suite plays."""
ONCE_WRONG = [pytest.param(s, marks=pytest.mark.exhaustive if s < PLAYED_ANYWAY else ()) for s in SEEDS]


@pytest.mark.parametrize("seed", ONCE_WRONG)
def test_what_went_wrong_once_goes_right(seed: int) -> None:
    assert play_some([seed]).wrong == {}


def told(seed: int, place: Path) -> list[tuple[object, ...]]:
    """All that was typed in a history, when, and what came of it."""
    with World(place, seed) as world:
        History(world, seed).play()
        return [(run.argv, run.began, run.ended, run.code, run.out) for run in world.runs]


@pytest.mark.parametrize("seed", [7, 9])
def test_one_seed_is_one_history(place: Path, seed: int) -> None:
    assert told(seed, place / "once") == told(seed, place / "again")


@pytest.mark.parametrize(("rule", "seed"), [("the count afterwards", 765), ("the scope of a key", 31)])
def test_a_rule_that_is_left_out_is_missed(rule: str, seed: int) -> None:
    """Both were found by looking from seed 0 on."""
    mutated, whole = play_some([seed], MUTANTS[rule]), play_some([seed])

    assert (list(mutated.wrong), whole.wrong) == ([seed], {})


def test_without_the_control_a_key_is_charged_twice() -> None:
    """A double that is told breaks no rule of the judge; this one is prevented. `test_rules` has the 8 seconds, too."""
    mutated, whole = play_some([2048], MUTANTS["the control"]), play_some([2048])

    assert (mutated.count.doubles, whole.count.doubles) == (1, 0)
