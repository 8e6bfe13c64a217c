"""Refund and void: booked once whatever happens to the answer, guarded, and reported like a charge."""

from __future__ import annotations

import pytest

from pjterm.core.request import invoice_number_for
from pjterm.simulator.shop.inventory import LOGIN
from tests.cli.commands.counter import call, charged, many, refunds, statuses
from tests.cli.memory import Shop, Stage, Till
from tests.cli.test_outcomes import KEYS
from tests.cli.till import ended, wait_for
from tests.cli.together import Stage as Processes
from tests.cli.together import together

FAULTS = ("reply-lost", "http-500", "http-502-html", "truncated", "rate-limited")


def said(words: str) -> str:
    """The words of a question as a pattern that allows any line breaks."""
    return words.replace(" ", r"\s+").replace(".*", r"[\s\S]*")


def faulty(fault: str, call_: str, *, each: bool = False) -> str:
    return f'[[http]]\ncall = "{call_}"\nfault = "{fault}"\neach = {str(each).lower()}\n'


def sold(stage: Stage, then: str) -> tuple[Shop, Till, int]:
    """A successful charge, in a shop that plays this scenario from then on."""
    shop, till = stage.open()
    original = charged(shop)
    shop.play(then)
    return shop, till, original


# -- what they do ----------------------------------------------------------------------------------


def test_a_refund_at_the_reader_is_a_request_with_action_refund(stage: Stage) -> None:
    shop, till = stage.open()

    run = till.run("refund", "5", "-t", "T1", "--json")

    assert (run.code, run.json["outcome"], run.json["kind"]) == (0, "refunded", "refund")
    assert shop.forms("request-payment")[0]["action"] == ["REFUND"]
    assert refunds(shop) == ["5.00"]


def test_a_partial_linked_refund_is_booked_without_the_reader(stage: Stage) -> None:
    shop, till = stage.open()
    original = charged(shop)

    run = till.run("refund", "5", "--transaction", str(original), "-k", "r1", "--json")

    result = run.json
    assert (run.code, result["outcome"], result["amount"], result["key"]) == (0, "refunded", "5.00", "r1")
    assert set(KEYS) == set(result)
    assert result["terminal"] == {"name": None, "smartTerminalId": None, "terminalId": 10001}
    assert [e["source"] for e in result["evidence"]] == ["post", "post", "search", "transaction"], (
        "it is counted afterwards, and its charge is read again"
    )
    assert result["transaction"]["invoiceNumber"] == result["invoiceNumber"]
    form = shop.forms("/transactions")[-1]
    assert {"action": ["REFUND"], "transactionId": [str(original)], "amountBase": ["5.00"]}.items() <= form.items()
    assert refunds(shop) == ["5.00"]


def test_a_full_refund_of_an_unsettled_charge_is_one_refund_and_suggests_the_void(stage: Stage) -> None:
    shop, till = stage.open()
    original = charged(shop)

    run = till.run("refund", "--transaction", str(original), "-k", "all")
    again = till.run("refund", "--transaction", str(original), "-k", "all", "--json")

    assert (0, f"{original + 1}\n") == (run.code, run.out)
    assert f"pjterm void {original}" in run.err, "the void is suggested"
    assert (0, "refunded", original + 1) == (again.code, again.json["outcome"], again.json["transactionId"])
    assert {original: "CAPTURE", original + 1: "CAPTURE"} == statuses(shop)
    assert refunds(shop) == ["12.50"]


def test_a_partial_refund_moves_its_amount_and_a_full_one_the_rest(stage: Stage) -> None:
    shop, till = stage.open()
    original = str(charged(shop, "10.00", amountTax="0.80", amountTip="1.00"))

    part = till.run("refund", "5.00", "--transaction", original, "--json")
    whole = till.run("refund", "--transaction", original, "--json")
    more = till.run("refund", "--transaction", original, "--json")

    assert (part.code, whole.code) == (0, 0)
    assert refunds(shop) == ["5.00", "6.80"]
    assert whole.json["transaction"]["amountTotal"] == "6.80"
    assert (more.code, more.json["error"]["code"]) == (10, "nothing-left")


