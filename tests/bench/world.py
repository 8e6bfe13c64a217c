"""A million sales in virtual time: `python -m tests.bench world [--sales N] [--first SEED] [--jobs N]`.

Prints sales, faults injected, double charges prevented and reported, false statements and unreported doubles (there
must be none), and the seed of each history that broke a rule: `python -m tests.world SEED` prints it. From seed
1,000,000,000 on, histories are harder: several kinds of trouble occur at once. From 2,000,000,000 on, they also have
forged events, invoices shared by several sales, and clocks that run wrong.
"""

from __future__ import annotations

import argparse
import os
import time
from collections import defaultdict

from tests.world.many import Tally, play_many

FALSE = (
    "false statement",
    "false approval",
    "adopted",
    "false in the end",
    "not taken",
    "key first",
    "declined too early",
)


def main(argv: list[str]) -> int:
    """Play until there were enough sales; 0 if no history broke a rule."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench world")
    parser.add_argument("--sales", type=int, default=1_000_000, metavar="N")
    parser.add_argument("--first", type=int, default=0, metavar="SEED", help="the first history")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, metavar="N", help="processes at once")
    given = parser.parse_args(argv)
    began, tally = time.monotonic(), Tally()
    for some in play_many(given.first, given.jobs):
        tally.add(some)
        if tally.count.sales >= given.sales:
            break
    return _sum_up(tally, time.monotonic() - began)


def _sum_up(tally: Tally, seconds: float) -> int:
    count = tally.count
    by_rule = defaultdict(list)
    for seed, (rule, _) in sorted(tally.wrong.items()):
        by_rule[rule].append(seed)
    rows = {
        "sales": count.sales, "commands": count.commands, "faults injected": count.faults,
        "doubles prevented": count.prevented, "doubles told": count.reported,
        "false words": sum(len(seeds) for rule, seeds in by_rule.items() if rule in FALSE),
        "unsaid doubles": len(by_rule["unreported double"]) + len(by_rule["sent again"]),
    }  # fmt: skip
    for name, value in rows.items():
        print(f"{name:>18}  {value:,}")
    print(f"{'seconds':>18}  {seconds:.0f}  ({count.sales / seconds:.0f} sales a second)")
    for rule, seeds in by_rule.items():
        if seeds:
            print(f"{rule}: {len(seeds)} histories, seeds {' '.join(map(str, seeds[:12]))}")
    return 1 if tally.wrong else 0
