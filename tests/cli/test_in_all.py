"""Amounts shown to people are totals, including tax and shipping, from the first line to the verdict and in lists."""

from __future__ import annotations

import pytest

from tests.cli.memory import Stage
from tests.cli.proxy import Lose, Loss
from tests.cli.till import Run


def loss_of(method: str, part: str, how: Loss = Loss.RESET_BEFORE) -> Lose:
    """Loses the calls of this method whose path contains this part."""
    return lambda verb, path: how if verb == method and part in path else None


def said(*runs: Run) -> str:
    """Everything that they printed."""
    return "\n".join(text for run in runs for text in (run.out, run.err))


def test_a_repeat_shows_the_total_of_the_first_sale(stage: Stage) -> None:
    _, till = stage.open()
    sale = ("charge", "30", "--tax", "2", "--shipping", "3", "-t", "T1")
    till.run(*sale, "-k", "first")
    refund = ("refund", "1", "--tax", "2", "--transaction", "first")
    till.run(*refund)

    again, back, why = till.run(*sale), till.run(*refund), till.run("why", "first")

    assert "a payment of $35.00 on T1 was approved" in again.err
    assert "a refund of $3.00 of transaction 10001 was made" in back.err
    assert why.out.startswith("payment of $35.00 on T1 (key first)\n")
    assert "$30.00 on" not in said(again, back, why)


def test_the_total_of_an_unknown_sale_stays_the_same_from_the_first_line_to_the_verdict(stage: Stage) -> None:
    _, till = stage.open("reply-lost-not-started")

    sale = till.run("charge", "12.50", "--tax", "1", "-t", "T1", "-k", "L1", "--timeout", "14")
    others = [till.run(*line.split()) for line in ("why L1", "reconcile", "charge 3 -t T1", "requests list")]
    listed = till.run_at(100, "requests", "list")
    denied = till.run("resume", "L1", "--not-charged", "--yes")
    as_json = till.run("requests", "show", "L1", "--json").json

    assert sale.code == 9
    assert ("payment of $13.50" in sale.err, "NOT KNOWN YET: $13.50" in sale.err) == (True, True)
    assert "an earlier payment of $13.50 on T1 is still unknown" in others[2].err
    assert others[1].out.startswith("still-open\t13.50\t")
    assert "CANCELLED: $13.50" in denied.err
    assert "13.50" in listed.out
    assert "$12.50" not in said(sale, *others, listed, denied)
    assert "12.50" not in listed.out
    assert (as_json["item"]["amount"], as_json["item"]["amountTotal"]) == ("12.50", None)


def test_a_partial_approval_is_shown_with_its_total(stage: Stage) -> None:
    _, till = stage.open("partial")

    runs = till.run("charge", "10", "--tax", "1", "-t", "T1", "-k", "P1"), till.run("why", "P1")

    for run in runs:
        assert "PARTLY PAID: The bank approved only $8.00 ($7.00 + $1.00 tax) of $11.00: transaction 10001" in said(run)
        assert "$10.00" not in said(run)


@pytest.mark.parametrize(
    ("line", "call"),
    [("tip a 1.50", ("PUT", "/transactions/")), ("refund 3 --transaction a", ("POST", "/transactions"))],
)
def test_the_total_of_an_unknown_sale_is_empty_in_a_pipe(stage: Stage, line: str, call: tuple[str, str]) -> None:
    shop, till = stage.open()
    till.run("charge", "10", "-t", "T1", "-k", "a")
    with shop.losing(loss_of(*call)):
        sent = till.run(*line.split(), "--timeout", "20")

    row = till.run("requests", "list").out.splitlines()[0].split("\t")

    assert (sent.code, row[5], row[7]) == (9, "unknown", "")


def test_removing_a_tip_is_shown_in_the_first_line(stage: Stage) -> None:
    _, till = stage.open()
    till.run("charge", "20", "--tax", "1.60", "-t", "T1", "-k", "a")

    assert "tip of $1.00 for transaction 10001 (key" in till.run("tip", "a", "1").err
    assert "tip of $0.00 for transaction 10001 (key" in till.run("tip", "a", "0").err


def test_an_invoice_s_earlier_payment_is_shown_with_its_total(stage: Stage) -> None:
    _, till = stage.open()
    till.run("charge", "10", "--tax", "1", "-t", "T1", "--invoice", "INV-1")

    again = till.run("charge", "10", "--tax", "1", "-t", "T1", "--invoice", "INV-1")

    assert "transaction 10001 over $11.00 ($10.00 + $1.00 tax)" in again.err


def test_a_hold_is_called_a_hold_everywhere(stage: Stage) -> None:
    _, till = stage.open("held")
    until = "Held on the card, not captured. PayJunction voids it by itself on Sat Nov 28."
    till.run("charge", "10", "-t", "T1", "-k", "h1")

    status, shown, tip = till.run("status", "h1"), till.run("requests", "show", "h1"), till.run("tip", "h1", "1")
    listed, piped = till.run_at(80, "requests", "list"), till.run("requests", "list")

    assert (status.out, status.err) == ("approved\n", f"{until}\n")
    assert any(line.startswith("held:") and line.endswith(until) for line in shown.out.splitlines())
    assert f"ADJUSTED: $11.00 ($10.00 + $1.00 tip)  {until}" in tip.err
    assert "approved, held" in listed.out
    assert [line.split("\t")[5] for line in piped.out.splitlines()] == ["adjusted", "approved"]
