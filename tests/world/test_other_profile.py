"""What is printed to type next acts for the profile of the command that printed it, not for the default one."""

from __future__ import annotations

import pytest

from pjterm.core.hints import commands
from tests.world.faults import lost_request
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


@pytest.mark.parametrize("gone", ["removed", "replaced"])
def test_what_was_sent_by_a_login_that_is_gone_has_a_way_out(world: World, second: Till, gone: str) -> None:
    """Each command named a profile that was not there, or that had another login."""
    world.faults.add(lost_request(), "request-payment")
    second.run("-p", "other", "charge", "9", "-k", "theirs", "--timeout", "12")
    if gone == "removed":
        removed = second.run("profiles", "remove", "other", "--yes")
        assert "1 request of other is still open or unknown" in removed.err
    else:
        config = second.config / "config.toml"
        config.write_text(config.read_text().replace('login = "office-2"', 'login = "office-3"'))
    second.read = None
    ways = [
        second.run(*line).err.splitlines()[-1].rpartition("pjterm ")[2] for line in (("resume",), ("status", "theirs"))
    ]

    assert ways == ["resume theirs --not-charged"] * 2
    assert second.run(*ways[0].split(), "--yes").code == 5


def test_a_profile_that_is_called_as_the_built_in_simulator_is_has_its_own_login(world: World, second: Till) -> None:
    """A sale of it was to be settled by hand, as if nobody could look it up."""
    for name in ("config.toml", "credentials.toml"):
        file = second.config / name
        file.write_text(
            file.read_text().replace("[profiles.other]", "[profiles.simulator]").replace("[other]", "[simulator]")
        )
    second.read = second.secrets = None
    world.faults.add(lost_request(), "request-payment")
    second.run("-p", "simulator", "charge", "9", "-k", "theirs", "--timeout", "12")
    run = second.run("status", "theirs")

    assert (run.code, "--not-charged" in run.err, "ame that profile: -p simulator" in run.err) == (10, False, True)
