"""A printed next command acts for the profile of the command that printed it, not for the default one."""

from __future__ import annotations

import pytest

from pjterm.core.hints import commands
from tests.world.faults import lost_answer, lost_request, page
from tests.world.reader import Stays, Tap, customer
from tests.world.service import ACCOUNT, URL
from tests.world.till import Run, Till, World

DAY = 24 * 3600.0


@pytest.fixture
def second(world: World, till: Till) -> Till:
    """A till with a second profile, `other`, with another login: it sold on two days, once perhaps double."""
    login = world.service.login("office-2")
    table = f'environment = "labs"\nlogin = "office-2"\naccount = {ACCOUNT}\nbase_url = "{URL}"\nterminal = "T1"\n'
    for name, more in (
        ("config.toml", f'\n[profiles.other]\n{table}secrets = "file"\n'),
        ("credentials.toml", f'[other]\npassword = "{login.password}"\napp_key = "{login.app_key}"\n'),
    ):
        file = till.config / name
        file.write_text(file.read_text() + more)
    till.run("-p", "other", "charge", "20", "-k", "a")
    world.service.others_charge("20.00", login="office-2")
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
def test_each_printed_command_names_the_profile(second: Till, line: tuple[str, ...]) -> None:
    """Pasted, `pjterm close --day …` used to close the day of the default profile."""
    run = second.run("-p", "other", *line)
    printed = [c for row in (run.err + run.out).splitlines() for c in commands(row)]

    assert printed
    assert [c for c in printed if "-p other" not in c] == [], run.err


def all_named(run: Run) -> list[str]:
    """The commands that a run printed, each of which names the profile."""
    cells = [cell.strip() for row in (run.err + run.out).splitlines() for cell in row.split("\t")]
    printed = [c for cell in cells for c in commands(cell)]

    assert printed
    assert [c for c in printed if "-p other" not in c] == [], str(run)
    return printed


def test_the_list_of_open_sales_names_the_profile(world: World, second: Till) -> None:
    """Pasted, `pjterm resume` resolved only the default profile's sales."""
    for n in range(6):
        world.service.reader(f"R{n}").next(customer(Tap(after=900.0)))
        assert second.run("-p", "other", "charge", f"{n + 1}", "-t", f"R{n}", "-k", f"k{n}", "--no-wait").code == 0

    assert (
        all_named(second.run("-p", "other", "requests", "list", "--open", columns=160))[-1] == "pjterm resume -p other"
    )
    assert all_named(second.run("-p", "other", "resume", "--timeout", "0"))


def test_the_story_of_a_sale_names_the_profile(second: Till) -> None:
    """Pasted, it showed another sale with the same key under the default profile."""
    assert all_named(second.run("-p", "other", "why", "b")) == ["pjterm why b --raw -p other"]


def test_a_ping_names_the_profile(world: World, second: Till) -> None:
    world.t1.next(customer(Stays()))
    world.faults.add(lost_request(page(502)), "main", times=100)
    shows_still = second.run("-p", "other", "terminals", "ping", "T1")
    world.t2.next(customer(Tap(after=60.0)))
    second.run("-p", "other", "charge", "5", "-t", "T2", "--timeout", "1", "-k", "K2")
    is_busy = second.run("-p", "other", "terminals", "ping", "T2")

    assert [len(all_named(run)) for run in (shows_still, is_busy)] == [1, 1]


def test_the_command_after_a_lost_image_names_the_profile_and_can_be_pasted(world: World, second: Till) -> None:
    world.faults.add(lost_answer(), "signature", times=100)
    run = second.run("-p", "other", "sign", "-k", "s", "--save=-s.png")

    assert any(c.startswith("pjterm signature ") and " --save=-s.png " in c for c in all_named(run))


def test_selections_by_variables_are_named_in_printed_commands(world: World, second: Till) -> None:
    """Pasted into another shell, it charged the default profile's reader, and would have reset another till's."""
    second.environ = {"PJTERM_PROFILE": "other", "PJTERM_TERMINAL": "T2"}
    world.service.others_use(world.t2, 60.0)
    runs = [
        second.run(*line)
        for line in (("charge", "5", "-k", "z"), ("cancel",), ("cancel", "--any"), ("prompt", "Hi?", "-k", "y"))
    ]

    printed = [command for run in runs for command in all_named(run)]
    assert "pjterm charge 5 -t T2 --key z -p other" in printed
    assert [c for c in printed if not c.startswith("pjterm why") and "-t T2" not in c] == []


