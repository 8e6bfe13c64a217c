"""Card and phone numbers are masked however they are written; ids, amounts, times and addresses are not."""

from __future__ import annotations

import random
import uuid

import pytest

from pjterm.core.request import invoice_number_for
from pjterm.reports.masking import PHONE, mask

CARD = "[card number ending in {}]"


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("4444333322221111", CARD.format("1111")),
        ("x4444333322221111y", f"x{CARD.format('1111')}y"),
        ("4444 3333 2222 1111, 4444-3333-2222-1111", f"{CARD.format('1111')}, {CARD.format('1111')}"),
        ("3782 822463 10005", CARD.format("0005")),
        ("４４４４３３３３２２２２１１１１", CARD.format("1111")),
        ("6304 4433 3322 2211 112", CARD.format("1112")),
        ("4444 3333 2222 1111 2026", f"{CARD.format('1111')} 2026"),
        ("1042 4444 3333 2222 1111", f"1042 {CARD.format('1111')}"),
        ("order_4444-3333-2222-1111, 4444-3333-2222-1111-x", f"order_{CARD.format('1111')}, {CARD.format('1111')}-x"),
        ("44443333 22221111", CARD.format("1111")),
        ("tel (555) 123-4567", f"tel {PHONE}"),
        ("555-123-4567/1-555-123-4567/+1 (555) 123-4567", f"{PHONE}/{PHONE}/{PHONE}"),
        ("555.123.4567; +44 20 7946 0958", f"{PHONE}; {PHONE}"),
    ],
)
def test_what_is_masked(text: str, masked: str) -> None:
    assert mask([], [])(text) == masked


@pytest.mark.parametrize(
    "between", ["\u00a0", ".", "_", "/", ":", "  ", " - ", "\u2011", "\u2013", "\n", "\u200b", ", "]
)
def test_a_card_number_is_masked_whatever_separates_its_groups(between: str) -> None:
    assert mask([], [])(between.join(["4444", "3333", "2222", "1111"])) == CARD.format("1111")


@pytest.mark.parametrize("written", ["5551234567", "(555)1234567", "555 123 4567", "+5551234567", "tel:5551234567."])
def test_a_known_phone_number_is_masked_however_it_is_written(written: str) -> None:
    shown = mask(["555-123-4567", None], [])(written)

    assert PHONE in shown
    assert "4567" not in shown


@pytest.mark.parametrize(
    "text",
    [
        "$1,234.50", "************1111", "2026-11-22 17:03:30.123", "2026-11-22T17:03:30Z", "10.0.173.101", "10001",
        "61802", "4444333322221112", "request 12345678-1234-1234-1234-123456789012", "60d2e500711b4bf2b42f8efe7a8c5cc4",
        *(f"2026-11-22 17:03:{s:02}.{ms}" for s in range(60) for ms in (123, 456)), "4444-3333-2222-1112-x",
    ],
)  # fmt: skip
def test_other_text_is_unchanged(text: str) -> None:
    assert mask(["5551234567"], [])(text) == text


def test_our_own_numbers_stay_even_if_they_could_be_cards() -> None:
    numbers = [invoice_number_for("shop", f"order-{n}") for n in range(200)]
    masked = mask([], numbers)

    assert [n for n in numbers if masked(f"invoice {n}") != f"invoice {n}"] == []
    assert any(mask([], [])(n) != n for n in numbers)


def test_no_request_id_is_masked() -> None:
    ids = [str(uuid.UUID(int=random.Random(n).getrandbits(128), version=4)) for n in range(5000)]
    ids += [i.replace("-", "") for i in ids]

    assert [i for i in ids if mask(["5551234"], [])(f"accepted as {i}") != f"accepted as {i}"] == []


def test_a_short_number_is_not_a_phone_number() -> None:
    assert mask(["911"], [])("911") == "911"
