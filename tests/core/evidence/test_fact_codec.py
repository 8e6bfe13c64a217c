"""Facts as text and back: nothing is lost, and nothing is written that must not be stored."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pjterm.core.evidence import fact_codec, facts
from pjterm.core.evidence.chain import evidence
from pjterm.core.evidence.facts import Fact, Observed
from pjterm.core.model import Outcome, Result, Transaction
from pjterm.core.times import moment, precise, stamp

TIMES = st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
TEXT = st.text(st.characters(codec="utf-8"), max_size=20)
IDS = st.integers(1, 10**17)
TRANSACTIONS = st.builds(
    Transaction, IDS, TEXT, st.none() | st.decimals(0, 10**6, places=2), st.none() | IDS, st.none() | TEXT, TEXT,
    st.none() | st.booleans(), st.none() | TEXT, st.none() | TEXT, st.dictionaries(TEXT, TEXT, max_size=2),
)  # fmt: skip
RESULTS = st.builds(
    Result, st.none() | IDS, st.none() | TEXT, st.none() | TEXT,
    st.none() | st.just("8006010230"), st.none() | st.just(";7090112233654321?"),
)  # fmt: skip
OF_FIELD: dict[str, st.SearchStrategy[Any]] = {
    "at": TIMES, "asked_at": st.none() | TIMES, "result": RESULTS, "transaction": TRANSACTIONS,
    "found": st.lists(TRANSACTIONS, max_size=3).map(tuple), "around": st.booleans(), "gap": st.none() | TEXT,
    "perhaps": st.lists(TRANSACTIONS, max_size=3).map(tuple), "transaction_id": IDS, "refused": st.booleans(),
    "not_charged": st.booleans(), "terms": st.none() | TEXT, "beside": st.lists(IDS, max_size=3).map(tuple),
    "outcome": st.sampled_from([Outcome.REJECTED, Outcome.AUTH, Outcome.UNAVAILABLE]),
}  # fmt: skip
TYPES: tuple[type[Any], ...] = get_args(Fact)


def any_fact(cls: type[Any]) -> st.SearchStrategy[Any]:
    return st.builds(cls, **{name: OF_FIELD.get(name, TEXT) for name in cls.__dataclass_fields__})


FACTS = st.one_of([any_fact(cls) for cls in TYPES])


def test_this_file_covers_every_type_of_fact() -> None:
    defined = {c for c in vars(facts).values() if isinstance(c, type) and c.__module__ == facts.__name__}

    assert defined - {facts.Evidence} == set(TYPES)


@given(FACTS)
def test_a_fact_survives_the_round_trip_through_text(fact: Fact) -> None:
    kept = fact.result if isinstance(fact, Observed) else Result()
    back = fact_codec.read(*fact_codec.write(fact), input_value=kept.input_value, read_data=kept.read_data)

    assert back == fact
    assert json.loads(fact_codec.write(fact)[1])["at"] == precise(fact.at)


@given(FACTS)
def test_typed_numbers_and_track_data_are_neither_stored_nor_shown(fact: Fact) -> None:
    printed = fact_codec.write(fact)[1] + evidence(fact).says + repr(fact)

    assert "8006010230" not in printed
    assert "7090112233654321" not in printed


def test_amounts_stay_exact_and_the_whole_reply_is_kept() -> None:
    raw = {"amountBase": "0.10", "deep": {"x": [1, None]}}
    booked = Transaction(7, "CHARGE", Decimal("0.10"), 1, None, "", True, None, None, raw)
    back = fact_codec.read(*fact_codec.write(facts.LookedUp(datetime(2026, 1, 1, tzinfo=UTC), booked)))

    assert isinstance(back, facts.LookedUp)
    assert str(back.transaction.amount_base) == "0.10"
    assert back.transaction.raw == raw


@given(TIMES)
def test_times_are_sortable_utc_text_and_survive_the_round_trip(when: datetime) -> None:
    assert moment(precise(when)) == when
    assert abs((moment(stamp(when)) - when).total_seconds()) < 0.001
    assert stamp(when).endswith("Z")


@pytest.mark.parametrize("text", ["2026-11-22T12:00:00.000Z", "2026-11-22T12:00:00.000000Z"])
def test_both_spellings_are_the_same_time(text: str) -> None:
    assert moment(text) == datetime(2026, 11, 22, 12, tzinfo=UTC)
