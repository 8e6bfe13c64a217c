"""Commands accept a sale key, a transaction id or a request id wherever they accept one of them."""

from __future__ import annotations

import uuid

from tests.cli.commands.counter import charged, statuses
from tests.cli.memory import Stage, Till

READS = ("why", "requests show", "status", "resume", "transactions show", "receipt")


def paid(till: Till, *options: str) -> tuple[str, str]:
    """A sale's transaction id and request id."""
    result = till.run("charge", "7", *options, "--json").json
    return str(result["transactionId"]), str(result["requestId"])


def test_every_reading_command_accepts_each_of_them(stage: Stage) -> None:
    _, till = stage.open()
    transaction, request = paid(till, "-k", "order-1")
    names = ("order-1", "key:order-1", transaction, f"tx:{transaction}", request, f"req:{request}")

    codes = {(c, n): till.run(*c.split(), n, "-q").code for c in READS for n in names}

    assert {what: code for what, code in codes.items() if code != 0} == {}


def test_voids_refunds_and_dry_runs_accept_a_request_id(stage: Stage) -> None:
    shop, till = stage.open()
    first, second = paid(till, "-k", "a"), paid(till, "-k", "b", "--force")

    refund = till.run("refund", "1", "--transaction", first[1], "--dry-run", "--json").json
    void = till.run("void", f"req:{second[1]}", "-y")

    assert (first[0], 0) == (refund["form"]["transactionId"], void.code)
    assert {int(first[0]): "CAPTURE", int(second[0]): "VOID"} == statuses(shop)


def test_another_till_s_request_is_looked_up_for_its_transaction(stage: Stage) -> None:
    shop, till = stage.open()
    transaction, request = paid(till, "-k", "a")
    other = shop.till("other")

    shown = other.run("transactions", "show", request, "--json")
    unknown = other.run("receipt", str(uuid.uuid4()), "--json")

    assert int(transaction) == shown.json["item"]["transactionId"]
    assert (unknown.code, unknown.json["error"]["code"]) == (10, "no-transaction")


def test_status_of_a_transaction_that_no_entry_booked(stage: Stage) -> None:
    shop, till = stage.open()

    runs = [till.run("status", str(charged(shop, amount))) for amount in ("6.00", "0.05")]
    unknown = till.run("status", "77777", "--json")

    assert [(r.code, r.out) for r in runs] == [(0, "approved\n"), (3, "declined\n")]
    assert unknown.code == 11


def test_an_ambiguous_number_is_2_and_a_prefix_resolves_it(stage: Stage) -> None:
    shop, till = stage.open()
    transaction, _ = paid(till, "-k", "order-1")
    other, _ = paid(till, "-k", transaction, "--force")

    runs = [till.run(*c.split(), transaction, "--json") for c in (*READS, "void -y", "refund --transaction")]
    void = till.run("void", f"key:{transaction}", "-y")

    assert [2] * len(runs) == [r.code for r in runs]
    assert all(f"key:{transaction}" in r.json["error"]["hint"] for r in runs)
    assert (0, {int(transaction): "CAPTURE", int(other): "VOID"}) == (void.code, statuses(shop))


def test_a_key_is_refunded_only_if_its_transaction_is_proven(stage: Stage) -> None:
    shop, till = stage.open("reply-lost-not-started")
    till.run("charge", "5", "-k", "lost", "--timeout", "1")
    sent = len(shop.posts)

    runs = [till.run("void", "lost", "-y", "--json"), till.run("refund", "--transaction", "lost", "-y", "--json")]

    assert [(r.code, r.json["error"]["code"]) for r in runs] == [(10, "no-transaction")] * 2
    assert all("pjterm resume lost" in r.json["error"]["hint"] for r in runs)
    assert sent == len(shop.posts)


def test_a_transaction_known_only_from_a_void_is_shown_with_it(stage: Stage) -> None:
    shop, till = stage.open()
    transaction = str(charged(shop))
    till.run("void", transaction, "-y", "-k", "gone")

    result = till.run("why", transaction, "--json").json

    assert (result["item"]["key"], result["item"]["kind"]) == ("gone", "void")


def test_a_request_id_may_be_typed_in_capitals(stage: Stage) -> None:
    _, till = stage.open()
    _, request = paid(till, "-k", "order-1")
    names = (request.upper(), f"req:{request.upper()}")

    codes = {(c, n): till.run(*c.split(), n, "-q").code for c in READS for n in names}
    cancelled = till.run("cancel", "--request", request.upper(), "--json").json

    assert {what: code for what, code in codes.items() if code != 0} == {}
    assert (cancelled["key"], cancelled["error"]["code"]) == ("order-1", "too-late")


def test_a_key_s_letter_case_counts_even_if_it_looks_like_a_request_id(stage: Stage) -> None:
    _, till = stage.open()
    _, request = paid(till, "-k", "order-1")
    paid(till, "-k", request.upper(), "--force")

    assert till.run("requests", "show", request.upper(), "--json").json["item"]["key"] == request.upper()
    assert till.run("requests", "show", request, "--json").json["item"]["key"] == "order-1"
