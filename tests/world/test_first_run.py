"""`profiles add` at a terminal: asks for what is missing, checks each answer, tries the login, lists the readers."""

from __future__ import annotations

import re

import pytest

from tests.world import faults
from tests.world.till import Run, Till, World

pytestmark = pytest.mark.usefixtures("whole_way")


@pytest.fixture
def fresh(world: World) -> Till:
    """A till of a user without a profile."""
    made = world.till("fresh", login="shop")
    for file in made.machine.directory.glob("config-*/*.toml"):
        file.unlink()
    return made


def typed(world: World, *answers: str, login: str = "shop") -> str:
    access = world.service.login(login)
    known = {"PASSWORD": access.password, "KEY": access.app_key}
    return "".join(f"{known.get(a, a)}\n" for a in answers)


def settings(till: Till, name: str) -> dict[str, object]:
    item = till.run("profiles", "show", name, "--json").json["item"]
    return {key: item[key] for key in ("environment", "login", "account", "terminal")}


def test_it_asks_for_everything_missing_and_names_the_next_command(world: World, fresh: Till) -> None:
    run = fresh.run("profiles", "add", answers=typed(world, "till-1", "labs", "shop", "PASSWORD", "KEY", "2"))

    assert (run.code, run.err.splitlines()[-1]) == (0, "next: pjterm doctor")
    assert settings(fresh, "till-1") == {
        "environment": "labs", "login": "shop", "account": 10001, "terminal": "T2",
    }  # fmt: skip


@pytest.mark.parametrize("name", ["Front", "  ", "a\x1b[31mb", "T1 ", "front", "88888888-4444-4444-4444-cccccccccccc"])
def test_a_reader_with_an_ambiguous_or_unusable_name_is_stored_by_its_uuid(
    world: World, fresh: Till, name: str
) -> None:
    world.t1.name, world.t2.name = "Front", name
    run = fresh.run("profiles", "add", answers=typed(world, "till-1", "labs", "shop", "PASSWORD", "KEY", "2"))

    assert (run.code, settings(fresh, "till-1")["terminal"]) == (0, world.t2.id)
    assert fresh.run("charge", "5", "-k", "a").code == 0


@pytest.mark.parametrize(
    ("fault", "name", "skip"),
    [
        (faults.says(403, "You do not have permission."), "devices", 0),
        (faults.says(403, "You do not have permission."), "accounts", 1),
        (faults.lost_answer(faults.page(502)), "accounts", 1),
    ],
)
def test_if_nothing_can_be_listed_the_typed_value_is_kept(
    world: World, fresh: Till, fault: faults.Fault, name: str, skip: int
) -> None:
    world.faults.add(fault, name, skip=skip, times=1e9)
    run = fresh.run("profiles", "add", answers=typed(world, "till-1", "labs", "shop", "PASSWORD", "KEY", "2"))

    assert (run.code, "could not be listed" in run.err) == (0, True)
    assert settings(fresh, "till-1")["login"] == "shop"


PIPED = ("profiles", "add", "till-1", "--environment", "labs", "--login", "shop", "--secrets-stdin")


@pytest.mark.parametrize("secrets", ["", "{}", '{"password": "only"}'])
def test_invalid_secrets_from_a_pipe_are_not_stored(fresh: Till, secrets: str) -> None:
    run = fresh.run(*PIPED, answers=secrets)

    assert (run.code, fresh.run("profiles", "show", "till-1").code) == (2, 4)  # no such profile


def test_secrets_of_an_earlier_profile_with_that_name_are_removed(fresh: Till) -> None:
    """A labs webhook secret used to verify events for the production profile that reused the name."""
    kept = fresh.config / "credentials.toml"
    kept.write_text('[till-1]\nwebhook_secret = "of another one"\n[b]\npassword = "its own"\n')
    run = fresh.run(*PIPED, answers='{"password": "wrong", "app_key": "wrong"}')

    assert (run.code, "of another one" in kept.read_text(), "its own" in kept.read_text()) == (0, False, True)


