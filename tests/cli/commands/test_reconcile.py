"""`reconcile`: each planted difference is found, and nothing else."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from pjterm.core.entry import Entry, Scope
from pjterm.core.model import Kind, Outcome, Terminal
from pjterm.reports.reconcile import Books, Difference, Kinds, compare
from pjterm.reports.transaction_line import Line, line
from tests.cli.commands.counter import call, charged
from tests.cli.till import Shop, Till, ended
from tests.cli.together import Stage, together

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
BEGIN = NOON - timedelta(hours=12)
LABS = Scope("labs", "shop")
ITEM_KEYS = {"difference", "says", "hint", "amount", "key", "terminal", "invoiceNumber", "transactionIds"}


def booked(
    id_: int,
    amount: str = "12.50",
    *,
    at: datetime = NOON,
    action: str = "CHARGE",
    status: str = "CAPTURE",
    approved: bool = True,
    invoice: str | None = None,
    card: str = "1111",
) -> Line:
    """A transaction as a search tells it."""
    item: dict[str, Any] = {
        "transactionId": id_, "terminalId": 1, "action": action, "amountBase": amount, "amountTotal": amount,
        "status": status, "created": f"{at:%Y-%m-%dT%H:%M:%SZ}", "invoiceNumber": invoice or f"n{id_}",
        "response": {"approved": approved, "code": "00" if approved else "05"},
        "vault": {"accountType": "VISA", "lastFour": card}, "service": "SMART_TERMINAL",
    }  # fmt: skip
    found = line(item)
    assert found is not None
    return found


def entry(id_: int | None = None, outcome: Outcome | None = Outcome.APPROVED, **more: Any) -> Entry:
    """An entry of that noon."""
    values: dict[str, Any] = {
        "id": id_ or 0, "scope": LABS, "key": f"k{id_}", "kind": Kind.PAYMENT, "profile": "p",
        "terminal": Terminal("T1", "u", 1), "fingerprint": "f", "created_at": NOON, "started_at": NOON,
        "amount": Decimal("12.50"), "invoice_number": f"n{id_}", "outcome": outcome, "transaction_id": id_,
    }  # fmt: skip
    return Entry(**(values | more))


def differences(entries: list[Entry], lines: list[Line], **more: Any) -> list[Difference]:
    """What a comparison of that day finds."""
    by_id = {x.transaction.transaction_id: x for x in lines}
    return compare(Books(BEGIN, BEGIN + timedelta(days=1), tuple(entries), by_id, **more))


def kinds(entries: list[Entry], lines: list[Line], **more: Any) -> list[str]:
    """The kinds of it."""
    return [d.kind.value for d in differences(entries, lines, **more)]


# -- the rules, one by one ------------------------------------------------------------------------


def test_a_day_on_which_all_agree_has_no_difference() -> None:
    void = entry(9, Outcome.VOIDED, kind=Kind.VOID, transaction_id=3, original_id=3, amount=Decimal("3.00"))
    instead = entry(8, Outcome.REFUNDED, kind=Kind.REFUND, transaction_id=4, original_id=4)
    entries = [
        entry(1), entry(2, Outcome.DECLINED), entry(3, Outcome.VOIDED), entry(4, Outcome.VOIDED), void, instead,
        entry(5, Outcome.REFUNDED, kind=Kind.REFUND, original_id=1),
        entry(None, Outcome.CANCELLED, key="c", transaction_id=None),
    ]  # fmt: skip
    lines = [
        booked(1), booked(2, approved=False, status="DECLINED"), booked(3, status="VOID"),
        booked(4, status="VOID"), booked(5, action="REFUND"), booked(6, "0.00", action="VERIFY"),
    ]  # fmt: skip

    assert kinds(entries, lines, heard=frozenset({1, 2, 3})) == []


def test_money_that_nobody_s_entry_owns_is_told() -> None:
    found = differences([entry(1)], [booked(1), booked(2, "5.00")])

    assert [(d.kind, d.transaction_ids, d.amount) for d in found] == [
        (Kinds.MONEY_WITHOUT_ENTRY, (2,), "5.00"),
    ]  # fmt: skip


def test_money_of_another_day_or_owned_by_an_older_entry_is_not() -> None:
    yesterday = booked(1, at=NOON - timedelta(days=1))

    assert kinds([], [yesterday]) == []
    assert kinds([], [booked(2)], owners={2: entry(2)}) == []


def test_a_cancelled_entry_whose_number_carries_money_is_named() -> None:
    found = differences([entry(None, Outcome.CANCELLED, key="c", invoice_number="x")], [booked(7, invoice="x")])

    assert [(d.kind, d.key, d.transaction_ids) for d in found] == [(Kinds.MONEY_WITHOUT_ENTRY, "c", (7,))]


def test_entries_without_their_money_are_told_whatever_became_of_it() -> None:
    for lines in (
        [],
        [booked(1, status="VOID")],
        [booked(1, approved=False, status="DECLINED")],
        [booked(1, "9.99")],
    ):
        assert kinds([entry(1)], lines) == ["entry-without-money"]


def test_a_void_that_did_not_hold_is_money_without_an_entry() -> None:
    void = entry(9, Outcome.VOIDED, kind=Kind.VOID, transaction_id=1, original_id=1)

    both = differences([entry(1, Outcome.VOIDED), void], [booked(1)])
    alone = differences([entry(1, Outcome.VOIDED)], [booked(1)])

    assert [(d.kind, d.key) for d in both] == [(Kinds.MONEY_WITHOUT_ENTRY, "k9")]
    assert [(d.kind, d.key) for d in alone] == [(Kinds.MONEY_WITHOUT_ENTRY, "k1")]


def test_one_card_over_one_amount_within_ten_minutes_is_probably_double() -> None:
    later, much_later = NOON + timedelta(minutes=9), NOON + timedelta(minutes=30)
    entries = [entry(1), entry(2), entry(3), entry(4)]

    found = differences(entries, [booked(1), booked(2, at=later), booked(3, at=much_later), booked(4, card="2")])

    assert [(d.kind, d.transaction_ids) for d in found] == [(Kinds.DOUBLE_CHARGE, (1, 2))]
    assert "pjterm void k2" in found[0].hint


def test_sales_under_keys_of_their_own_were_meant() -> None:
    """Six coffees on one card are six sales; one of them under no key of its own may be one too many."""
    lines = [booked(n, at=NOON + timedelta(minutes=n)) for n in range(1, 7)]
    meant = [entry(n, named=True) for n in range(1, 7)]

    assert kinds(meant, lines) == []
    assert kinds([*meant[:5], entry(6)], lines) == ["double-charge"]
    assert kinds(meant[:2], [booked(n, invoice="n1") for n in (1, 2)]) == ["double-charge"]


@pytest.mark.parametrize(
    ("shown", "named", "found"),
    [(0.5, True, []), (2, True, ["double-charge"]), (None, True, ["double-charge"]), (0.5, False, ["double-charge"])],
)
def test_a_key_given_by_somebody_who_knew_of_the_earlier_sale_is_a_sale_of_its_own(
    shown: float | None, named: bool, found: list[str]
) -> None:
    """Minutes after noon: the first is charged at 0 and shown when it says, the second typed at 1."""
    at = None if shown is None else NOON + timedelta(minutes=shown)
    later = NOON + timedelta(minutes=1)
    entries = [entry(1, shown_at=at), entry(2, named=named, started_at=later)]

    assert kinds(entries, [booked(1), booked(2, at=later)]) == found


def test_a_double_names_the_keys_and_how_to_say_that_it_is_none() -> None:
    (found,) = differences([entry(1), entry(2)], [booked(1), booked(2, at=NOON + timedelta(minutes=1))])

    assert ("(key k1)" in found.says, "(key k2)" in found.says, found.key) == (True, True, "k2")
    assert found.hint == "if so: pjterm void k2   (if these are two sales: pjterm close --over k2)"


def test_one_number_paid_twice_is_told_once_even_with_one_card() -> None:
    lines = [booked(1, invoice="x"), booked(2, invoice="x", at=NOON + timedelta(minutes=1))]

    assert kinds([entry(1), entry(2)], lines) == ["double-charge"]
    assert kinds([entry(1), entry(2)], [lines[0], booked(2, invoice="x", status="VOID")]) == ["entry-without-money"]


def test_an_open_entry_is_told_once_with_the_money_under_its_number() -> None:
    found = differences([entry(None, Outcome.UNKNOWN, key="u", invoice_number="x")], [booked(1, invoice="x")])

    assert [(d.kind, d.key, d.transaction_ids) for d in found] == [(Kinds.STILL_OPEN, "u", (1,))]
    assert found[0].hint == "pjterm resume u"


def test_a_webhook_s_transaction_that_the_api_does_not_show_is_told() -> None:
    assert kinds([], [], heard=frozenset({5})) == ["event-without-transaction"]


# -- the commands ------------------------------------------------------------------------------------


def planted(stage: Stage) -> tuple[Shop, Till, dict[str, int]]:
    """A day with one difference of each kind a shop can make."""
    shop, till = stage.open('[[request]]\nnth = 3\nacts = 90000.0\n')
    gone = till.run("charge", "3", "-k", "gone", "--json").json["transactionId"]
    good = till.run("charge", "4", "-k", "good", "--json").json["transactionId"]
    till.run("charge", "5", "-k", "open", "--no-wait")
    call(shop, "PUT", f"/transactions/{gone}", status="VOID")
    foreign = charged(shop, "6.00")
    return shop, till, {"gone": gone, "good": good, "foreign": foreign}


@together
def test_reconcile_finds_each_planted_difference_and_nothing_else(stage: Stage) -> None:
    _, till, ids = planted(stage)

    run = till.run("reconcile", "--json")

    told = run.json
    assert (run.code, told["schema"]) == (13, "pjterm.reconcile/1")
    assert set(told) == {
        "schema", "day", "begin", "end", "timezone", "settlement", "sources", "incomplete", "unreadable", "held",
        "items",
    }  # fmt: skip
    assert set(told["items"][0]) == ITEM_KEYS
    assert [(i["difference"], i["key"], i["transactionIds"]) for i in told["items"]] == [
        ("money-without-entry", None, [ids["foreign"]]),
        ("entry-without-money", "gone", [ids["gone"]]),
        ("still-open", "open", []),
    ]
    assert told["sources"] == {"entries": 3, "transactions": 3, "events": None, "eventsRemoved": None}
    assert "without the relay's events" in run.err


@together
def test_reconcile_as_csv_in_a_pipe_and_on_a_terminal(stage: Stage) -> None:
    _, till, ids = planted(stage)

    as_csv = till.run("reconcile", "--csv")
    piped = till.run("reconcile")
    code, shown = ended(till.spawn("reconcile"))

    rows = list(csv.DictReader(io.StringIO(as_csv.out)))
    assert (as_csv.code, piped.code, code) == (13, 13, 13)
    assert [r["difference"] for r in rows] == ["money-without-entry", "entry-without-money", "still-open"]
    assert rows[0]["transactions"] == str(ids["foreign"])
    assert [x.split("\t")[0] for x in piped.out.splitlines()] == [r["difference"] for r in rows]
    assert "pjterm resume open" in shown


@together
def test_a_day_without_difference_exits_0(stage: Stage) -> None:
    _, till = stage.open()
    till.run("charge", "4")

    today, other = till.run("reconcile", "--json"), till.run("reconcile", "--day", "2020-01-31")

    assert (today.code, today.json["items"]) == (0, [])
    assert (other.code, other.out) == (0, "")


@together
def test_the_relay_s_events_are_the_third_record(stage: Stage) -> None:
    _, till = stage.open()
    till.run("charge", "4")
    keep_event(till, 77777)

    run = till.run("reconcile", "--json")

    assert run.code == 13
    assert [(i["difference"], i["transactionIds"]) for i in run.json["items"]] == [
        ("event-without-transaction", [77777])
    ]
    assert run.json["sources"]["events"] == 1


def keep_event(till: Till, transaction_id: int) -> None:
    """What a relay of this till once heard."""
    from pjterm.events.event import Arrival
    from pjterm.events.sqlite.store import SqliteStore

    body = {"id": "e1", "type": "TRANSACTION", "data": {"transactionId": transaction_id}}
    now = int(datetime.now(UTC).timestamp() * 1000)
    store = SqliteStore(till.state / "events.sqlite")
    store.append([Arrival("till-1", True, now, "e1", "TRANSACTION", None, None, json.dumps(body).encode(), b"")])
    store.close()
