"""The whole fault matrix: `python -m tests.bench faults [--at-once N] [--every N]`.

Every boundary of a charge, every way to lose the POST's answer, every customer; see `tests.cli.matrix`.
Prints the number of cases, and each case in which a claim did not hold.
"""

from __future__ import annotations

import argparse
import itertools
import tempfile
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

from tests.cli.matrix import CUSTOMERS, LOSSES, Result, boundaries, cases, play


def main(argv: list[str]) -> int:
    """Play all cases; 0 if every claim held."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench faults")
    parser.add_argument("--at-once", type=int, default=6, metavar="N", help="cases beside each other")
    parser.add_argument("--every", type=int, default=1, metavar="N", help="only every N-th case")
    given = parser.parse_args(argv)
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="faults-", ignore_cleanup_errors=True) as place:
        root = Path(place)
        with ThreadPoolExecutor(given.at_once) as pool:
            pairs = list(itertools.product(LOSSES, CUSTOMERS))
            counted = pool.map(lambda n: len(boundaries(root / f"count-{n}", *pairs[n])), range(len(pairs)))
            counts = dict(zip(pairs, counted, strict=True))
            chosen = list(cases(counts))[:: given.every]
            print(f"{len(chosen)} cases: {min(counts.values())} to {max(counts.values())} boundaries, "
                  f"{len(LOSSES)} ways to lose the answer, {len(CUSTOMERS)} customers", flush=True)  # fmt: skip
            running = [pool.submit(play, root / f"case-{n}", case) for n, case in enumerate(chosen)]
            results = [_report(future.result(), n) for n, future in enumerate(as_completed(running), 1)]
    return _sum_up(results, time.monotonic() - began)


def _report(result: Result, number: int) -> Result:
    for fault in result.faults:
        print(f"FAULT  {result.case}: {fault}", flush=True)
    if number % 50 == 0:
        print(f"  {number} played", flush=True)
    return result


def _sum_up(results: list[Result], seconds: float) -> int:
    wrong = [r for r in results if r.faults]
    said = Counter(r.said[-1] for r in results)
    print(f"{len(results)} cases in {seconds:.0f} s, {sum(r.killed for r in results)} of them killed; "
          f"said in the end: {', '.join(f'{word} {n}' for word, n in said.most_common())}")  # fmt: skip
    print(f"{len(wrong)} cases in which a claim did not hold")
    return 1 if wrong else 0
