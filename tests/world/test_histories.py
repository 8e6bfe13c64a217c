"""Random histories: whatever goes wrong and whatever is typed, no command reports anything false.

`python -m tests.world SEED` prints the story of one, and `python -m tests.bench world` plays a million sales.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.world.history import ODDER, History
from tests.world.many import Tally, play_some
from tests.world.rules import MUTANTS, RULES, Rules
from tests.world.seeds import SEEDS
from tests.world.till import World

SALES = 200
"""A few with every run; `.ci/run` and `.ci/long` play 20,000 each, and `python -m tests.bench world` a million."""
BEGIN = (0, ODDER)
"""Enough for two cores and for all kinds of trouble."""


@pytest.mark.parametrize("seed", BEGIN)
def test_no_history_breaks_a_rule(seed: int) -> None:
    tally = Tally()
    while tally.count.sales < SALES / len(BEGIN) and not tally.wrong:
        tally.add(play_some(range(seed, seed + 10)))
        seed += 10

    assert tally.wrong == {}


PLAYED_ANYWAY = 1_000
"""Seeds below this are among the first 20,000 sales, which the long suite plays."""
ONCE_WRONG = [pytest.param(s, marks=pytest.mark.exhaustive if s < PLAYED_ANYWAY else ()) for s in SEEDS]


@pytest.mark.parametrize("seed", ONCE_WRONG)
def test_a_history_that_once_failed_succeeds(seed: int) -> None:
    assert play_some([seed]).wrong == {}


def typed_in(seed: int, place: Path) -> list[tuple[object, ...]]:
    """Everything typed in a history, when, and the results."""
    with World(place, seed) as world:
        History(world, seed).play()
        return [(run.argv, run.began, run.ended, run.code, run.out) for run in world.runs]


@pytest.mark.parametrize("seed", [7, 9])
def test_one_seed_gives_one_history(place: Path, seed: int) -> None:
    assert typed_in(seed, place / "once") == typed_in(seed, place / "again")


@pytest.mark.parametrize(("rule", "seed"), [("the count afterwards", 765), ("the scope of a key", 31)])
def test_omitting_a_rule_breaks_a_history(rule: str, seed: int) -> None:
    """Both were found by searching from seed 0."""
    mutated, whole = play_some([seed], MUTANTS[rule]), play_some([seed])

    assert (list(mutated.wrong), whole.wrong) == ([seed], {})


@pytest.mark.parametrize(("rules", "doubled"), [(MUTANTS["the control"], True), (RULES, False)])
def test_without_the_control_a_key_is_charged_twice(place: Path, rules: Rules, doubled: bool) -> None:
    """A reported double breaks no rule of the judge; this one is prevented. `test_rules` also covers the 8 seconds."""
    with World(place, 2048, rules) as world:
        History(world, 2048).play()

        assert any('"charged-twice"' in run.out for run in world.runs) is doubled
