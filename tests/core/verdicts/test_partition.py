"""How transactions that may belong to this sale or another one are described."""

from __future__ import annotations

import pytest

from pjterm.core.verdicts.partition import may_be


@pytest.mark.parametrize(
    ("ids", "said"),
    [
        ((7,), "transaction 7 may be this sale's"),
        ((7, 8), "transactions 7 and 8 may be this sale's"),
        ((7, 8, 9), "transactions 7, 8 and 9 may be this sale's"),
    ],
)
def test_one_or_several_transactions_may_be_the_sale(ids: tuple[int, ...], said: str) -> None:
    assert may_be(ids) == said