@pytest.mark.parametrize(("first", "second"), [(("5.00",), ()), ((), ("--note", "broken")), (("5.00",), ("5.40",))])
def test_a_key_that_refunded_something_else_is_refused(
    stage: Stage, first: tuple[str, ...], second: tuple[str, ...]
) -> None:
    """A full refund under the key of a partial one used to be reported as already done."""
    shop, till = stage.open()
    original = str(charged(shop, "10.00", amountTax="0.80", amountTip="1.00"))
    line = ("--transaction", original, "--key", "R1", "--json")

    till.run("refund", *first, *line)
    other = till.run("refund", *second, *line)
    same = till.run("refund", *first, *line)

    assert (other.code, other.json["error"]["code"]) == (10, "key-differs")
    assert (same.code, same.json["replayed"], len(refunds(shop))) == (0, True, 1)


def test_a_partial_refund_may_state_its_tip_tax_shipping_and_surcharge(stage: Stage) -> None:
    shop, till = stage.open()
    amounts = {"amountTip": "2.00", "amountTax": "0.80", "amountShipping": "3.00", "amountSurcharge": "0.30"}
    original = str(charged(shop, "10.00", **amounts))
    options = ["--tip", "1", "--tax", "0.40", "--shipping", "1.50", "--surcharge", "0.15"]

    run = till.run("refund", "5", *options, "--transaction", original, "--json")
    rest = till.run("refund", "--transaction", original)

    form = shop.forms("/transactions")[1]
    sent = {name: form[name][0] for name in form if name.startswith("amount")}
    assert (run.code, rest.code) == (0, 0)
    assert sent == {
        "amountBase": "5.00", "amountTip": "1.00", "amountTax": "0.40", "amountShipping": "1.50",
        "amountSurcharge": "0.15",
    }  # fmt: skip
    assert refunds(shop) == ["8.05", "8.05"]


@pytest.mark.parametrize("first", [(), ("2",)])
def test_a_surcharge_added_by_the_account_is_refunded_with_the_rest(stage: Stage, first: tuple[str, ...]) -> None:
    shop, till = stage.open('[[account]]\nsurcharge = "3.00"\n')
    till.run("charge", "6", "-t", "T1", "-k", "a")
    for amount in first:
        till.run("refund", amount, "--transaction", "a")

    dry = till.run("refund", "--transaction", "a", "--dry-run")
    run = till.run("refund", "--transaction", "a", "--json")

    assert (dry.code, run.code) == (0, 0)
    assert "amountSurcharge" not in shop.forms("/transactions")[-1]
    assert refunds(shop) == (["2.00", "4.18"] if first else ["6.18"])


def test_another_till_s_refund_counts_and_refunds_made_elsewhere_are_said_not_to_count(stage: Stage) -> None:
    shop, till = stage.open()
    other = shop.till("other")
    original = str(charged(shop, "10.00", amountTip="1.00"))
    other.run("refund", "8.00", "--transaction", original)

    too_much = till.run("refund", "3.01", "--transaction", original, "--json")
    void = till.run("void", original, "-y", "--json")
    rest = till.run("refund", "--transaction", original)

    assert (too_much.code, too_much.json["error"]["code"]) == (10, "more-than-taken")
    assert too_much.json["error"]["hint"].endswith(f"pjterm refund --transaction {original}")
    assert (void.code, void.json["error"]["code"]) == (10, "more-than-taken")
    assert rest.code == 0
    assert "(such as in the Virtual Terminal) are not counted" in rest.err
    assert refunds(shop) == ["8.00", "3.00"]


def test_a_refund_made_elsewhere_is_left_to_the_api_to_refuse(stage: Stage) -> None:
    shop, till = stage.open()
    original = str(charged(shop))
    call(shop, "POST", "/transactions", action="REFUND", transactionId=original, amountBase="10.00")

    run = till.run("refund", "5", "--transaction", original, "--json")

    assert (run.code, run.json["error"]["hint"]) == (11, f"see: pjterm transactions show {original}")
    assert refunds(shop) == ["10.00"]


