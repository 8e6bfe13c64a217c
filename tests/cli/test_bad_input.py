"""What only a process of its own is refused for: the zone of its clock, and a stdout that takes no more."""

from __future__ import annotations

import pytest

from tests.cli.till import COMMAND, Shop, Till


@pytest.mark.parametrize("words", [("charge", "5"), ("requests",)])
def test_a_zone_that_is_none_is_named_before_anything_is_sent(
    shop_and_till: tuple[Shop, Till], words: tuple[str, ...]
) -> None:
    shop, till = shop_and_till
    run = till.run(*words, TZ="UTC+25")

    assert (run.code, shop.posts) == (2, []), run.err
    assert "TZ: 'UTC+25'" in run.err


@pytest.mark.parametrize("words", ["--version", "--help", "charge --help", "charge --version", "terminals --help"])
def test_a_full_disk_under_the_help_is_12_and_no_bug(
    shop_and_till: tuple[Shop, Till], words: str
) -> None:
    _, till = shop_and_till
    full = till.start("-c", f"{COMMAND} {words} >/dev/full", command=("bash",)).end()

    assert full.code == 12, full.err
    assert "written" in full.err
    assert "bug" not in full.err
    assert "Traceback" not in full.err
