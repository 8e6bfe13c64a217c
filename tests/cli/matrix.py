"""The fault matrix: a charge killed at each boundary, its answer lost in each way, for each customer.

A case is played by real processes against a simulator behind the proxy: the charge is started and killed,
`resume` resolves it, the same command runs again, and the simulator's books decide. At most one POST is
taken and one charge booked for the key, and the commands report what the books say, or unknown.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from tests.cli.any_shop import Booked
from tests.cli.proxy import Loss, Proxy, first
from tests.cli.till import Run, Shop, Till

CUSTOMERS = ("approved", "declined", "cancelled")
LOSSES: tuple[Loss | None, ...] = (None, *(loss for loss in Loss if loss is not Loss.NOT_FOUND))  # that is an answer
LINE = ("charge", "12.50", "--key", "order-1", "--json", "--timeout", "3")
KILLED = -9
UNRESOLVED = ("open", "unknown")
WITHOUT_RESULT = ("cancelled", "busy", "unreachable", "unavailable")


@dataclass(frozen=True, slots=True)
class Case:
    """Where it is killed (0: nowhere), how the POST's answer is lost, and what the customer does."""

    kill_at: int
    loss: Loss | None
    customer: str

    def __str__(self) -> str:
        where = f"killed at boundary {self.kill_at}" if self.kill_at else "not killed"
        return f"{where}, {self.loss or 'no loss'}, {self.customer}"


@dataclass(frozen=True, slots=True)
class Result:
    """The result of a case; `faults` is empty if every claim held."""

    case: Case
    killed: bool
    boundaries: tuple[str, ...]
    said: tuple[str, ...]
    faults: tuple[str, ...]


def boundaries(root: Path, loss: Loss | None, customer: str) -> tuple[str, ...]:
    """The boundaries that a charge passes when it is not killed."""
    return play(root, Case(0, loss, customer)).boundaries


def cases(counts: dict[tuple[Loss | None, str], int]) -> Iterator[Case]:
    """Every boundary for every loss and customer."""
    for loss, customer in itertools.product(LOSSES, CUSTOMERS):
        for number in range(1, counts[loss, customer] + 1):
            yield Case(number, loss, customer)


def play(root: Path, case: Case) -> Result:
    """Play one case in an empty directory."""
    root.mkdir(parents=True)
    passed = root / "boundaries"
    with ExitStack() as stack:
        shop = stack.enter_context(Shop(root / "shop", scenario=case.customer, speed=100.0))
        proxy = stack.enter_context(Proxy(shop.url, first("request-payment", case.loss)))
        till = Till(root / "till", proxy.url)
        charge = till.start(str(case.kill_at), str(passed), "--", *LINE, module="tests.cli.killer").end()
        runs = [charge] if charge.code != KILLED else []
        runs.append(till.run("resume", "order-1", "--json", "--timeout", "1.5"))
        posts = shop.posts.count("request-payment")
        if _ended_without_result(runs):
            books = shop.books()
        else:
            runs.append(till.run(*LINE))
            posts, books = shop.posts.count("request-payment"), shop.books()
    lines = tuple(passed.read_text().splitlines())
    faults = tuple(_faults(runs, posts, books, charge))
    return Result(case, charge.code == KILLED, lines, tuple(map(_said, runs)), faults)


def _ended_without_result(runs: list[Run]) -> bool:
    """Whether the same key may then be charged again, which is another test."""
    return _said(runs[-1]) in WITHOUT_RESULT


def _said(run: Run) -> str:
    return str(run.json["outcome"])


def _faults(runs: list[Run], posts: int, books: list[Booked], charge: Run) -> Iterator[str]:
    """Every claim that did not hold, in words."""
    paid = [b for b in books if b.approved]
    if posts > 1:
        yield f"{posts} POSTs"
    if len(paid) > 1:
        yield f"{len(paid)} charges"
    for run in runs:
        if "Traceback" in run.err:
            yield f"a traceback: {run.err[-300:]}"
    for run in runs:
        said = _said(run)
        if run.json["exitCode"] != run.code:
            yield f"exit {run.code}, but exitCode {run.json['exitCode']}"
        if not _true(said, run, books):
            yield f"said {said} ({run.code}), booked {books}"
    if charge.code not in (KILLED, 0, 3, 5, 8, 9):
        yield f"the charge ended with {charge.code}: {charge.err[-300:]}"


def _true(said: str, run: Run, books: list[Booked]) -> bool:
    """Whether a verdict matches the books or is unknown."""
    match said:
        case "approved":
            return run.json["transactionId"] in [b.id for b in books if b.approved]
        case "declined":
            return bool(books) and not any(b.approved for b in books)
        case "cancelled":
            return books == []
        case "usage":  # the journal has no such key: it was killed before the entry existed
            return run.code == 2
        case _:
            return said in UNRESOLVED
