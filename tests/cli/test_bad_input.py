"""Refusals that need a real process: an invalid TZ, and a full stdout."""

from __future__ import annotations

import pytest

from tests.cli.till import Shop, Till
from tests.full_disk import FULL, on_a_full_disk
from tests.warm import start


@pytest.mark.parametrize(("words", "tz"), [(("charge", "5"), "UTC+25"), (("report",), "America/NewYork")])
def test_an_invalid_zone_is_named_before_anything_is_sent(
    shop_and_till: tuple[Shop, Till], words: tuple[str, ...], tz: str
) -> None:
    shop, till = shop_and_till
    run = till.run(*words, TZ=tz)

    assert (run.code, shop.posts) == (2, []), run.err
    assert f"TZ: {tz!r}" in run.err


def on_full_stdout(till: Till, words: str) -> tuple[int, str]:
    """Run a command whose stdout is full; its exit code and stderr."""
    said = till.root / "said"
    with FULL.open("w") as full, said.open("w") as err:
        code = start(words.split(), env=till.environ(), cwd=till.root, stdout=full, stderr=err).wait(60)
    return code, said.read_text()


@on_a_full_disk
@pytest.mark.parametrize("words", ["--version", "--help", "charge --help", "charge --version", "terminals --help"])
def test_a_full_disk_during_help_is_12_and_not_a_bug(shop_and_till: tuple[Shop, Till], words: str) -> None:
    code, stderr = on_full_stdout(shop_and_till[1], words)

    assert code == 12, stderr
    assert "written" in stderr
    assert "bug" not in stderr
    assert "Traceback" not in stderr


@on_a_full_disk
@pytest.mark.parametrize(
    "words", ["charge 5", "webhooks create --url https://x.example.com/webhooks/till", "--json charge 5"]
)
def test_a_full_disk_during_a_dry_run_is_12(shop_and_till: tuple[Shop, Till], words: str) -> None:
    code, stderr = on_full_stdout(shop_and_till[1], f"{words} --dry-run")

    assert (code, "could not be written whole" in stderr) == (12, True), stderr
