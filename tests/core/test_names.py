"""What a typed argument names, whatever is in the journal."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from pjterm.core.entry import Entry, Scope
from pjterm.core.ids import check_key
from pjterm.core.model import Kind, Outcome
from pjterm.core.names import Named, Sort, Word, named, read_word, transaction_of
from pjterm.errors import UsageFault
from tests.core.make import NOON, REQUEST, TILL

LABS, SIMULATOR = Scope("labs", "shop"), Scope("simulator", "shop")
OTHER_REQUEST = REQUEST.replace("6d", "7d")


def entry(id_: int, key: str, transaction_id: int | None = None, **more: Any) -> Entry:
    values: dict[str, Any] = {
        "scope": LABS, "kind": Kind.PAYMENT, "profile": "p", "terminal": TILL, "fingerprint": "f",
        "started_at": NOON, "amount": Decimal("12.50"), "outcome": Outcome.APPROVED, "transaction_id": transaction_id,
    }  # fmt: skip
    return Entry(id=id_, key=key, **{**values, **more})


SALE = entry(1, "order-1", 10082, request_id=REQUEST)
REFUND = entry(2, "back-1", 10090, kind=Kind.REFUND, original_id=10082)
VOID = entry(3, "gone-1", 10082, kind=Kind.VOID, original_id=10082)


def names(typed: str, *entries: Entry, environment: str | None = "labs") -> Named:
    return named(read_word(typed, "ID"), entries, environment)


@pytest.mark.parametrize("typed", ["order-1", "key:order-1", REQUEST, f"req:{REQUEST}"])
def test_a_sale_is_named_by_its_key_or_its_request(typed: str) -> None:
    assert Named(SALE) == names(typed, SALE)


@pytest.mark.parametrize("typed", ["10082", "tx:10082"])
def test_a_transaction_number_names_its_sale_before_any_change_of_it(typed: str) -> None:
    assert Named(SALE, 10082) == names(typed, REFUND, VOID, SALE)


def test_a_refund_is_named_by_its_own_transaction() -> None:
    assert Named(REFUND, 10090) == names("10090", REFUND)


def test_a_sale_missing_from_the_journal_is_named_with_its_newest_change() -> None:
    assert Named(None, 10082, change=VOID) == names("10082", REFUND, VOID)


def test_an_id_missing_from_the_journal_is_recognized_by_its_shape() -> None:
    assert [Named(transaction_id=10082), Named(request_id=OTHER_REQUEST), Named(request_id=OTHER_REQUEST)] == [
        names("10082"), names(OTHER_REQUEST), names(f"req:{OTHER_REQUEST}"),
    ]  # fmt: skip


def test_a_request_in_the_journal_is_named_whatever_the_shape_of_its_id() -> None:
    assert Named(entry(1, "order-1", 10082, request_id="r-1")) == names(
        "req:r-1", entry(1, "order-1", 10082, request_id="r-1")
    )


def test_a_key_wins_over_a_number_that_no_entry_records() -> None:
    numbered = entry(1, "10082", 10001)

    assert Named(numbered) == names("10082", numbered)


@pytest.mark.parametrize("other", [entry(2, "order-2", 1042), entry(2, "gone", 1042, kind=Kind.VOID, original_id=1042)])
def test_a_key_that_is_also_a_recorded_transaction_is_refused_naming_both(other: Entry) -> None:
    numbered = entry(1, "1042", 10001)

    with pytest.raises(UsageFault) as refused:
        names("1042", numbered, other)

    text = f"{refused.value.message} {refused.value.hint}"
    assert all(word in text for word in ("key:1042", "tx:1042", other.key))


def test_a_prefix_says_which_of_the_two_is_meant() -> None:
    numbered, other = entry(1, "1042", 10001), entry(2, "order-2", 1042)

    assert [Named(numbered), Named(other, 1042)] == [
        names("key:1042", numbered, other), names("tx:1042", numbered, other),
    ]  # fmt: skip


def test_a_key_that_equals_its_sale_s_transaction_is_unambiguous() -> None:
    same = entry(1, "10082", 10082)

    assert Named(same) == names("10082", same)


def test_the_simulator_s_transactions_are_not_those_of_labs() -> None:
    elsewhere = entry(1, "x", 10082, scope=SIMULATOR)
    numbered = entry(2, "10082", 7)

    assert Named(transaction_id=10082) == names("10082", elsewhere)
    assert Named(numbered) == names("10082", elsewhere, numbered)


@pytest.mark.parametrize("typed", ["xyz", "", "0", "key:nobody", "1" * 19, "../main", "key:10082", "req:r-1"])
def test_text_that_is_neither_a_key_nor_shaped_like_an_id_is_refused(typed: str) -> None:
    with pytest.raises(UsageFault, match="ID"):
        names(typed, SALE if not typed.startswith("key:") else REFUND)


@pytest.mark.parametrize("typed", ["tx:", "tx:abc", "tx:0", "tx:-5", "tx:١٢", "req:", "req:a/b", "req:" + "x" * 65])
def test_a_prefix_requires_its_own_kind(typed: str) -> None:
    with pytest.raises(UsageFault, match="ID"):
        read_word(typed, "ID")


@pytest.mark.parametrize("key", ["key:1", "tx:10082", "req:x"])
def test_a_new_key_never_begins_like_a_prefix(key: str) -> None:
    with pytest.raises(UsageFault, match="--key"):
        check_key(key)


def test_a_key_may_contain_a_colon() -> None:
    assert ("order:1", Word("order:1", "ID")) == (check_key("order:1"), read_word("order:1", "ID"))


def test_an_old_key_with_a_prefix_can_still_be_named() -> None:
    old = entry(1, "tx:9", 7)

    assert (Word("tx:9", "ID", Sort.KEY), Named(old)) == (read_word("key:tx:9", "ID"), names("key:tx:9", old))


def test_a_void_names_its_original_and_a_refund_itself() -> None:
    assert [transaction_of(e) for e in (SALE, VOID, REFUND)] == [10082, 10082, 10090]