def test_a_refund_booked_for_another_amount_is_unknown_until_an_operator_accepts_it(stage: Stage) -> None:
    shop, till = stage.open()
    original = str(charged(shop, "10.00", amountTax="0.80", amountTip="1.00"))
    number = invoice_number_for(LOGIN, "r1")
    form = {"action": "REFUND", "transactionId": original, "amountBase": "5.00", "invoiceNumber": number}
    booked = call(shop, "POST", "/transactions", **form)["transactionId"]  # another program does not send zeros

    run = till.run("refund", "5", "--transaction", original, "-k", "r1", "--json")
    taken = till.run("resume", "r1", "--transaction", str(booked), "--json")

    error = run.json["error"]
    assert (run.code, run.json["outcome"], error["code"]) == (9, "unknown", "other-amount")
    assert "$5.00" in error["message"]
    assert "$6.80" in error["message"]
    assert f"pjterm resume --transaction {booked} r1" in error["hint"]
    assert (taken.code, taken.json["outcome"]) == (0, "refunded")
    assert refunds(shop) == ["6.80"]


def test_a_full_refund_on_two_tills_under_one_key_is_one_request(stage: Stage) -> None:
    shop, till = stage.open()
    other = shop.till("other")
    original = str(charged(shop, "10.00", amountTip="1.00"))
    first = till.run("refund", "--transaction", original, "-k", "back", "--json").json

    second = other.run("refund", "--transaction", original, "-k", "back", "--json")

    assert (0, first["transactionId"]) == (second.code, second.json["transactionId"])
    assert refunds(shop) == ["11.00"]


def test_a_transaction_can_be_voided_by_id_and_by_key(stage: Stage) -> None:
    shop, till = stage.open()
    other = charged(shop, "3.00")
    own = till.run("charge", "7", "-k", "order-1", "--json").json["transactionId"]

    by_id = till.run("void", str(other), "--yes")
    by_key = till.run("void", "order-1", "--yes", "--json")

    assert (0, f"{other}\n") == (by_id.code, by_id.out)
    assert (0, "voided", "void", own) == (
        by_key.code, by_key.json["outcome"], by_key.json["kind"], by_key.json["transactionId"],
    )  # fmt: skip
    assert set(KEYS) == set(by_key.json)
    assert {other: "VOID", own: "VOID"} == statuses(shop)


def test_a_voided_charge_is_reported_as_voided_and_blocks_nothing(stage: Stage) -> None:
    _, till = stage.open()
    till.run("charge", "7", "-k", "order-1")
    till.run("void", "order-1", "-y")

    same = till.run("charge", "7", "-k", "order-1", "--json")
    other = till.run("charge", "7", "--json")

    assert (same.code, same.json["outcome"]) == (3, "voided")
    assert (other.code, other.json["outcome"]) == (0, "approved")


def test_a_void_of_a_voided_transaction_sends_nothing(stage: Stage) -> None:
    shop, till = stage.open()
    original = charged(shop)
    till.run("void", str(original), "-y")
    sent = len(shop.posts)

    run = till.run("void", str(original), "-y", "--json")

    assert (run.code, run.json["outcome"]) == (0, "voided")
    assert sent == len(shop.posts)


# -- the answer is lost -----------------------------------------------------------------------------


@pytest.mark.parametrize("fault", FAULTS)
def test_a_linked_refund_whose_answer_is_lost_is_booked_once_and_found(stage: Stage, fault: str) -> None:
    shop, till, original = sold(stage, faulty(fault, "POST /transactions"))

    run = till.run("refund", "5", "--transaction", str(original), "-k", "r1", "--json")
    again = till.run("refund", "5", "--transaction", str(original), "-k", "r1", "--json")

    assert (run.code, run.json["outcome"]) == (0, "refunded")
    assert run.json["transactionId"] == again.json["transactionId"]
    assert again.code == 0
    assert refunds(shop) == ["5.00"]


