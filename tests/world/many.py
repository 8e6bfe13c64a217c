"""Many histories, on all cores."""

from __future__ import annotations

import gc
import shutil
import traceback
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass, field

from tests.world.history import play, root
from tests.world.judge import Count, Wrong
from tests.world.rules import RULES, Rules

AT_ONCE = 50
"""The number of histories that one process plays before it reports them."""


@dataclass(slots=True)
class Tally:
    """The results of some histories."""

    count: Count = field(default_factory=Count)
    wrong: dict[int, tuple[str, str]] = field(default_factory=dict)
    """By seed: the broken rule and the details."""

    def add(self, other: Tally) -> None:
        """Add another tally."""
        self.count.add(other.count)
        self.wrong |= other.wrong


def play_some(seeds: Iterable[int], rules: Rules = RULES) -> Tally:
    """Play histories one after the other; a failure does not stop the others."""
    tally = Tally()
    gc.disable()
    gc.freeze()  # existing objects need not be searched for the garbage of histories
    try:
        for seed in seeds:
            _play_one(seed, tally, rules)
    finally:
        gc.enable()
        gc.collect()
        gc.unfreeze()
    return tally


def _play_one(seed: int, tally: Tally, rules: Rules) -> None:
    place = root()
    try:
        tally.count.add(play(seed, place, rules))
    except Wrong as wrong:
        tally.wrong[seed] = wrong.rule, str(wrong)
    except Exception as error:
        tally.wrong[seed] = f"crash: {type(error).__name__}", traceback.format_exc()
    finally:
        shutil.rmtree(place)


def play_many(first: int, jobs: int) -> Iterator[Tally]:
    """Play histories from this seed on, forever, `AT_ONCE` at a time; the caller stops iterating when it has enough."""
    pool, waiting = ProcessPoolExecutor(jobs), list[Future[Tally]]()
    try:
        while True:
            while len(waiting) < jobs * 2:
                waiting.append(pool.submit(play_some, range(first, first + AT_ONCE)))
                first += AT_ONCE
            yield waiting.pop(0).result()
    finally:
        pool.shutdown(cancel_futures=True)
