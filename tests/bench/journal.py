"""What the journal costs a charge, and what 100,000 entries cost every command.

The first row is the journal's own work before the POST: opening the file, the guards' reads, and the
entry, committed and synced. The others are whole commands with an empty and a full journal.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from pjterm.core.entry import NewEntry, Scope
from pjterm.core.model import Kind, Outcome, Terminal, Verdict
from pjterm.journal.store import Journal
from tests.cli.till import COMMAND, T1, Shop, Till
from tests.core.make import booked

ENTRIES = 100_000
ROUNDS = 21
GOAL_START = 15.0  # ms
GOAL_FULL = 10.0  # ms
SCOPE = Scope("labs", "simulator")


def main(argv: list[str]) -> int:
    """Measure, and print one table; 0 if both goals are met."""
    del argv
    with tempfile.TemporaryDirectory(prefix="journal-") as place:
        root = Path(place)
        start = statistics.median(_start(root / f"start-{n}") for n in range(ROUNDS)) * 1000
        print(f"{'what':<46}{'empty ms':>10}{f'{ENTRIES} ms':>12}{'more':>8}{'goal':>8}")
        print(f"{'the journal in a charge before its POST':<46}{start:>10.1f}{'':>20}{'< 15':>8}")
        with Shop(root / "shop", scenario="approved", speed=1000) as shop:
            worst = _compare(root, shop)
    return 0 if start < GOAL_START and worst < GOAL_FULL else 1


def _start(directory: Path) -> float:
    began = time.perf_counter()
    journal = Journal(directory)
    journal.check_writable()
    now = datetime.now(UTC)
    journal.by_key(SCOPE, "k")
    journal.unresolved_on(T1)
    with journal.transaction(now):
        journal.by_key(SCOPE, "k")
        journal.same_amount(SCOPE, Decimal("5.00"))
        journal.add(_new_entry("k", Decimal("5.00")), now)
    spent = time.perf_counter() - began
    journal.close()
    return spent


def _new_entry(key: str, amount: Decimal) -> NewEntry:
    return NewEntry(SCOPE, key, Kind.PAYMENT, "till-1", Terminal("T1", T1, 10001), "f", amount, "1", False)


def _compare(root: Path, shop: Shop) -> float:
    tills = [Till(root / name, shop.url) for name in ("empty", "full")]
    for till in tills:
        till.run("charge", "5", "-k", "first")
    _fill(tills[1].state)
    lines = {
        "requests list --limit 20": ["requests", "list", "--limit", "20"],
        "requests list --open": ["requests", "list", "--open"],
        "requests show first": ["requests", "show", "first"],
        "charge 5 --dry-run": ["charge", "5", "--dry-run"],
        "charge 5 -k first (reported, one look-up)": ["charge", "5", "-k", "first", "-q"],
        "charge 7 --no-wait": ["charge", "7", "--no-wait", "--force", "-q"],
    }
    worst = 0.0
    for name, line in lines.items():
        taken: list[list[float]] = [[], []]
        for _ in range(ROUNDS):
            for n, till in enumerate(tills):
                taken[n].append(_whole(till, line))
        empty, full = (statistics.median(t) * 1000 for t in taken)
        worst = max(worst, full - empty)
        late = "  missed" if full - empty >= GOAL_FULL else ""
        print(f"{name:<46}{empty:>10.1f}{full:>12.1f}{full - empty:>8.1f}{'< 10':>8}{late}")
    return worst


def _whole(till: Till, line: list[str]) -> float:
    null = subprocess.DEVNULL
    began = time.perf_counter()
    done = subprocess.run([COMMAND, *line], env=till.environ(), stdout=null, stderr=null, check=False)
    spent = time.perf_counter() - began
    assert done.returncode == 0, f"{line} ended with {done.returncode}"
    time.sleep(0.12)  # the next call of this login may then be sent at once
    return spent


def _fill(state: Path) -> None:
    """A year of approved sales, written as the journal writes them."""
    journal = Journal(state)
    first = datetime.now(UTC) - timedelta(days=365)
    with journal.transaction(first):
        for n in range(ENTRIES):
            at = first + timedelta(minutes=5 * n)
            amount = Decimal(n % 5000 + 100) / 100
            entry = journal.add(_new_entry(f"old-{n}", amount), at)
            journal.record(entry, Verdict(Outcome.APPROVED, "approved", booked(1_000_000 + n)), at)
            journal.mark_shown(entry, at)
            journal.owners.release(entry.id)
    journal.close()
    print(f"{ENTRIES} entries written", file=sys.stderr)