@pytest.mark.parametrize("account", [(), ("--account", "10001")], ids=" ".join)
def test_secrets_from_a_pipe_are_stored_although_they_are_rejected(fresh: Till, account: tuple[str, ...]) -> None:
    """A machine set up by a script gets its profile, whatever PayJunction answers at that time."""
    run = fresh.run(*PIPED, *account, answers='{"password": "wrong", "app_key": "wrong"}')

    assert (run.code, "refuses the credentials" in run.err) == (0, True)
    assert "pjterm profiles set-secret till-1 --secrets-stdin" in run.err
    assert fresh.run("profiles", "show", "till-1").code == 0


def test_replacing_a_webhook_secret_names_the_command_that_ends_the_old_one(till: Till) -> None:
    line = ("profiles", "set-secret", "till", "webhook_secret")
    first, second = (till.run(*line, answers=secret + "\n") for secret in ("a" * 40, "b" * 40))

    assert (first.code, second.code, "rotate" in first.err) == (0, 0, False)
    assert "until PayJunction has the new one: pjterm webhooks rotate -p till" in second.err


def test_an_empty_stdin_is_called_empty(fresh: Till) -> None:
    run = fresh.run(*PIPED, answers="")

    assert run.err.startswith("pjterm: stdin was empty")
    assert '{"password": "…", "app_key": "…"}' in run.err


def test_given_values_are_not_asked_for(world: World, fresh: Till) -> None:
    argv = ("profiles", "add", "till-1", "--environment", "labs", "--login", "shop", "--account", "10001", "-t", "T1")

    assert fresh.run(*argv, answers=typed(world, "PASSWORD", "KEY")).code == 0


def test_a_wrong_answer_is_asked_for_again(world: World, fresh: Till) -> None:
    answers = typed(world, "no good!", "till-1", "test", "labs", "a:b", "shop", "", "PASSWORD", "KEY", "9", "1")
    run = fresh.run("profiles", "add", answers=answers)

    assert (run.code, run.err.count("; try again"), settings(fresh, "till-1")["terminal"]) == (0, 5, "T1")


@pytest.mark.parametrize(
    "answers",
    [
        ("shop", "wrong", "KEY", "", "PASSWORD", ""), ("shop", "PASSWORD", "wrong", "", "", "KEY"),
        ("shpo", "PASSWORD", "KEY", "shop", "", ""),
        ("shpo", "wrong", "wrong", "", "PASSWORD", "", "", "", "KEY", "shop", "", ""),
    ],
    ids=["password", "key", "login", "one after the other"],
)  # fmt: skip
def test_a_rejected_value_is_asked_for_again_and_enter_keeps_the_others(
    world: World, fresh: Till, answers: tuple[str, ...]
) -> None:
    run = fresh.run("profiles", "add", answers=typed(world, "till-1", "labs", *answers, "2"))

    assert (run.code, settings(fresh, "till-1")["login"], settings(fresh, "till-1")["terminal"]) == (0, "shop", "T2")
    assert re.findall(r"[.,;:]{2,}", run.err) == []


def test_an_interrupted_dialog_stores_nothing(world: World, fresh: Till) -> None:
    run = fresh.run("profiles", "add", answers=typed(world, "till-1", "labs", "shop", *["wrong", "KEY", ""] * 4))

    assert (run.code, "refuses the credentials" in run.err) == (2, True)
    assert fresh.run("profiles", "list").out == ""


def test_without_a_network_it_is_stored_and_the_missing_check_is_mentioned(world: World, fresh: Till) -> None:
    world.network(fresh).up = False
    run = fresh.run("profiles", "add", answers=typed(world, "till-1", "labs", "shop", "PASSWORD", "KEY"))

    assert (run.code, "could not be tried" in run.err) == (0, True)


def test_the_simulator_needs_no_login(fresh: Till) -> None:
    run = fresh.run("profiles", "add", answers="demo\nsimulator\n")

    assert (run.code, run.err.splitlines()[-1]) == (0, "next: pjterm charge 1.00 -t T1")


@pytest.mark.parametrize(
    ("given", "named"),
    [
        (("till-1", "--environment", "lab"), "'lab' is not labs, production or simulator"),
        (("till/1",), "is not a profile name"),
        (("simulator", "--environment", "labs"), "the built-in simulator's name"),
        (("till-1", "--login", "a:b"), "login: a colon is not allowed"),
        (("till-1", "--base-url", "ftp://x"), "base_url"),
    ],
    ids=" ".join,
)
def test_given_values_are_checked_before_anything_is_asked(fresh: Till, given: tuple[str, ...], named: str) -> None:
    run = fresh.run("profiles", "add", *given, answers="")

    assert (run.code, named in run.err, "password" in run.err) == (2, True, False)