@pytest.mark.parametrize("fault", FAULTS)
def test_a_full_refund_whose_answer_is_lost_is_booked_once_and_found(stage: Stage, fault: str) -> None:
    shop, till, original = sold(stage, faulty(fault, "POST /transactions"))

    run = till.run("refund", "--transaction", str(original), "-k", "r1", "--json")

    assert (0, "refunded", original + 1) == (run.code, run.json["outcome"], run.json["transactionId"])
    assert refunds(shop) == ["12.50"]


def test_a_refund_that_was_neither_taken_nor_answered_is_unknown_and_never_resent(stage: Stage) -> None:
    shop, till, original = sold(stage, faulty("reply-lost-not-started", "POST /transactions", each=True))
    sent = len(shop.posts)

    first = till.run("refund", "5", "--transaction", str(original), "-k", "r1", "--timeout", "1")
    same = till.run("refund", "5", "--transaction", str(original), "-k", "r1", "--timeout", "1")
    other = till.run("refund", "6", "--transaction", str(original), "-k", "r2", "--json")
    resumed = till.run("resume", "r1", "--timeout", "1", "--json")

    assert (first.code, same.code, other.code, resumed.code) == (9, 9, 10, 9)
    assert "pjterm resume r1" in first.err
    assert other.json["error"]["code"] == "transaction-taken"
    assert len(shop.posts) == sent + 1


def test_an_unknown_void_blocks_a_refund_and_names_the_way_out(stage: Stage) -> None:
    _, till, original = sold(stage, faulty("reply-lost-not-started", "PUT /transactions/*", each=True))

    void = till.run("void", str(original), "--yes", "--timeout", "1", "-k", "v1")
    stopped = till.run("refund", "5", "--transaction", str(original), "--json")
    over = till.run("refund", "5", "--transaction", str(original), "--over", "v1", "--json")

    assert (void.code, stopped.code, over.code) == (9, 10, 0), over.err
    assert stopped.json["error"]["code"] == "transaction-taken"
    assert "pjterm resume v1" in stopped.err


@pytest.mark.parametrize("fault", [*FAULTS, "reply-lost-not-started"])
def test_a_void_whose_answer_is_lost_is_proven_by_its_transaction(stage: Stage, fault: str) -> None:
    shop, till, original = sold(stage, faulty(fault, "PUT /transactions/*"))

    run = till.run("void", str(original), "-y", "--json")

    assert (run.code, run.json["outcome"]) == (0, "voided")
    assert {original: "VOID"} == statuses(shop)


def test_a_void_that_never_arrives_is_unknown_and_may_be_resent(stage: Stage) -> None:
    shop, till, original = sold(stage, faulty("reply-lost-not-started", "PUT /transactions/*", each=True))

    run = till.run("void", str(original), "-y", "--timeout", "1", "--json")
    sent_once = shop.posts.count(str(original))
    shop.play(None)
    again = till.run("void", str(original), "-y", "--json")
    resumed = till.run("resume", "--json")

    assert (9, "unknown", original) == (run.code, run.json["outcome"], run.json["transactionId"])
    assert f"pjterm void {original}" in run.json["error"]["hint"]
    assert sent_once == 1
    assert (again.code, again.json["outcome"]) == (0, "voided")
    assert [i["outcome"] for i in resumed.json["items"]] == ["voided"]


# -- what stops them --------------------------------------------------------------------------------


def test_refunds_and_voids_of_one_transaction_never_exceed_it(stage: Stage) -> None:
    shop, till = stage.open()
    original = str(charged(shop))
    till.run("refund", "8", "--transaction", original, "-k", "r1")

    more = till.run("refund", "4.51", "--transaction", original, "-k", "r2", "--force", "--json")
    void = till.run("void", original, "-y", "--json")
    rest = till.run("refund", "4.50", "--transaction", original, "-k", "r3")

    assert (more.code, more.json["error"]["code"]) == (10, "more-than-taken")
    assert f"($4.50): pjterm refund --transaction {original}" in more.json["error"]["hint"]
    assert (void.code, void.json["error"]["code"]) == (10, "more-than-taken")
    assert rest.code == 0
    assert refunds(shop) == ["8.00", "4.50"]


