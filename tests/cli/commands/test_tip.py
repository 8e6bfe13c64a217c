"""`tip` against the simulator."""

from __future__ import annotations

from tests.cli.commands.counter import call, charged
from tests.cli.memory import Stage


def test_a_tip_is_booked_and_shown_in_text_and_json(stage: Stage) -> None:
    shop, till = stage.open()
    paid = till.run("charge", "20", "-k", "order-1", "--json").json["transactionId"]

    piped = till.run("tip", "order-1", "2")
    result = till.run("tip", str(paid), "3", "--json").json

    assert (0, f"{paid}\n") == (piped.code, piped.out)
    assert (
        result["outcome"], result["exitCode"], result["kind"], result["amount"], result["transaction"]["amountTotal"],
    ) == ("adjusted", 0, "tip", "3.00", "23.00")  # fmt: skip
    assert call(shop, "GET", f"/transactions/{paid}")["amountTotal"] == "23.00"


def test_after_the_batch_a_tip_is_refused_with_the_reason(stage: Stage) -> None:
    shop, till = stage.open("settle_after = 0.1\n\n[[request]]\n")
    paid = str(charged(shop))

    run = till.run("tip", paid, "1", "--json")

    assert (run.code, run.json["error"]["code"]) == (10, "settled")
    assert f"pjterm transactions show {paid}" in run.json["error"]["hint"]


def test_bad_tips_are_named_and_nothing_is_sent(stage: Stage) -> None:
    shop, till = stage.open()
    for line, field in (
        ("tip", "ID"), ("tip 10001", "AMOUNT"), ("tip 10001 -1", "AMOUNT"), ("tip 10001 x", "AMOUNT"),
        ("tip nobody 1", "ID"), ("tip 10001 1 --key tx:1", "--key"),
    ):  # fmt: skip
        run = till.run(*line.split(), "--json")

        assert (run.code, run.json["outcome"]) == (2, "usage")
        assert field in run.json["error"]["message"]
        assert shop.posts == []