def test_an_existing_name_is_refused_before_a_secret_is_asked_for(fresh: Till) -> None:
    fresh.run("profiles", "add", "demo", "--environment", "simulator")
    run = fresh.run("profiles", "add", "demo", "--environment", "labs", "--login", "shop", answers="")

    assert (run.code, "exists already" in run.err, "password" in run.err) == (2, True, False)


def in_a_pipe(till: Till, *argv: str) -> Run:
    return till.run("profiles", "add", *argv)


def test_in_a_pipe_everything_missing_is_named(fresh: Till) -> None:
    run = in_a_pipe(fresh)

    assert (run.code, "missing NAME, --environment, --login, --secrets-stdin" in run.err) == (2, True)


def test_a_second_profile_is_not_the_default_so_the_next_command_names_it(fresh: Till) -> None:
    in_a_pipe(fresh, "first", "--environment", "simulator")
    run = in_a_pipe(fresh, "second", "--environment", "simulator", "-t", "T2")

    assert run.err.splitlines()[-1] == "next: pjterm charge 1.00 -p second"


def test_commands_that_change_a_profile_print_it_as_json(fresh: Till) -> None:
    """As `profiles show` does; of a removed one only the name is left."""
    changes = [
        ("add", "demo", "--environment", "simulator"), ("add", "next", "--environment", "simulator"), ("use", "next"),
        ("set-secret", "next", "password"), ("remove", "demo", "-y"),
    ]  # fmt: skip
    printed = [fresh.run("profiles", *change, "--json", answers="word\n").json["item"] for change in changes]

    assert printed[3] == fresh.run("profiles", "show", "next", "--json").json["item"]
    assert [(item["name"], item.get("default")) for item in printed] == [
        ("demo", True), ("next", False), ("next", True), ("next", True), ("demo", None),
    ]  # fmt: skip


def test_commands_that_change_reader_names_print_the_profile_as_json(till: Till) -> None:
    reader = "88888888-4444-4444-4444-cccccccccccc"
    given = till.run("terminals", "alias", "Front", reader, "--json").json["item"]["aliases"]
    left = till.run("terminals", "unalias", "Front", "--json").json["item"]["aliases"]

    assert (given.get("Front"), "Front" in left) == (reader, False)


@pytest.mark.parametrize("line", [("set-secret", "till", "password", "hunter2secret"), ("add", "p6", "hunter2secret")])
@pytest.mark.parametrize("format_", [(), ("--json",)])
def test_a_secret_typed_as_an_argument_is_not_repeated(
    till: Till, line: tuple[str, ...], format_: tuple[str, ...]
) -> None:
    run = till.run("profiles", *line, *format_)

    assert (run.code, "hunter2" in run.out + run.err, "never typed on the command line" in run.err) == (2, False, True)


def test_secrets_stdin_with_the_name_of_a_secret_is_refused(till: Till) -> None:
    """The name used to be ignored silently."""
    run = till.run("profiles", "set-secret", "till", "password", "--secrets-stdin", answers='{"app_key": "abc"}')

    assert (run.code, "--secrets-stdin" in run.err, "stored" in run.err) == (2, True, False)


def test_removing_the_default_profile_says_that_none_is_the_default(fresh: Till) -> None:
    for name in ("one", "two", "three"):
        in_a_pipe(fresh, name, "--environment", "simulator")
    said = [fresh.run("profiles", "remove", name, "-y").err for name in ("one", "two", "three")]

    assert "\nno profile is the default now; to see them: pjterm profiles list\n" in said[0]
    assert ("default" in said[1], "default" in said[2]) == (False, False)


def test_removing_the_default_profile_names_the_new_default(fresh: Till) -> None:
    for name in ("one", "two"):
        in_a_pipe(fresh, name, "--environment", "simulator")

    assert "\ntwo is the default profile now\n" in fresh.run("profiles", "remove", "one", "-y").err