def test_a_transaction_voided_twice_was_refunded_once_and_is_void(stage: Stage) -> None:
    shop, till = stage.open()
    original = till.run("charge", "12.50", "-k", "order-1").out.strip()
    voids = [till.run("void", "order-1", "-y") for _ in range(2)]
    refund = till.run("refund", "1", "--transaction", original, "--json")

    assert [run.code for run in voids] == [0, 0]
    assert (refund.code, refund.json["error"]["code"]) == (10, "void-already")
    assert f"transaction {original} is void" in refund.err
    assert "25.00" not in refund.err
    assert refunds(shop) == []


def test_the_near_duplicate_guard_counts_per_transaction(stage: Stage) -> None:
    shop, till = stage.open()
    one, other = charged(shop), charged(shop, "12.51")
    till.run("refund", "5", "--transaction", str(one))

    same = till.run("refund", "5", "--transaction", str(one), "--json")
    elsewhere = till.run("refund", "5", "--transaction", str(other), "--json")
    forced = till.run("refund", "5", "--transaction", str(one), "--force")

    assert (same.code, same.json["error"]["code"]) == (10, "near-duplicate")
    assert (elsewhere.code, forced.code) == (0, 0)


def test_the_same_key_for_another_amount_is_refused(stage: Stage) -> None:
    shop, till = stage.open()
    original = str(charged(shop))
    till.run("refund", "5", "--transaction", original, "-k", "r1")

    run = till.run("refund", "6", "--transaction", original, "-k", "r1", "--json")

    assert (run.code, run.json["error"]["code"]) == (10, "key-differs")


def test_a_void_without_a_terminal_requires_yes(stage: Stage) -> None:
    shop, till = stage.open()
    original = charged(shop)

    run = till.run("void", str(original), "--json")

    assert (run.code, run.json["error"]["code"]) == (10, "confirm")
    assert {original: "CAPTURE"} == statuses(shop)


def test_the_profile_s_limits_apply_to_linked_refunds(stage: Stage) -> None:
    shop, till = stage.open(max_amount="6.00", confirm_above="4.00")
    original = str(charged(shop))

    above_all = till.run("refund", "7", "--transaction", original, "-y", "--json")
    unconfirmed = till.run("refund", "5", "--transaction", original, "--json")
    confirmed = till.run("refund", "5", "--transaction", original, "-y", "--json")

    assert (above_all.code, above_all.json["error"]["code"]) == (10, "max-amount")
    assert (unconfirmed.code, unconfirmed.json["error"]["code"]) == (10, "confirm-above")
    assert confirmed.code == 0


# -- what the API refuses ---------------------------------------------------------------------------


def test_a_void_of_a_settled_transaction_suggests_the_refund(stage: Stage) -> None:
    shop, till = stage.open("settle_after = 0.001\n")
    original = charged(shop)

    run = till.run("void", str(original), "-y", "--json")

    error = run.json["error"]
    assert (run.code, run.json["outcome"]) == (11, "rejected")
    assert "has been settled" in error["message"]
    assert f"give the money back instead: pjterm refund --transaction {original}" == error["hint"]
    assert [(d["parameter"], d["type"]) for d in error["details"]] == [("status", "invalid")]


def test_pin_debit_is_never_voided_and_its_refund_is_suggested(stage: Stage) -> None:
    shop, till = stage.open("\n[[request]]\npin_debit = true\n")
    original = till.run("charge", "7", "-k", "d", "--json").json["transactionId"]

    run = till.run("void", "d", "-y", "--json")
    refund = till.run("refund", "--transaction", str(original), "--json")

    assert run.code == 11
    assert f"pjterm refund --transaction {original}" in run.json["error"]["hint"]
    assert (refund.code, refund.json["outcome"]) == (0, "refunded")
    assert refunds(shop) == ["7.00"]


