"""One item as a person sees it: titles instead of JSON names, local times, and a profile as in its file."""

from __future__ import annotations

import re
from typing import Any

import pytest

from pjterm.ui.titles import titled
from tests.world.till import Till, World

DEPOSIT = "1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bed"
DOCUMENT: dict[str, Any] = {
    "depositId": DEPOSIT, "depositDate": "2026-11-24", "merchantNumber": "8788290123456",
    "merchantName": "Springfield Rentals LLC", "amountBatch": 1280.25, "amountFee": -31.1, "amountChargeback": 0.0,
    "amountOther": 0.0, "amountNet": 1249.15, "depositAccount": {"routingNumber": "104000016", "lastFour": "5790"},
    "breakdown": [
        {"type": "BATCH", "amount": 1280.25, "details": [
            {"accountType": "AMERICAN_EXPRESS", "amount": 100.0}, {"accountType": "VISA", "amount": 1180.25}]},
        {"type": "NON_SETTLED", "amount": -31.1, "details": [{"accountType": "VISA", "amount": -31.1}]},
    ],
}  # fmt: skip
AS_A_PROGRAM_WRITES = re.compile(r"^ *\S*([a-z][A-Z]|\.)\S*:? ", re.MULTILINE)


@pytest.fixture
def sold(world: World, till: Till) -> Till:
    """A till with a sale, and a deposit to show."""
    world.service.documents[f"/deposits/{DEPOSIT}"] = DOCUMENT
    till.run("charge", "20", "-k", "K1")
    return till


@pytest.mark.parametrize("line", ["requests show K1", "transactions show K1", f"deposits show {DEPOSIT}"])
def test_no_value_is_labeled_with_a_json_name(sold: Till, line: str) -> None:
    assert AS_A_PROGRAM_WRITES.findall(sold.run(*line.split()).out) == []


def test_a_deposit_shows_its_amounts_and_each_brand_s(sold: Till) -> None:
    reported = [line.split() for line in sold.run("deposits", "show", DEPOSIT, columns=80).out.splitlines()]

    assert ["net:", "1249.15"] in reported
    assert ["bank", "routing", "number:", "104000016"] in reported
    assert reported[-4:] == [
        ["TYPE", "BRAND", "AMOUNT"], ["batch", "Amex", "100.00"], ["batch", "Visa", "1180.25"],
        ["non", "settled", "Visa", "-31.10"],
    ]  # fmt: skip


def test_times_are_in_the_profile_s_zone(sold: Till) -> None:
    sold.configure(more='timezone = "America/New_York"')

    assert re.search(r"started at: +2026-11-22 07:00:\d\d EST\n", sold.run("requests", "show", "K1").out)


def test_a_profile_is_shown_with_the_names_in_its_file(till: Till) -> None:
    till.configure(more='day_starts = "04:00"\nmax_amount = "500"\n[profiles.till.charge]\ntimeout = 60')
    shown = till.run("profiles", "show").out

    assert re.findall(r"^(?:day_starts|max_amount|base_url|charge\.timeout): +(\S+)$", shown, re.MULTILINE) == [
        "https://api.payjunctionlabs.com",
        "500.00",
        "04:00",
        "60",
    ]
    assert "Starts" not in shown


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("exitCode", "exit code"), ("terminal.smartTerminalId", "reader id"), ("response.code", "response code"),
        ("response.processor.approvalCode", "approval code"), ("billing.address.zip", "billing address zip"),
        ("level3Eligible", "level3 eligible"), ("NEW", "NEW"),
    ],
)  # fmt: skip
def test_an_unknown_name_becomes_its_own_title(name: str, title: str) -> None:
    assert titled(name) == title
