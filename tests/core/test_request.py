"""The arguments of each request, row by row: what is accepted, what is refused, and how it is sent."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pjterm.core import ids, request
from pjterm.core.model import Kind
from pjterm.core.money import dollars, parse_money
from pjterm.errors import UsageFault


@pytest.mark.parametrize(
    ("typed", "sent"),
    [("12", "12.00"), ("12.5", "12.50"), ("12.50", "12.50"), ("0.01", "0.01"), ("1000000", "1000000.00"),
     ("1000000.00", "1000000.00"), ("007", "7.00")],
)  # fmt: skip
def test_an_amount_is_sent_with_two_decimals(typed: str, sent: str) -> None:
    assert dollars(parse_money(typed, "AMOUNT")) == sent


@pytest.mark.parametrize(
    "typed",
    ["$5", "1,000", "5.005", "1e3", "-5", "+5", "0", "0.00", "NaN", ".5", "5.", "", " ", " 5", "5 ", "5\n",
     "Infinity", "1_000", "٣", "５", "1000000.01", "9999999999", "0x10", "5,00", "²", "--5"],
)  # fmt: skip
def test_an_invalid_amount_is_refused_and_named(typed: str) -> None:
    with pytest.raises(UsageFault, match=r"^AMOUNT: ") as caught:
        parse_money(typed, "AMOUNT")

    assert caught.value.exit_code == 2


def test_a_partial_amount_may_be_zero_or_missing() -> None:
    assert request.extra("0", "--tax") == Decimal("0.00")
    assert request.extra(None, "--tax") is None


@given(st.decimals(min_value="0.01", max_value="1000000", places=2))
def test_every_amount_is_exact(amount: Decimal) -> None:
    assert parse_money(dollars(amount), "AMOUNT") == amount


@given(st.text(max_size=12))
def test_any_text_is_an_amount_or_is_refused_by_name(text: str) -> None:
    try:
        amount: Decimal | None = parse_money(text, "--tip", zero=True)
        words = "--tip: "
    except UsageFault as error:
        amount, words = None, error.message

    assert words.startswith("--tip: ")
    assert amount is None or amount == Decimal(text)


GOOD: list[tuple[Callable[[Any], Any], Any]] = [
    (request.check_buttons, ["Yes"]),
    (request.check_buttons, ["Yes", "No", "Maybe"]),
    (request.check_buttons, ["12345678"]),
    (request.check_buttons, ["yes", "Yes"]),
    (request.check_buttons, ["می‌خواهم"[:8], "👨‍👩‍👧", "क्‍ष"]),
    (lambda t: request.check_text(t, "text"), "a"),
    (lambda t: request.check_text(t, "text"), "x" * 10_000),
    (lambda t: request.check_text(t, "text"), "two\nlines, ünïcödé ☂"),
    (lambda t: request.check_reference(t, "--invoice"), "A" * 32),
    (lambda t: request.check_reference(t, "--po"), "PO 17/4~"),
    (request.check_note, "n" * 2048),
    (request.check_note, ""),
    (ids.check_key, "order:1042_a.b-C"),
    (ids.check_key, "k" * 64),
]
BAD: list[tuple[Callable[[Any], Any], Any, str]] = [
    (request.check_buttons, [], "--button"),
    (request.check_buttons, ["a", "b", "c", "d"], "--button"),
    (request.check_buttons, [""], "--button"),
    (request.check_buttons, ["Yes", "Yes"], "--button"),
    (request.check_buttons, ["123456789"], "--button"),
    (request.check_buttons, ["a\nb"], "--button"),
    (request.check_buttons, ["\u200d\u200c"], "--button"),
    (request.check_buttons, ["a\u202eb"], "--button"),
    (request.check_buttons, ["\x1b[1m"], "--button"),
    (request.check_buttons, ["  "], "--button"),
    (lambda t: request.check_text(t, "text"), "", "text"),
    (lambda t: request.check_text(t, "text"), "x" * 10_001, "text"),
    (lambda t: request.check_text(t, "text"), "a\x00b", "text"),
    (lambda t: request.check_text(t, "text"), "a\tb", "text"),
    (lambda t: request.check_text(t, "text"), "a\rb", "text"),
    (lambda t: request.check_text(t, "terms"), "\x1b[2J", "terms"),
    (lambda t: request.check_text(t, "terms"), "a\x9bb", "terms"),
    (lambda t: request.check_text(t, "terms"), "\udc80", "terms"),
    (lambda t: request.check_reference(t, "--invoice"), "", "--invoice"),
    (lambda t: request.check_reference(t, "--invoice"), "A" * 33, "--invoice"),
    (lambda t: request.check_reference(t, "--invoice"), "Ä", "--invoice"),
    (lambda t: request.check_reference(t, "--po"), "a\nb", "--po"),
    (lambda t: request.check_reference(t, "--invoice"), "1042 ", "--invoice"),
    (request.check_note, "n" * 2049, "--note"),
    (ids.check_key, "", "--key"),
    (ids.check_key, "k" * 65, "--key"),
    (ids.check_key, "a b", "--key"),
    (ids.check_key, "a/b", "--key"),
    (ids.check_key, "é", "--key"),
    (ids.check_key, "a\n", "--key"),
]


@pytest.mark.parametrize(("check", "value"), GOOD)
def test_a_valid_value_passes_unchanged(check: Callable[[Any], Any], value: Any) -> None:
    assert check(value) == (tuple(value) if isinstance(value, list) else value)


@pytest.mark.parametrize(("check", "value", "field"), BAD)
def test_an_invalid_value_is_refused_and_its_field_named(check: Callable[[Any], Any], value: Any, field: str) -> None:
    with pytest.raises(UsageFault, match=f"^{field}: "):
        check(value)


def test_a_payment_never_interrupts_another_till_s() -> None:
    for refund in (False, True):
        assert ("interruptBusyTerminal", "false") in request.payment(Decimal("5.00"), refund=refund).fields


def test_a_complete_payment_form() -> None:
    spec = request.payment(
        Decimal("12.50"), tax=Decimal("1.00"), shipping=Decimal("0.00"), surcharge=Decimal("0.50"),
        invoice="A-1", po="P-1", note="a & b", ask_tip=True, keyed=True, receipt_prompt=True,
        signature_prompt=False,
    )  # fmt: skip

    assert dict(spec.form(10001, "A-1")) == {
        "terminalId": "10001", "action": "CHARGE", "amountBase": "12.50", "amountTax": "1.00",
        "amountShipping": "0.00", "amountSurcharge": "0.50", "interruptBusyTerminal": "false",
        "showReceiptPrompt": "true", "showSignaturePrompt": "false", "allowTips": "true", "keyed": "ALLOW",
        "purchaseOrderNumber": "P-1", "note": "a & b", "invoiceNumber": "A-1",
    }  # fmt: skip
    assert spec.total == Decimal("14.00"), "the profile's limits apply to the total"


def test_the_other_requests_carry_their_fields_and_no_invoice_number() -> None:
    prompt = request.prompt("Paper?", ["Yes", "No"])

    assert prompt.form(1, "9") == (
        ("terminalId", "1"), ("text", "Paper?"), ("buttons[]", "Yes"), ("buttons[]", "No"))  # fmt: skip
    assert request.signature("I agree").form(1, None)[1:] == (("terms", "I agree"),)
    assert request.typed_input("phone").form(1, None)[1:] == (("type", "PHONE"),)
    assert request.read_card().form(1, None) == (("terminalId", "1"),)


@pytest.mark.parametrize(
    ("spec", "path"),
    [
        (request.payment(Decimal(1)), "request-payment"),
        (request.payment(Decimal(1), refund=True), "request-payment"),
        (request.signature("x"), "request-signature"),
        (request.prompt("x", ["Yes"]), "request-prompt"),
        (request.typed_input("PHONE"), "request-input"),
        (request.read_card(), "request-read"),
    ],
)
def test_each_kind_has_its_path(spec: request.RequestSpec, path: str) -> None:
    assert spec.path("u-u-i-d") == f"/smartterminals/u-u-i-d/{path}"


def test_expect_must_be_one_of_the_buttons_and_input_accepts_only_phones() -> None:
    assert request.prompt("x", ["Yes", "No"], "No").expect == "No"
    with pytest.raises(UsageFault, match="--expect"):
        request.prompt("x", ["Yes", "No"], "no")
    with pytest.raises(UsageFault, match="--type"):
        request.typed_input("zip")


# -- the derived invoice number ----------------------------------------------------------------------------


def test_the_invoice_number_of_a_key_is_the_same_on_any_till() -> None:
    """Decimal digits of SHA-256 over login and key, written out because a lost journal must find it again."""
    assert request.derived_numbers("shop", "order-1042") == (
        "913553327642332", "913553327642332", "393313553327642332",
    )  # fmt: skip


def test_a_login_s_case_no_longer_changes_the_number_of_a_key() -> None:
    current, former, _ = request.derived_numbers("Shop", "order-1042")

    assert (current == "913553327642332", former == current) == (True, False)


@given(st.text(max_size=20), st.text(max_size=64))
def test_an_invoice_number_is_15_digits_without_a_leading_zero(login: str, key: str) -> None:
    number = request.invoice_number_for(login, key) if (login + key).isprintable() else "1" * 15

    assert len(number) == 15
    assert number == str(int(float(number)))
    assert number.isascii()
    assert number.isdigit()
    assert number[0] != "0"


def test_login_and_key_do_not_run_together() -> None:
    assert request.invoice_number_for("ab", "c") != request.invoice_number_for("a", "bc")


# -- how a key used for something else is noticed ------------------------------------------------------------


def test_anything_sent_differently_has_another_fingerprint() -> None:
    spec = request.payment(Decimal("5.00"))
    base = request.fingerprint(spec.path("u"), spec.form(1, "9"))
    others = [
        request.payment(Decimal("5.01")), request.payment(Decimal("5.00"), refund=True),
        request.payment(Decimal("5.00"), note="x"), request.payment(Decimal("5.00"), tax=Decimal(0)),
        request.payment(Decimal("5.00"), ask_tip=True),
    ]  # fmt: skip
    prints = {request.fingerprint(o.path("u"), o.form(1, "9")) for o in others}

    assert len(prints | {base}) == 6
    assert request.fingerprint(spec.path("v"), spec.form(1, "9")) != base
    assert request.fingerprint(spec.path("u"), spec.form(2, "9")) != base
    assert request.fingerprint(spec.path("u"), spec.form(1, "8")) != base


def test_the_fingerprint_ignores_field_order_and_uuid_case_but_not_button_order() -> None:
    form = (("a", "1"), ("b", "2"))

    assert request.fingerprint("/S/ABC", form) == request.fingerprint("/s/abc", form[::-1])
    yes_no, no_yes = (request.prompt("?", b).form(1, None) for b in (["Yes", "No"], ["No", "Yes"]))
    assert request.fingerprint("/p", yes_no) != request.fingerprint("/p", no_yes)


def test_only_money_has_an_invoice_number() -> None:
    assert request.payment(Decimal(1), refund=True).kind is Kind.REFUND
    assert ("invoiceNumber", "9") in request.payment(Decimal(1)).form(1, "9")