def test_the_api_decides_what_cannot_be_voided(stage: Stage) -> None:
    shop, till = stage.open()
    declined, original = charged(shop, "0.05"), charged(shop, "12.51")
    refund = till.run("refund", "1", "--transaction", str(original), "--json").json["transactionId"]

    runs = [
        till.run("void", str(declined), "-y", "--json"),
        till.run("void", str(refund), "-y", "--json"),
        till.run("void", "99999", "-y", "--json"),
        till.run("refund", "--transaction", "99999", "--json"),
    ]

    assert [r.code for r in runs] == [11] * 4
    assert all(r.json["error"]["details"] for r in runs)
    shown = [f"see: pjterm transactions show {number}" for number in (declined, refund)]
    assert [r.json["error"]["hint"] for r in runs[:2]] == shown
    assert all("pjterm transactions list" in r.json["error"]["hint"] for r in runs[2:])


def test_a_transaction_that_holds_no_money_is_refused_before_anything_is_sent(stage: Stage) -> None:
    shop, till = stage.open()
    declined, original = str(charged(shop, "0.05")), str(charged(shop))
    refund = till.run("refund", "5", "--transaction", original, "-k", "back", "--json").json["transactionId"]
    sent = len(shop.posts)

    runs = [
        till.run("refund", "--transaction", declined, "--json"),
        till.run("refund", "1", "--transaction", str(refund), "--json"),
        till.run("refund", "1", "--transaction", "back", "--json"),
        till.run("refund", "7.51", "--transaction", original, "--json"),
    ]

    assert [(r.code, r.json["error"]["code"]) for r in runs] == [
        (10, "not-charged"), (10, "not-charged"), (10, "not-charged"), (10, "more-than-taken"),
    ]  # fmt: skip
    assert all("pjterm " in r.json["error"]["hint"] for r in runs)
    assert len(shop.posts) == sent


def test_bad_arguments_are_named_and_nothing_is_sent(stage: Stage) -> None:
    shop, till = stage.open()
    for line, field in (
        ("refund", "AMOUNT"),
        ("refund 0 --transaction 1", "AMOUNT"),
        ("refund 5 --transaction 1 -t T1", "--terminal"),
        ("refund 5 --transaction 1 --ask-tip", "--ask-tip"),
        ("refund --transaction 1 --tax 1", "--tax"),
        ("refund --transaction 1 --tip 1", "--tip"),
        ("refund 5 --tip 1", "--tip"),
        ("refund 5 --transaction 1 --tip x", "--tip"),
        ("refund 5 --transaction 1 --po 9", "--po"),
        ("refund 5 --transaction 0", "--transaction"),
        ("refund 5 --transaction x", "--transaction"),
        ("void no-such-key", "ID"),
        ("void 0", "ID"),
        ("void", "ID"),
    ):
        run = till.run(*line.split(), "--json")

        assert (run.code, run.json["outcome"]) == (2, "usage")
        assert field in run.json["error"]["message"]
        assert shop.posts == []


# -- other kinds of output --------------------------------------------------------------------------


def test_a_dry_run_shows_the_request_and_sends_nothing(stage: Stage) -> None:
    shop, till = stage.open()
    original = charged(shop)
    sent = len(shop.posts)

    refund = till.run("refund", "5", "--transaction", str(original), "-k", "r", "--dry-run", "--json").json
    void = till.run("void", str(original), "--dry-run", "--json").json

    assert {"schema", "method", "url", "form", "profile", "environment", "key"} == set(refund)
    assert ("POST", f"{shop.url}/transactions") == (refund["method"], refund["url"])
    assert str(original) == refund["form"]["transactionId"]
    assert (void["method"], void["form"]) == ("PUT", {"status": "VOID"})
    assert f"{shop.url}/transactions/{original}" == void["url"]
    assert sent == len(shop.posts)


@together
def test_on_a_terminal_a_void_is_confirmed_only_by_yes(stage: Processes) -> None:
    shop, till = stage.open()
    original = charged(shop)

    no = till.spawn("void", str(original))
    no.expect(r"Void transaction 10001 of \$12\.50\?.* \[y/N\]")
    no.sendline("n")
    refused, _ = ended(no)
    kept = statuses(shop)
    yes = till.spawn("void", str(original))
    yes.expect(r"\[y/N\]")
    yes.sendline("y")
    code, shown = ended(yes)

    assert (10, {original: "CAPTURE"}) == (refused, kept)
    assert (0, {original: "VOID"}) == (code, statuses(shop))
    assert "voided" in shown
    assert "reader" not in shown, "no reader is involved"


