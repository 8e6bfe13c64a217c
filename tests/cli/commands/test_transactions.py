"""`transactions list|show`: every filter, all pages, in text, JSON and a terminal; zones in their own processes."""

from __future__ import annotations

from urllib.parse import parse_qs
from zoneinfo import ZoneInfo

import pytest

from pjterm.reports import filters
from tests.cli.any_shop import AnyShop
from tests.cli.commands.counter import call, charged, many
from tests.cli.memory import Stage
from tests.cli.together import Stage as Processes
from tests.cli.together import together

NEW_YORK = ZoneInfo("America/New_York")


def queries(shop: AnyShop) -> list[dict[str, list[str]]]:
    """The queries of GET /transactions."""
    asked = [e.call for e in shop.exchanges if e.call.method == "GET" and e.call.path == "/transactions"]
    return [parse_qs(c.query) for c in asked]


def test_a_list_distinguishes_approved_declined_and_voided(stage: Stage) -> None:
    shop, till = stage.open()
    paid, refused, gone = charged(shop, "1234.50"), charged(shop, "0.05"), charged(shop, "3.00")
    call(shop, "PUT", f"/transactions/{gone}", status="VOID")

    run = till.run("transactions", "list")

    cells = [line.split("\t") for line in run.out.splitlines()]
    assert run.code == 0
    assert [(int(c[0]), c[2], c[3], c[4]) for c in cells] == [
        (gone, "charge", "voided", "3.00"),
        (refused, "charge", "DECLINED 05", "0.05"),
        (paid, "charge", "approved", "1234.50"),
    ]


def test_amounts_are_aligned_on_a_terminal(stage: Stage) -> None:
    shop, till = stage.open()
    charged(shop, "1234.50")
    charged(shop, "0.99")

    run = till.run_at(80, "transactions", "list", "-q")

    lines = [line for line in run.out.splitlines() if "approved" in line]
    assert run.code == 0
    assert len({line.index(amount) + len(amount) for line, amount in zip(lines, ("0.99", "1234.50"), strict=True)}) == 1


def test_all_pages_are_read_and_limit_keeps_the_newest(stage: Stage) -> None:
    shop, till = stage.open()
    booked = many(shop, [f"{n}.00" for n in range(1, 54)])

    everything = till.run("transactions", "list", "--json").json
    limited = till.run("transactions", "list", "--limit", "2", "--json").json

    assert everything["schema"] == "pjterm.transactions/1"
    assert len(everything["items"]) == 53
    assert booked[0] == everything["items"][-1]["transactionId"]
    assert everything["items"][:2] == limited["items"]


@pytest.mark.parametrize(
    ("args", "parameter", "value"),
    [
        ("--invoice A1", "invoiceNumber", "A1"),
        ("--po P1", "purchaseOrderNumber", "P1"),
        ("--status declined", "status", "DECLINED"),
        ("--action refund", "action", "REFUND"),
        ("--amount 5", "amountTotal", "5.00"),
        ("--last-four 1111", "lastFour", "1111"),
        ("--service smart-terminal", "service", "SMART_TERMINAL"),
        ("--action payment", "action", "CHARGE"),
        ("--status approved", "status", "CAPTURE"),
        ("--status voided", "status", "VOID"),
        ("--status held", "status", "HOLD"),
        ("--settlement 0", "settlementId", "0"),
        ("--schedule 7", "scheduleId", "7"),
        ("--account 10001", "terminalId", "10001"),
        ("--transaction 10001", "transactionId", "10001"),
        ("--billing-first-name Ann", "billingFirstName", "Ann"),
        ("--billing-last-name Lee", "billingLastName", "Lee"),
        ("--billing-identifier c7", "billingIdentifier", "c7"),
        ("--external-id e1", "metadata[externalId]", "e1"),
        ("--external-data e2", "metadata[externalData]", "e2"),
    ],
)
def test_each_filter_becomes_its_parameter(args: str, parameter: str, value: str) -> None:
    option, text = args.split()
    name = option.removeprefix("--").replace("-", "_")

    assert filters.parameters({name: text}) == {parameter: value}


@together
def test_without_a_filter_only_today_is_requested_with_an_offset(stage: Processes) -> None:
    shop, till = stage.open()

    till.run("transactions", "list", TZ="America/New_York")
    till.run("transactions", "list", "--invoice", "A1")

    assert queries(shop)[0]["startDate"][0][10:] in ("T00:00:00-05:00", "T00:00:00-04:00")
    assert queries(shop)[1] == {"invoiceNumber": ["A1"], "limit": ["50"]}


@together
def test_local_days_are_sent_with_their_offset(stage: Processes) -> None:
    shop, till = stage.open()

    till.run("transactions", "list", "--since", "2026-07-01", "--before", "2026-11-24", TZ="Europe/Berlin")

    asked = queries(shop)[0]
    assert asked["startDate"] == ["2026-07-01T00:00:00+02:00"]
    assert asked["endDate"] == ["2026-11-24T00:00:00+01:00"]


def test_wrong_filters_are_named_and_nothing_is_requested(stage: Stage) -> None:
    shop, till = stage.open()
    for args, field in (
        ("--since 2026-02-30", "--since"),
        ("--since 2026-11-23 --before 2026-11-22", "--before"),
        ("--until 2026-11-23", "--until: did you mean --before?"),
        ("--today --since 2026-11-23", "--today"),
        ("--limit 0", "--limit"),
        ("--status PAID", "--status"),
        ("--last-four 111", "--last-four"),
        ("--amount $5", "--amount"),
        ("--account x", "--account"),
        ("--billing-first-name aaaaaaaaaaaaaaaaa", "--billing-first-name"),
    ):
        run = till.run("transactions", "list", *args.split(), "--json")

        assert (run.code, run.json["outcome"]) == (2, "usage")
        assert field in run.json["error"]["message"]
        assert shop.calls == []


def test_show_prints_the_api_s_object_and_an_unknown_id_the_api_s_message(stage: Stage) -> None:
    shop, till = stage.open()
    paid = charged(shop, invoiceNumber="A1")

    shown = till.run("transactions", "show", str(paid), "--json").json
    text = till.run("transactions", "show", str(paid))
    unknown = till.run("transactions", "show", "77777", "--json")

    assert shown["schema"] == "pjterm.transactions/1"
    assert (shown["item"]["transactionId"], shown["item"]["response"]["approved"]) == (paid, True)
    assert "approved" in text.out.splitlines()[0]
    words = unknown.json["error"]["details"][0]["message"]
    assert (unknown.code, words) == (11, "Transaction Id 77777 does not exist")


def test_hostile_text_in_a_transaction_is_shown_harmlessly(stage: Stage) -> None:
    shop, till = stage.open()
    charged(shop, invoiceNumber="\x1b[31m[bold]\tx")

    run = till.run("transactions", "list")

    assert "\x1b" not in run.out
    assert run.out.count("\t") == 6
