"""Money in the books: triggers, duplicates, voids, refunds, settlement, search."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import pytest

from pjterm.simulator.shop.guesses import Guesses
from pjterm.simulator.shop.inventory import Account
from pjterm.simulator.shop.scenarios import Conduct, Rule, Scenario
from pjterm.simulator.shop.spelling import seconds_z
from tests.simulator.driver import CARD, NOON, T1, T2, Driver, wrong


def decision(shop: Driver, number: int) -> tuple[bool, str, str]:
    said = shop.get(f"/transactions/{number}")
    return said["response"]["approved"], said["response"]["code"], said["status"]


@pytest.mark.parametrize(
    ("amount", "code"),
    [("0.01", "01"), ("0.05", "05"), ("0.08", "51"), ("0.12", "04"), ("0.91", "91"), ("0.98", "10"),
     ("4999.01", "05"), ("1000000", "05")],
)  # fmt: skip
def test_trigger_amounts_decline(shop: Driver, amount: str, code: str) -> None:
    assert (False, code, "DECLINED") == decision(shop, shop.paid(amount))


@pytest.mark.parametrize("amount", ["0.99", "1.00", "12.50", "4999"])
def test_other_amounts_are_approved(shop: Driver, amount: str) -> None:
    assert decision(shop, shop.paid(amount)) == (True, "00", "CAPTURE")


def test_the_documented_shape_of_a_transaction(shop: Driver) -> None:
    number = shop.paid("12.5", invoiceNumber="Invoice 5", amountTax="3", billingEmail="a@b.c")
    said = shop.get(f"/transactions/{number}")

    assert {"transactionId", "uri", "terminalId", "action", "amountBase", "amountTax", "amountTotal",
            "invoiceNumber", "method", "service", "status", "signatureStatus", "created", "lastModified",
            "response", "settlement", "vault", "billing"} == set(said)  # fmt: skip
    assert (said["amountBase"], said["amountTax"], said["amountTotal"]) == ("12.50", "3.00", "15.50")
    assert {k: v for k, v in said["response"].items() if k != "processor"} == {
        "approved": True,
        "code": "00",
        "message": "Approved",
    }
    assert (
        said["response"]["processor"]["approvalCode"], said["vault"]["lastFour"], said["action"]
    ) == ("PJ20AP", "1111", "CHARGE")  # fmt: skip
    assert said["billing"] == {"email": "a@b.c"}


def test_a_decline_says_so_and_has_no_approval_code(shop: Driver) -> None:
    said = shop.get(f"/transactions/{shop.paid('0.05')}")

    assert said["response"]["message"] == "Declined (do not honor)"
    assert "approvalCode" not in said["response"]["processor"]


# -- duplicates -----------------------------------------------------------------------------------


def test_the_same_card_amount_and_invoice_within_ten_minutes_is_dt(shop: Driver) -> None:
    first = shop.paid(invoiceNumber="7")
    again = shop.paid(invoiceNumber="7")

    assert [decision(shop, n) for n in (first, again)] == [(True, "00", "CAPTURE"), (False, "DT", "DECLINED")]


@pytest.mark.parametrize(
    ("amount", "more"),
    [
        ("12.51", {"invoiceNumber": "7"}),
        ("12.50", {"invoiceNumber": "8"}),
        ("12.50", {"invoiceNumber": "7", "terminal": T2}),
        ("12.50", {}),
    ],
)
def test_another_amount_invoice_or_card_is_no_duplicate(shop: Driver, amount: str, more: dict[str, str]) -> None:
    """Each reader presents a card of its own."""
    shop.paid(invoiceNumber="7")

    assert decision(shop, shop.paid(amount, **more)) == (True, "00", "CAPTURE")


def test_after_ten_minutes_it_is_no_duplicate(shop: Driver) -> None:
    shop.paid(invoiceNumber="7")
    shop.now += 600.0

    assert decision(shop, shop.paid(invoiceNumber="7")) == (True, "00", "CAPTURE")


def test_a_voided_charge_makes_no_duplicate(shop: Driver) -> None:
    shop.put(f"/transactions/{shop.paid(invoiceNumber='7')}", {"status": "VOID"})

    assert decision(shop, shop.paid(invoiceNumber="7")) == (True, "00", "CAPTURE")


def test_in_a_scenario_each_presentation_uses_another_card(tmp_path: Path) -> None:
    """Otherwise the duplicate check could hide a double charge."""
    shop = Driver(tmp_path, "approved")
    shop.paid(invoiceNumber="7")

    assert decision(shop, shop.paid(invoiceNumber="7")) == (True, "00", "CAPTURE")


def test_duplicates_without_invoice_number_are_a_configurable_guess(tmp_path: Path) -> None:
    guesses = Guesses(duplicate_without_invoice=True)
    shop = Driver(tmp_path, Scenario("strict", "", same_card=True, guesses=guesses))
    shop.paid()

    assert decision(shop, shop.paid()) == (False, "DT", "DECLINED")


# -- void and refund ------------------------------------------------------------------------------


def test_a_void_before_settlement_may_be_repeated(shop: Driver) -> None:
    number = shop.paid()

    for _ in range(2):
        assert shop.put(f"/transactions/{number}", {"status": "VOID"})["status"] == "VOID"


def test_a_repeated_void_changes_no_amount(shop: Driver) -> None:
    number = shop.paid("9.00")
    void = {"status": "VOID", "amountBase": "9"}
    first = shop.put(f"/transactions/{number}", void)

    assert shop.put(f"/transactions/{number}", void)["amountTotal"] == first["amountTotal"]
    refused = shop.call("PUT", f"/transactions/{number}", {"status": "VOID", "amountBase": "1.00", "amountTip": "3.00"})
    assert wrong(refused) == [("amountBase", "invalid"), ("amountTip", "invalid")]


def test_a_settled_transaction_cannot_be_voided(shop: Driver) -> None:
    """The batch closes at 5 pm Pacific, in September at midnight UTC."""
    number = shop.paid()
    shop.now = NOON + 12 * 3600 - 10

    assert not shop.get(f"/transactions/{number}")["settlement"]["settled"]

    shop.now += 10
    said = shop.put(f"/transactions/{number}", {"status": "VOID"})
    message = "Status can not be updated because the Transaction has been settled."
    assert said["errors"] == [{"message": message, "parameter": "status", "type": "invalid"}]
    assert shop.get(f"/transactions/{number}")["settlement"]["settled"]


def test_a_parameter_with_two_faults_has_one_error(shop: Driver) -> None:
    said = shop.put(f"/transactions/{shop.paid()}", {"status": "PAID"})

    assert said["errors"] == [{"message": "This field is invalid.", "parameter": "status", "type": "invalid"}]


def test_a_hold_stays_unsettled(shop: Driver) -> None:
    number = shop.paid()
    shop.put(f"/transactions/{number}", {"status": "HOLD"})
    shop.now += 5 * 86_400

    assert shop.get(f"/transactions/{number}")["settlement"] == {"settled": False}


def test_pin_debit_is_never_voided(tmp_path: Path) -> None:
    shop = Driver(tmp_path, Scenario("debit", "", (Rule(Conduct(pin_debit=True)),)))
    number = shop.paid()

    assert wrong(shop.call("PUT", f"/transactions/{number}", {"status": "VOID"})) == [("status", "invalid")]
    said = shop.post("/transactions", {"action": "REFUND", "transactionId": str(number)})
    assert (said["action"], said["amountBase"]) == ("REFUND", "12.50")


@pytest.mark.parametrize("amount", ["0.05", "12.50"])
def test_declines_and_refunds_cannot_be_voided(shop: Driver, amount: str) -> None:
    number = shop.paid(amount, action="REFUND" if amount == "12.50" else "CHARGE")

    assert wrong(shop.call("PUT", f"/transactions/{number}", {"status": "VOID"})) == [("status", "invalid")]


def test_a_full_refund_of_an_unsettled_charge_is_a_new_transaction(shop: Driver) -> None:
    number = shop.paid()
    said = shop.post("/transactions", {"action": "REFUND", "transactionId": str(number)})

    assert (said["transactionId"], said["action"], said["status"]) == (number + 1, "REFUND", "CAPTURE")
    assert shop.get(f"/transactions/{number}")["status"] == "CAPTURE"


PARTS = {"amountTax": "0.80", "allowTips": "true"}  # 10.00 + 0.80 tax + 1.00 tip, given at the reader


@pytest.mark.parametrize(
    ("stated", "total"),
    [
        ({}, "11.80"),
        ({"amountBase": "5.00"}, "6.80"),
        ({"amountBase": "5.00", "amountTax": "0", "amountTip": "0.00"}, "5.00"),
        ({"amountBase": "5.00", "amountTax": ""}, "6.00"),
    ],
)
def test_a_refund_includes_every_amount_that_is_not_stated(shop: Driver, stated: dict[str, str], total: str) -> None:
    number = str(shop.paid("10.00", **PARTS))
    said = shop.post("/transactions", {"action": "REFUND", "transactionId": number, **stated})

    assert said["amountTotal"] == total


def test_a_stated_surcharge_is_booked_if_the_gateway_adds_none(shop: Driver) -> None:
    form = {"amountBase": "10.00", "amountSurcharge": "0.30"}

    assert shop.post("/transactions", CARD | form)["amountTotal"] == "10.30"
    assert shop.get(f"/transactions/{shop.paid(amountSurcharge='0.50')}")["amountTotal"] == "13.00"


TWO_ACCOUNTS = (Account(), Account(terminal_id=10002, surcharge=Decimal("3.00")))


@pytest.mark.parametrize("accounts", [TWO_ACCOUNTS, TWO_ACCOUNTS[::-1]], ids=["plain first", "plain last"])
def test_whether_a_refund_may_state_a_surcharge_depends_on_the_charge_s_account(
    tmp_path: Path, accounts: tuple[Account, ...]
) -> None:
    shop = Driver(tmp_path, Scenario("two", "", accounts=accounts))

    def refunded(account: str) -> int:
        sold = shop.post("/transactions", CARD | {"amountBase": "5.00", "terminalId": account})
        form = {"action": "REFUND", "transactionId": str(sold["transactionId"]), "amountBase": "1.00"}
        return shop.call("POST", "/transactions", form | {"amountSurcharge": "0.10"}).status

    assert [refunded("10001"), refunded("10002")] == [200, 400]


def test_a_refund_cannot_be_changed_to_more_than_is_left(shop: Driver) -> None:
    form = {"action": "REFUND", "transactionId": str(shop.paid("10.00"))}
    shop.post("/transactions", form | {"amountBase": "3.00"})
    back = shop.post("/transactions", form | {"amountBase": "6.00"})["transactionId"]

    assert wrong(shop.call("PUT", f"/transactions/{back}", {"amountBase": "7.01"})) == [("amountBase", "invalid")]
    assert shop.get(f"/transactions/{back}")["amountTotal"] == "6.00"
    assert shop.put(f"/transactions/{back}", {"amountBase": "7.00"})["amountTotal"] == "7.00"


def test_a_refund_with_a_blank_base_is_rejected(shop: Driver) -> None:
    form = {"action": "REFUND", "transactionId": str(shop.paid("10.00")), "amountBase": ""}

    assert wrong(shop.call("POST", "/transactions", form)) == [("amountBase", "required")]


def test_nothing_is_booked_on_a_disabled_default_account(tmp_path: Path) -> None:
    accounts = (Account(enabled=False), Account(terminal_id=10002))
    shop = Driver(tmp_path, Scenario("off", "", accounts=accounts))

    assert wrong(shop.call("POST", "/transactions", CARD | {"amountBase": "5.00"})) == [("terminalId", "invalid")]
    assert shop.post("/transactions", CARD | {"amountBase": "5.00", "terminalId": "10002"})["terminalId"] == 10002


def test_no_more_is_refunded_than_is_left(shop: Driver) -> None:
    form = {"action": "REFUND", "transactionId": str(shop.paid("10.00")), "invoiceNumber": "back"}
    first = shop.post("/transactions", form | {"amountBase": "6.00"})

    assert (first["action"], first["amountTotal"], first["invoiceNumber"]) == ("REFUND", "6.00", "back")
    assert wrong(shop.call("POST", "/transactions", form | {"amountBase": "4.01"})) == [("amountBase", "invalid")]
    assert wrong(shop.call("POST", "/transactions", form)) == [("amountBase", "invalid")]
    assert shop.post("/transactions", form | {"amountBase": "4.00"})["amountTotal"] == "4.00"


def test_a_refund_of_a_settled_charge_is_a_new_transaction(shop: Driver) -> None:
    number = shop.paid()
    shop.now += 86_400
    said = shop.post("/transactions", {"action": "REFUND", "transactionId": str(number)})

    assert (number + 1, "REFUND") == (said["transactionId"], said["action"])
    assert said["response"]["approved"]
    assert not said["response"]["processor"]["authorized"], "as recorded for refunds"


def test_a_refund_on_the_reader_is_not_linked(shop: Driver) -> None:
    said = shop.get(f"/transactions/{shop.paid('5.00', action='REFUND')}")

    assert (said["action"], said["amountBase"], said["service"]) == ("REFUND", "5.00", "SMART_TERMINAL")


def conducted(tmp_path: Path, **conduct: Any) -> Driver:
    return Driver(tmp_path, Scenario("own", "", (Rule(Conduct(**conduct)),)))


@pytest.mark.parametrize("conduct", [{"approves": "7.00"}, {"held": True}, {}])
def test_a_refund_on_the_reader_refunds_the_requested_amount_whatever_the_customer_does(
    tmp_path: Path, conduct: dict[str, Any]
) -> None:
    shop = conducted(tmp_path, **conduct)
    said = shop.get(f"/transactions/{shop.paid('3.00', action='REFUND', allowTips='true')}")

    assert (said["amountTotal"], said["status"]) == ("3.00", "CAPTURE")


@pytest.mark.parametrize(
    ("asked", "approves", "expected"),
    [("5.00", "7.00", ("5.00", "00")), ("5.00", "0.05", ("0.05", "00")), ("0.05", "7.00", ("0.05", "05"))],
)
def test_a_bank_never_approves_more_than_requested_and_decides_about_that(
    tmp_path: Path, asked: str, approves: str, expected: tuple[str, str]
) -> None:
    shop = conducted(tmp_path, approves=approves)
    said = shop.get(f"/transactions/{shop.paid(asked)}")

    assert (said["amountTotal"], said["response"]["code"]) == expected


def test_a_refund_of_an_unknown_transaction_names_it(shop: Driver) -> None:
    said = shop.post("/transactions", {"action": "REFUND", "transactionId": "0"})

    assert "Transaction Id 0 does not exist" in said["errors"][0]["message"]


@pytest.mark.parametrize(
    ("stated", "total"),
    [
        ({}, "11.80"),
        ({"amountBase": "3.00"}, "4.80"),
        ({"amountBase": "3.00", "amountTax": "0", "amountTip": "0"}, "3.00"),
    ],
)
def test_a_re_bill_charges_the_stored_card_and_inherits_what_is_not_stated(
    shop: Driver, stated: dict[str, str], total: str
) -> None:
    number = shop.paid("10.00", **PARTS)
    said = shop.post("/transactions", {"transactionId": str(number), **stated})

    assert (
        said["action"], said["amountTotal"], said["vault"]["lastFour"], said["service"], said["method"]
    ) == ("CHARGE", total, "1111", "API", "INSTANT")  # fmt: skip


def test_a_re_bill_repeats_a_stated_surcharge_and_recomputes_an_added_one(tmp_path: Path) -> None:
    shop = Driver(tmp_path, Scenario("two", "", accounts=TWO_ACCOUNTS))
    sold = shop.post("/transactions", CARD | {"amountBase": "5.00", "amountTax": "1.00", "amountSurcharge": "0.50"})
    again = {"transactionId": str(sold["transactionId"])}

    assert [shop.post("/transactions", again | {"terminalId": n})["amountTotal"] for n in ("10001", "10002")] == [
        "6.50", "6.18"
    ]  # fmt: skip


@pytest.mark.parametrize("stated", [{}, {"amountBase": "0"}, {"amountBase": ""}])
def test_a_verification_can_be_charged_only_with_an_amount(shop: Driver, stated: dict[str, str]) -> None:
    verified = shop.post("/transactions", CARD | {"action": "VERIFY", "amountBase": "0.00"})
    again = {"transactionId": str(verified["transactionId"])}

    refused = shop.call("POST", "/transactions", again | stated)
    assert [name for name, _ in wrong(refused)] == ["amountBase"]
    assert shop.post("/transactions", again | {"amountBase": "3.00"})["amountTotal"] == "3.00"


def test_whether_a_re_bill_with_an_amount_inherits_the_rest_is_a_guess(tmp_path: Path) -> None:
    shop = Driver(tmp_path, Scenario("own", "", same_card=True, guesses=Guesses(rebill_inherits=False)))
    number = str(shop.paid("10.00", **PARTS))

    assert shop.post("/transactions", {"transactionId": number, "amountBase": "3.00"})["amountTotal"] == "3.00"
    assert shop.post("/transactions", {"transactionId": number})["amountTotal"] == "11.80"


def test_a_voided_hold_can_still_be_re_billed(shop: Driver) -> None:
    held = shop.post("/transactions", CARD | {"amountBase": "1.00", "status": "HOLD"})
    number = str(held["transactionId"])
    shop.put(f"/transactions/{number}", {"status": "VOID"})
    said = shop.post("/transactions", {"transactionId": number, "amountBase": "0.99"})

    assert (held["status"], said["response"]["approved"], said["amountTotal"]) == ("HOLD", True, "0.99")


@pytest.mark.parametrize("number", ["444433332222111", "4444333322221112", "1"])
def test_an_invalid_card_number_is_a_400(shop: Driver, number: str) -> None:
    said = shop.post("/transactions", CARD | {"cardNumber": number, "amountBase": "1.00"})

    assert said["errors"][0]["message"] == "Card Number is not a valid card number."


def test_a_bank_account_is_checked_like_the_documented_example(shop: Driver) -> None:
    form = {"achAccountNumber": "12a", "achAccountType": "X", "achType": "X"}
    said = shop.post("/transactions", form)

    assert [(e["message"], e["parameter"]) for e in said["errors"]] == [
        ("Account Number can only contain numbers.", "achAccountNumber"),
        ("Account Type is invalid.", "achAccountType"),
        ("Routing Number is required.", "achRoutingNumber"), ("Type is invalid.", "achType"),
        ("Amount Base is required.", "amountBase"),
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["tokenId", "scheduleId", "plaidAccessToken"])
def test_an_unsimulated_source_says_so(shop: Driver, name: str) -> None:
    assert shop.call("POST", "/transactions", {name: "1", "amountBase": "1.00"}).status == 501


# -- address and code -----------------------------------------------------------------------------

MATCHING = {"billingAddress": "8320 Test Street", "billingZip": "85284"}


@pytest.mark.parametrize(
    ("form", "code", "avs"),
    [
        ({}, "00", {"status": "NOT_REQUESTED"}),
        ({"avs": "OFF"}, "00", {"status": "NOT_REQUESTED"}),
        ({"avs": "ADDRESS_AND_ZIP", **MATCHING}, "00",
         {"status": "REQUESTED", "requested": "ADDRESS_AND_ZIP", "match": {"ZIP": True, "ADDRESS": True}}),
        ({"avs": "ADDRESS", "billingAddress": "addressNoMatch"}, "AA",
         {"status": "REQUESTED", "requested": "ADDRESS", "match": {"ZIP": True, "ADDRESS": False}}),
        ({"avs": "BYPASS", "billingAddress": "addressNoMatch"}, "00",
         {"status": "REQUESTED", "requested": "BYPASS", "match": {"ZIP": True, "ADDRESS": False}}),
        ({"avs": "ADDRESS_OR_ZIP", "billingAddress": "addressNoMatch"}, "00",
         {"status": "REQUESTED", "requested": "ADDRESS_OR_ZIP", "match": {"ZIP": True, "ADDRESS": False}}),
        ({"avs": "ZIP", "billingZip": "99999"}, "00",
         {"status": "REQUESTED", "requested": "ZIP", "match": {"ZIP": False, "ADDRESS": False}}),
    ],
)  # fmt: skip
def test_the_address_is_checked_as_requested(
    shop: Driver, form: dict[str, str], code: str, avs: dict[str, Any]
) -> None:
    said = shop.post("/transactions", CARD | {"amountBase": "1.00"} | form)["response"]

    assert (said["code"], said["processor"]["avs"]) == (code, avs)


@pytest.mark.parametrize(("zip_code", "code"), [("99999", "AU"), ("99998", "AI"), ("999970009", "AN")])
def test_an_account_may_decline_if_the_address_cannot_be_checked(tmp_path: Path, zip_code: str, code: str) -> None:
    shop = Driver(tmp_path, Scenario("strict", "", guesses=Guesses(avs_unavailable_declines=True)))
    said = shop.post("/transactions", CARD | {"amountBase": "1.00", "avs": "ZIP", "billingZip": zip_code})

    assert (said["response"]["code"], said["status"]) == (code, "DECLINED")


@pytest.mark.parametrize(
    ("cvv", "code"),
    [({"cvv": "ON", "cardCvv": "555"}, "97"), ({"cvv": "ON", "cardCvv": "999"}, "00"), ({"cardCvv": "555"}, "00")],
)
def test_the_card_s_security_code_is_checked_if_requested(shop: Driver, cvv: dict[str, str], code: str) -> None:
    assert shop.post("/transactions", CARD | {"amountBase": "1.00"} | cvv)["response"]["code"] == code


def test_only_the_trigger_amount_reports_level_3(shop: Driver) -> None:
    found = [shop.post("/transactions", CARD | {"amountBase": a})["response"]["processor"] for a in ("1.03", "1.04")]

    assert [p.get("level3Eligible") for p in found] == [False, None]


@pytest.mark.parametrize("kind", ["a decline", "a refund", "settled", "a verification"])
def test_level_3_applies_to_approved_charges_before_settlement(shop: Driver, kind: str) -> None:
    items = {"items[]": json.dumps({"description": "a"})}
    number = shop.paid("0.05" if kind == "a decline" else "9.00")
    source = {"transactionId": str(number), "action": "VERIFY" if kind == "a verification" else "REFUND"}
    if kind in ("a refund", "a verification"):
        number = shop.post("/transactions", source)["transactionId"]
    elif kind == "settled":
        assert shop.call("POST", f"/transactions/{number}/level3", items).status == 200
        shop.now += 86_400

    refused = [shop.call(method, f"/transactions/{number}/level3", items) for method in ("DELETE", "POST")]
    assert [wrong(r) for r in refused] == [[("transactionId", "invalid")]] * 2
    assert shop.call("GET", f"/transactions/{number}/level3").status == (200 if kind == "settled" else 404)


def test_a_keyed_card_is_accepted_and_its_number_stored_nowhere(shop: Driver, tmp_path: Path) -> None:
    said = shop.post("/transactions", CARD | {"cardNumber": "4012888888881881", "amountBase": "1.00"})
    shop.world.close()

    assert (said["method"], said["vault"]["lastFour"]) == ("KEYED", "1881")
    assert not any(b"4012888888881881" in f.read_bytes() for f in tmp_path.iterdir())


def test_a_booking_without_a_source_lists_every_missing_field(shop: Driver) -> None:
    missing = ["amountBase", "cardExpMonth", "cardExpYear", "cardNumber"]

    assert wrong(shop.call("POST", "/transactions")) == [(name, "required") for name in missing]


def test_contact_and_invoice_can_change_any_time_but_amounts_only_before_settlement(shop: Driver) -> None:
    number = shop.paid("10.00")
    assert shop.put(f"/transactions/{number}", {"amountTip": "1.50"})["amountTotal"] == "11.50"
    shop.now += 86_400

    said = shop.put(f"/transactions/{number}", {"invoiceNumber": "9", "billingFirstName": "Ada"})
    assert (said["invoiceNumber"], said["billing"]["firstName"]) == ("9", "Ada")
    refused = shop.call("PUT", f"/transactions/{number}", {"amountTip": "2.00", "status": "HOLD"})
    assert wrong(refused) == [("amountTip", "invalid"), ("status", "invalid")]


def test_a_note_cannot_be_changed_and_is_reported_as_ignored(shop: Driver) -> None:
    number = shop.paid(note="first")
    reply = shop.call("PUT", f"/transactions/{number}", {"note": "second", "invoiceNumber": "9"})

    assert (reply.status, reply.ignored) == (200, ("note",))
    assert [n["note"] for n in shop.get(f"/transactions/{number}/notes")["results"]] == ["first"]


# -- search ---------------------------------------------------------------------------------------


def found(shop: Driver, query: str) -> list[int]:
    return [t["transactionId"] for t in shop.get(f"/transactions?{query}")["results"]]


@pytest.fixture
def stocked(shop: Driver) -> Driver:
    """10001 charge 5.00, 10002 declined, 10003 refund 2.00 an hour later, 10004 voided 7.00."""
    shop.paid("5.00", invoiceNumber="A", purchaseOrderNumber="PO", billingIdentifier="c 1")
    shop.paid("0.05", invoiceNumber="A")
    shop.now += 3600
    shop.paid("2.00", action="REFUND", terminal=T2)
    shop.put(f"/transactions/{shop.paid('7.00', allowTips='true')}", {"status": "VOID"})
    return shop


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", [10004, 10003, 10002, 10001]),
        ("action=REFUND", [10003]),
        ("status=DECLINED", [10002]),
        ("status=VOID", [10004]),
        ("invoiceNumber=A", [10002, 10001]),
        ("invoiceNumber=A&status=CAPTURE", [10001]),
        ("amountTotal=8.00", [10004]),
        ("amountTotal=5", [10001]),
        ("lastFour=2222", [10003]),
        ("service=API", []),
        ("service=SMART_TERMINAL&limit=1", [10004]),
        ("settlementId=0", [10004, 10003, 10002, 10001]),
        ("terminalId=10001&transactionId=10003", [10003]),
        ("purchaseOrderNumber=PO", [10001]),
        ("billingIdentifier=c+1", [10001]),
        ("metadata%5BexternalId%5D=x", []),
        ("offset=3", [10001]),
        ("offset=99", []),
    ],
)
def test_every_filter_finds_its_transactions(stocked: Driver, query: str, expected: list[int]) -> None:
    assert expected == found(stocked, query)


def test_dates_may_have_any_zone(stocked: Driver) -> None:
    start = quote(seconds_z(NOON + 3600).replace("Z", "+00:00"))

    assert found(stocked, f"startDate={start}") == [10004, 10003]
    assert found(stocked, f"endDate={start}") == [10002, 10001]
    assert found(stocked, f"startDate={quote(seconds_z(NOON + 9000))}") == []


def test_a_sale_is_found_by_the_time_in_its_reply(shop: Driver) -> None:
    shop.now += 0.6
    number = shop.paid()
    shown = quote(shop.get(f"/transactions/{number}")["created"])
    before = quote(seconds_z(shop.now - 60.0))

    assert [found(shop, f"startDate={start}&endDate={shown}") for start in (shown, before)] == [[number], [number]]
    assert found(shop, f"endDate={before}") == []


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("action=SALE", "action"), ("status=OPEN", "status"), ("lastFour=12", "lastFour"),
        ("startDate=2026-01-01T00:00:00", "startDate"), ("endDate=yesterday", "endDate"),
        ("limit=51", "limit"),
        ("limit=0", "limit"), ("offset=-1", "offset"), ("offset=2147483649", "offset"),
        ("terminalId=T1", "terminalId"), ("amountTotal=%245", "amountTotal"), ("invoiceNumber=" + "x" * 33,
        "invoiceNumber"), ("startDate=2026-02-30T00:00:00Z", "startDate"),
    ],
)  # fmt: skip
def test_bad_filters_are_named(shop: Driver, query: str, parameter: str) -> None:
    assert [(parameter, "invalid")] == wrong(shop.call("GET", f"/transactions?{query}"))


def test_pages_link_to_each_other(shop: Driver) -> None:
    """`next` keeps the caller's limit and filters, and is absent on the last page; so is `prev` on the first."""
    for _ in range(5):
        shop.paid("5.00", purchaseOrderNumber="a b&c")
    pages: list[dict[str, Any]] = [shop.get("/transactions?purchaseOrderNumber=a+b%26c&limit=2")]
    while "next" in pages[-1]:
        link = urlsplit(pages[-1]["next"])
        assert link.hostname == "127.0.0.1"
        pages.append(shop.get(f"{link.path}?{link.query}"))

    assert [[t["transactionId"] for t in p["results"]] for p in pages] == [[10005, 10004], [10003, 10002], [10001]]
    assert ["prev" in p for p in pages] == [False, True, True]


def test_a_page_has_fifty_items(shop: Driver) -> None:
    with shop.world.moment() as m:
        for number in range(60):
            record = json.loads(_A_RECORD) | {"transactionId": 20_000 + number, "created": shop.now}
            m.books.book(record)

    assert len(found(shop, "")) == 50


_A_RECORD = json.dumps(
    {
        "terminalId": 10001, "action": "CHARGE", "amounts": {"amountBase": "1.00"}, "status": "CAPTURE",
        "code": "00", "message": "Approved", "level3": True, "card": "1111", "pinDebit": False,
        "service": "API", "method": "KEYED", "signed": False, "original": None, "modified": NOON,
        "captured": NOON, "billing": {}, "shipping": {}, "batch": None,
    }
)  # fmt: skip


def test_the_main_path_of_a_reader_ignores_case(shop: Driver) -> None:
    assert shop.call("POST", f"/smartterminals/{T1.upper()}/main").status == 200