def test_commands_independent_of_profiles_name_none(second: Till) -> None:
    run = second.run("-p", "nobody", "report")

    assert [c for row in run.err.splitlines() for c in commands(row)] == ["pjterm profiles list"]


@pytest.mark.parametrize("gone", ["removed", "replaced"])
def test_a_request_of_a_login_that_is_gone_has_a_way_out(world: World, second: Till, gone: str) -> None:
    """Each command named a profile that did not exist or that had another login."""
    world.faults.add(lost_request(), "request-payment")
    second.run("-p", "other", "charge", "9", "-k", "other-1", "--timeout", "12")
    if gone == "removed":
        removed = second.run("profiles", "remove", "other", "--yes")
        assert "1 request of other is still open or unknown" in removed.err
    else:
        config = second.config / "config.toml"
        config.write_text(config.read_text().replace('login = "office-2"', 'login = "office-3"'))
    second.read = None
    ways = list[tuple[str, ...]]()
    line: tuple[str, ...]
    for line in (("resume",), ("status", "other-1")):
        while "--not-charged" not in line:
            last = second.run(*line).err.splitlines()[-1]
            named = "ame that profile: " in last
            line = (*line, "-p", "other") if named else tuple(last.rpartition("pjterm ")[2].split())
        ways.append(line)

    assert [way[:3] for way in ways] == [("resume", "other-1", "--not-charged")] * 2
    assert second.run(*ways[0], "--yes").code == 5


def test_a_profile_named_like_the_built_in_simulator_has_its_own_login(world: World, second: Till) -> None:
    """Its sale was to be resolved by hand, as if it could not be looked up."""
    for name in ("config.toml", "credentials.toml"):
        file = second.config / name
        file.write_text(
            file.read_text().replace("[profiles.other]", "[profiles.simulator]").replace("[other]", "[simulator]")
        )
    second.read = second.secrets = None
    world.faults.add(lost_request(), "request-payment")
    second.run("-p", "simulator", "charge", "9", "-k", "other-1", "--timeout", "12")
    run = second.run("status", "other-1")

    assert (run.code, "--not-charged" in run.err, "ame that profile: -p simulator" in run.err) == (10, False, True)


REQUEST = "9a3d3f9c-6c5e-4f5e-9d8c-0d6f6f1f2a3b"


def pasted(till: Till, run: Run) -> list[Run]:
    """What a user gets who pastes what a run printed."""
    cells = [cell.strip() for row in (run.err + run.out).splitlines() for cell in row.split("\t")]
    return [till.run(*c.split()[1:]) for cell in cells for c in commands(cell)]


@pytest.mark.parametrize("whose", ["till", "other"])
@pytest.mark.parametrize("sent", ["lost", "open"])
@pytest.mark.parametrize(
    "line",
    [
        ("cancel", "-t", "T1", "--any", "-y"),
        ("cancel", "-t", "T1", "--request", REQUEST),
        ("cancel", "-t", "T1"),
        ("terminals", "ping", "T1"),
        ("charge", "3.50", "-t", "T1"),
        ("charge", "7", "-t", "T1", "-k", "theirs"),
        ("charge", "8", "-t", "T1", "-k", "mine", "--over", "theirs"),
    ],
    ids=" ".join,
)
def test_what_is_printed_about_a_sale_of_another_profile_names_that_one(
    world: World, second: Till, line: tuple[str, ...], sent: str, whose: str
) -> None:
    """Pasted, it was refused: the key was sent with another profile."""
    if sent == "lost":
        world.faults.add(lost_request(), "request-payment")
    world.t1.next(customer(Stays(after=90.0)))
    second.run("-p", whose, "charge", "7", "-t", "T1", "-k", "theirs", "--timeout", "3")
    run = second.run("-p", "other" if whose == "till" else "till", *line)
    told = [again for again in pasted(second, run) if "theirs" in again.argv]

    assert [again for again in told if "was sent with profile" in again.err or again.code in (2, 4)] == []
    assert told or sent == "lost", str(run)


def test_a_profile_that_was_removed_is_not_named(world: World, second: Till) -> None:
    world.faults.add(lost_request(), "request-payment")
    second.run("-p", "other", "charge", "9", "-t", "T1", "-k", "theirs", "--timeout", "3")
    second.run("profiles", "remove", "other", "--yes")
    second.read = None
    run = second.run("charge", "5", "-t", "T1")

    assert (run.code, commands(run.err.splitlines()[-1])) == (10, ["pjterm resume theirs"])
    assert second.run("resume", "theirs", "--timeout", "3").code == 9
