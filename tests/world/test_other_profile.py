"""What is printed to type next acts for the profile of the command that printed it, not for the default one."""

from __future__ import annotations

import pytest

from pjterm.core.hints import commands
from tests.world.service import ACCOUNT, URL
from tests.world.till import Till, World

DAY = 24 * 3600.0


@pytest.fixture
def second(world: World, till: Till) -> Till:
    """A till with a second profile, `other`, of another login: it sold on two days, once perhaps double."""
    login = world.service.login("office-2")
    table = f'environment = "labs"\nlogin = "office-2"\naccount = {ACCOUNT}\nbase_url = "{URL}"\nterminal = "T1"\n'
    for name, more in (
        ("config.toml", f'\n[profiles.other]\n{table}secrets = "file"\n'),
        ("credentials.toml", f'[other]\npassword = "{login.password}"\napp_key = "{login.app_key}"\n'),
    ):
        file = till.config / name
        file.write_text(file.read_text() + more)
    till.run("-p", "other", "charge", "20", "-k", "a")
    world.service.somebody_charges("20.00", login="office-2")
    world.wait(DAY)
    till.run("-p", "other", "charge", "21", "-k", "b")
    return till


@pytest.mark.parametrize(
    "line",
    [
        ("reconcile", "--day", "2026-11-22"),
        ("close", "--day", "2026-11-22"),
        ("close", "--yes"),
        ("close", "--show", "7"),
        ("refund", "--transaction", "b", "--yes", "--dry-run"),
        ("receipt", "99999"),
        ("charge", "21"),
    ],
    ids=" ".join,
)
def test_each_command_that_is_printed_names_the_profile(second: Till, line: tuple[str, ...]) -> None:
    """Pasted, `pjterm close --day …` closed the day of the default profile."""
    run = second.run("-p", "other", *line)
    printed = [c for row in (run.err + run.out).splitlines() for c in commands(row)]

    assert printed
    assert [c for c in printed if "-p other" not in c] == [], run.err


def test_what_depends_on_no_profile_names_none(second: Till) -> None:
    run = second.run("-p", "nobody", "report")

    assert [c for row in run.err.splitlines() for c in commands(row)] == ["pjterm profiles list"]