@together
def test_on_a_terminal_a_linked_refund_is_confirmed_once(stage: Processes) -> None:
    shop, till = stage.open(confirm_above="1.00")
    original = charged(shop)

    child = till.spawn("refund", "5", "--transaction", str(original), "-q")
    child.expect(
        said(r"Refunds made elsewhere \(such as in the Virtual Terminal\) are not counted\. Send refund of \$5\.00")
    )
    child.expect(r"\[y/N\]")
    child.sendline("y")
    code, shown = ended(child)

    assert code == 0
    assert "[y/N]" not in shown
    assert "REFUNDED: $5.00" in shown
    assert refunds(shop) == ["5.00"]


@together
def test_on_a_terminal_the_question_of_a_full_refund_shows_what_was_refunded_before(stage: Processes) -> None:
    shop, till = stage.open()
    original = str(charged(shop, "10.00", amountTip="1.00"))
    till.run("refund", "5", "--transaction", original)

    child = till.spawn("refund", "--transaction", original, "-q")
    child.expect(said(r"Transaction 10001 took \$11\.00 \(\$10\.00 \+ \$1\.00 tip\); \$5\.00 of it went back before"))
    child.expect(said(r"not counted\. Refund \$6\.00 of it\?.* \[y/N\]"))
    child.sendline("y")
    code, shown = ended(child)

    assert code == 0
    assert "6.00" in shown
    assert refunds(shop) == ["5.00", "6.00"]


def test_ndjson_of_a_refund_is_the_request_and_the_result(stage: Stage) -> None:
    shop, till = stage.open()
    original = charged(shop)

    run = till.run("refund", "5", "--transaction", str(original), "-o", "ndjson")

    assert [line["type"] for line in run.lines] == ["request", "result"]


@together
def test_a_refund_killed_after_its_post_is_resolved_by_resume(stage: Processes) -> None:
    slow = '[[http]]\ncall = "POST /transactions"\nfault = "slow"\nseconds = 100.0\n'
    shop, till = stage.open(slow)
    original = many(shop, ["12.50"])[0]
    started = till.start("refund", "5", "--transaction", str(original), "-k", "r1")
    started.until("Sending")
    wait_for(lambda: bool(refunds(shop)), 40, "the refund")
    started.process.kill()
    started.end()
    resumed = till.run("resume", "r1", "--json")

    assert (resumed.code, resumed.json["outcome"]) == (0, "refunded")
    assert refunds(shop) == ["5.00"]


def test_another_till_s_refund_under_the_same_key_is_the_answer(stage: Stage) -> None:
    shop, till = stage.open()
    other = shop.till("other")
    original = str(charged(shop))
    first = till.run("refund", "5", "--transaction", original, "-k", "r1", "--json").json

    second = other.run("refund", "5", "--transaction", original, "-k", "r1", "--json")

    assert (0, first["transactionId"]) == (second.code, second.json["transactionId"])
    assert refunds(shop) == ["5.00"]


def test_a_void_made_elsewhere_meanwhile_is_the_answer_to_a_full_refund(stage: Stage) -> None:
    shop, till = stage.open()
    original = charged(shop)
    call(shop, "PUT", f"/transactions/{original}", status="VOID")

    run = till.run("refund", "--transaction", str(original), "--json")

    assert (run.code, run.json["error"]["code"]) == (10, "void-already")


@together
def test_on_a_terminal_a_lost_refund_mentions_no_reader(stage: Processes) -> None:
    fault = faulty("reply-lost-not-started", "POST /transactions", each=True)
    shop, till = stage.open(fault)
    original = many(shop, ["12.50"])[0]

    child = till.spawn("refund", "5", "--transaction", str(original), "-k", "r1", "-y", "--timeout", "1")
    code, shown = ended(child)
    resumed, again = ended(till.spawn("resume", "r1", "--timeout", "1"))

    assert (code, resumed) == (9, 9)
    assert "pjterm resume r1" in shown
    assert not any(word in shown + again for word in ("customer:", "reader"))
