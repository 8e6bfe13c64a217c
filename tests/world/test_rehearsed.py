"""A sale of another environment is never taken for one of this shop: its environment is shown."""

from __future__ import annotations

import pytest

from tests.world.till import Till


@pytest.fixture
def rehearsed(till: Till) -> Till:
    """A sale was tried out on labs; the till has been a production one since."""
    till.run("charge", "12.50", "-t", "T1", "-k", "o1")
    config = till.config / "config.toml"
    config.write_text(config.read_text().replace('environment = "labs"', 'environment = "production"'))
    till.read = None
    return till


@pytest.mark.parametrize("line", [("why", "o1"), ("why", "o1", "--raw")], ids=" ".join)
def test_why_shows_its_environment(rehearsed: Till, line: tuple[str, ...]) -> None:
    assert rehearsed.run(*line).out.startswith("[LABS: test environment, no real money]\n")


def test_the_list_shows_each_environment(rehearsed: Till) -> None:
    shown = rehearsed.run("requests", "list", columns=120).out

    assert ("ENVIRONMENT" in shown, shown.rstrip().endswith("labs")) == (True, True)


def test_the_environment_in_use_is_not_shown(till: Till) -> None:
    till.run("charge", "12.50", "-t", "T1", "-k", "o1")

    assert till.run("why", "o1").out.startswith("payment of $12.50")
    assert "ENVIRONMENT" not in till.run("requests", "list", columns=120).out
