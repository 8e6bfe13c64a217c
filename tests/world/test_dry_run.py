"""A dry run prints a request only where the same line would send it."""

from __future__ import annotations

import pytest

from tests.world.reader import RedX, customer
from tests.world.till import Till, World

SALE = ("charge", "12.34", "-t", "T1", "-k", "K1")


@pytest.fixture
def sold(till: Till) -> Till:
    till.run(*SALE)
    return till


@pytest.mark.parametrize(
    ("line", "code", "error"),
    [
        (SALE, 0, "sent-before"),
        (("charge", "7", "-t", "T1", "-k", "K1"), 10, "key-differs"),
        (("charge", "5", "-t", "T1", "-k", "new", "--another-card"), 10, "no-decline"),
        (("charge", "12.34", "-t", "T1"), 10, "near-duplicate"),
        (("refund", "99", "--transaction", "K1", "--yes"), 10, "more-than-taken"),
        (("tip", "K1", "9"), 10, "large-tip"),
        (("tip", "K1", "0"), 0, "done-before"),
    ],
    ids=lambda x: " ".join(x) if isinstance(x, tuple) else "",
)  # fmt: skip
def test_a_dry_run_prints_no_request_that_the_same_line_would_not_send(
    sold: Till, line: tuple[str, ...], code: int, error: str
) -> None:
    dry = sold.run(*line, "--dry-run", "--json")
    booked = len(sold.world.books.all)

    assert (dry.code, dry.error_code) == (10, error)
    assert (sold.run(*line).code, len(sold.world.books.all)) == (code, booked)


@pytest.mark.parametrize(
    "line", [("refund", "5", "--transaction", "K1"), ("void", "K1"), ("tip", "K1", "9", "--force")]
)
def test_a_dry_run_needs_no_confirmation(sold: Till, line: tuple[str, ...]) -> None:
    assert sold.run(*line, "--dry-run", "--json").json["schema"] == "pjterm.dryrun/1"


def test_a_dry_run_is_stopped_by_the_profile_s_limit(till: Till) -> None:
    till.configure(more='max_amount = "10.00"')

    assert till.run(*SALE, "--dry-run", "--json").error_code == till.run(*SALE, "--json").error_code


def test_a_dry_run_under_the_key_of_a_cancelled_sale_prints_its_next_try(world: World, till: Till) -> None:
    world.t1.next(customer(RedX()))
    assert till.run(*SALE).code == 5

    assert till.run(*SALE, "--dry-run").out.startswith("POST ")


def test_a_dry_run_writes_no_entry(till: Till) -> None:
    assert till.run(*SALE, "--dry-run").code == 0
    assert till.kept_keys() == set()
