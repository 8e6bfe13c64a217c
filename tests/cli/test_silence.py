"""An empty setting selects nothing, a misspelled limit is not ignored, and a label belongs to its host."""

from __future__ import annotations

import os
import stat
import subprocess

import pytest

from pjterm.settings.profile import meant_guard
from tests.cli import memory
from tests.cli.memory import Stage
from tests.cli.till import COMMAND, Run, Shop, Till, ended

BLANK = {
    "PJTERM_PROFILE": 4,
    "PJTERM_LOGIN": 4,
    "PJTERM_PASSWORD": 4,
    "PJTERM_APP_KEY": 4,
    "PJTERM_TERMINAL": 2,
    "PJTERM_STATE_DIR": 2,
    "PJTERM_CONFIG_DIR": 2,
}


@pytest.fixture
def till(shop_and_till: tuple[Shop, Till]) -> Till:
    return shop_and_till[1]


@pytest.fixture
def shop(shop_and_till: tuple[Shop, Till]) -> Shop:
    return shop_and_till[0]


def unconfigured(till: Till) -> None:
    """No profile at all, as in a container without one."""
    for name in ("config.toml", "credentials.toml"):
        (till.config / name).unlink()


def changed(till: Till | memory.Till, line: str, *, at_top: bool = False) -> None:
    file = till.config / "config.toml"
    text = file.read_text()
    where = "default_profile" if at_top else "terminal ="
    file.write_text(text.replace(where, f"{line}\n{where}", 1))


# -- empty settings -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("value", ["", " "])
@pytest.mark.parametrize("name", BLANK)
def test_a_variable_that_is_set_but_empty_is_named_and_sends_nothing(stage: Stage, name: str, value: str) -> None:
    shop, till = stage.open()
    run = till.run("charge", "5.00", **{name: value})

    assert (run.code, run.out) == (BLANK[name], "")
    assert name in run.err
    assert "nothing was sent" in run.err
    assert shop.exchanges == []


@pytest.mark.parametrize("value", ["", "abc"])
@pytest.mark.parametrize(
    "name",
    [
        "PJTERM_PROFILE", "PJTERM_LOGIN", "PJTERM_PASSWORD", "PJTERM_APP_KEY", "PJTERM_WEBHOOK_SECRET",
        "PJTERM_RELAY_TOKEN",
    ],
)  # fmt: skip
def test_without_a_config_it_does_not_select_the_simulator_either(till: Till, name: str, value: str) -> None:
    unconfigured(till)
    run = till.run("charge", "5.00", **{name: value})

    assert (run.code, run.out) == (4, "")
    assert (name if not value or name != "PJTERM_PROFILE" else "config.toml") in run.err


@pytest.mark.parametrize("option", ["-p", "--profile", "-t", "--terminal"])
def test_an_option_with_an_empty_value_is_refused(stage: Stage, option: str) -> None:
    shop, till = stage.open()
    runs = [till.run("charge", "5.00", option, ""), till.run("charge", "5.00", option, " ")]

    assert [(r.code, r.out) for r in runs] == [(2, "")] * 2
    assert shop.exchanges == []


def test_a_named_profile_outranks_an_empty_variable(stage: Stage) -> None:
    _, till = stage.open()

    assert till.run("charge", "5.00", "-p", "till-1", PJTERM_PROFILE="").code == 0


def test_quiet_in_a_pipe_gets_no_number_from_the_implied_simulator(till: Till) -> None:
    unconfigured(till)
    quiet, named = till.run("charge", "5", "-q"), till.run("charge", "5", "-q", "-p", "simulator")
    json = till.run("charge", "6", "-q", "--json")

    assert (quiet.code, quiet.out) == (4, "")
    assert "-p simulator" in quiet.err
    assert (named.code, named.out, json.code) == (0, "10001\n", 0)
    assert "no card is charged" in named.err
    assert json.json["environment"] == "simulator"


def test_a_default_whose_profile_is_gone_does_not_select_the_simulator_beside_other_profiles(stage: Stage) -> None:
    """A profile called `simulator`, like the built-in one, was removed in an editor."""
    shop, till = stage.open()
    file = till.config / "config.toml"
    file.write_text(file.read_text().replace('default_profile = "till-1"', 'default_profile = "simulator"'))
    till.forget()
    run, named = till.run("charge", "5.00"), till.run("charge", "5.00", "-p", "till-1")

    assert (run.code, run.out, "there are: till-1" in run.err) == (2, "", True)
    assert (named.code, len(shop.posts)) == (0, 1)


@pytest.mark.parametrize("variable", [{}, {"PJTERM_PASSWORD": "x"}], ids=str)
def test_a_default_called_simulator_is_the_same_as_no_default(till: Till, variable: dict[str, str]) -> None:
    unconfigured(till)
    (till.config / "config.toml").write_text('default_profile = "simulator"\n')
    run = till.run("charge", "5.00", **variable)

    assert (run.code, run.out) == ((4, "") if variable else (0, "10001\n"))


def test_an_unknown_home_is_reported_and_no_path_is_made_up(till: Till) -> None:
    run = till.run("charge", "5.00", PJTERM_STATE_DIR="~no-such-user/state")

    assert (run.code, run.out) == (2, "")
    assert "no home directory" in run.err
    assert not (till.root / "~no-such-user").exists()


# -- limits that would not apply -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "guard"),
    [
        ('max_ammount = "10.00"', "max_amount"),
        ('maxAmount = "10.00"', "max_amount"),
        ('"max-amount" = "10.00"', "max_amount"),
        ('limit = "10.00"', "max_amount"),
        ('limits = {max_amount = "10.00"}', "max_amount"),
        ('confirm_abvoe = "10.00"', "confirm_above"),
        ('confirm = "10.00"', "confirm_above"),
    ],
)
def test_a_misspelled_limit_sends_nothing(stage: Stage, line: str, guard: str) -> None:
    shop, till = stage.open()
    till.write_profile(memory.SIMULATOR)  # where doctor needs no TLS
    changed(till, line)
    run = till.run("charge", "500.00")
    doctor = till.run("doctor", "--json")

    assert (run.code, run.out) == (2, "")
    assert f"{guard} is not in force" in run.err
    assert shop.posts == []
    assert {i["name"]: i["status"] for i in doctor.json["items"]}["config"] == "bad"


def test_a_limit_outside_the_profile_does_not_apply_either(stage: Stage) -> None:
    shop, till = stage.open()
    changed(till, 'max_amount = "10.00"', at_top=True)
    run = till.run("charge", "500.00")

    assert (run.code, shop.posts) == (2, [])
    assert "max_amount in config.toml" in run.err


def test_any_other_unknown_setting_is_named_and_kept(till: Till) -> None:
    changed(till, 'color = "red" # mine')
    run = till.run("charge", "5.00")
    till.run("terminals", "alias", "bar", "88888888-4444-4444-4444-cccccccccccc")
    doctor = till.run("doctor", "--json")

    assert run.code == 0
    assert "color in [profiles.till-1]" in run.err
    assert 'color = "red" # mine' in (till.config / "config.toml").read_text()
    assert {i["name"]: i["status"] for i in doctor.json["items"]}["config"] == "bad"


@pytest.mark.parametrize("key", ["timezone", "day_starts", "by", "bell", "accessible", "charge", "color", "min_tip"])
def test_other_settings_are_not_taken_for_limits(key: str) -> None:
    assert meant_guard(key) is None


# -- the label belongs to the host ------------------------------------------------------------------------------


def test_a_simulator_profile_connects_only_to_this_machine(till: Till) -> None:
    till.write_profile("https://payments.example", environment="simulator")
    run = till.run("charge", "999.00")

    assert (run.code, run.out) == (2, "")
    assert "payments.example" in run.err


def test_a_host_other_than_payjunction_s_is_named_in_banner_and_result(shop: Shop, till: Till) -> None:
    run = till.run("charge", "5.00", "--json")
    child = till.spawn("void", str(run.json["transactionId"]))
    child.expect("y/N")
    asked = child.before
    child.sendline("n")
    ended(child)

    assert run.json["baseUrl"] == shop.url
    assert f"LABS at {shop.url}" in run.err
    assert shop.url.removeprefix("http://") in asked.replace("\r\n", "")


def test_a_production_profile_answered_by_a_simulator_is_refused_before_anything_is_sent(
    shop: Shop, till: Till
) -> None:
    till.write_profile(shop.url, environment="production")
    runs = [till.run(*line, "--yes") for line in (("charge", "5.00"), ("charge", "5.00", "-k", "a"), ("sign", "x"))]
    runs.append(till.run("terminals", "ping", "T1"))

    assert [(r.code, r.out) for r in runs] == [(2, "")] * 4
    assert all("is a simulator" in r.err for r in runs)
    assert shop.posts == []


def test_doctor_detects_a_simulator_behind_a_production_profile(shop: Shop, till: Till) -> None:
    till.write_profile(shop.url, environment="production")
    run = till.run("doctor")

    assert (run.code, "bad\tapi" in run.out, "is a simulator" in run.out) == (13, True, True)


def test_removing_a_profile_never_makes_production_the_default(till: Till) -> None:
    till.run("profiles", "add", "real", "--environment", "production", "--login", "x", "--secrets-stdin", stdin=SECRETS)
    till.run("profiles", "remove", "till-1", "--yes")
    run: Run = till.run("charge", "5.00")

    assert (run.code, run.out) == (2, "")
    assert "none is the default" in run.err
    assert "pjterm profiles use real\n" in run.err


SECRETS = '{"password": "a", "app_key": "b"}'


# -- created files are private ----------------------------------------------------------------------------------


@pytest.mark.parametrize("mask", [0o000, 0o777])
def test_created_files_are_private_whatever_the_umask(till: Till, mask: int) -> None:
    before = os.umask(mask)
    try:
        code = subprocess.call(
            [COMMAND, "charge", "5", "-p", "simulator", "-q"], env=till.environ(), cwd=till.root,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
    finally:
        os.umask(before)
    modes = {p.name: stat.S_IMODE(p.stat().st_mode) for p in (till.state, *till.state.iterdir())}

    assert code == 0
    assert {name: oct(mode) for name, mode in modes.items() if mode & 0o077 or not mode & 0o600} == {}


# -- every command of a production profile, and of the built-in simulator -----------------------------------------

ANY_COMMAND = (
    ("cancel", "--any", "-t", "T1", "--yes"),
    ("cancel", "--request", "37fa5c74-6315-4838-a07c-4b73a600e729", "-t", "T1"),
    ("follow", "37fa5c74-6315-4838-a07c-4b73a600e729"),
    ("status", "10001"),
    ("void", "10001", "--yes"),
    ("webhooks", "create", "--event", "SMARTTERMINAL_REQUEST", "--url", "https://pos.example/hooks"),
    ("webhooks", "rotate"),
    ("webhooks", "list"),
    ("receipt", "10001", "--email", "a@b.example", "--reply-to", "c@d.example"),
    ("transactions", "list"),
    ("report",),
    ("close", "--yes", "--force"),
    ("dispute", "10001"),
    ("settlements",),
    ("accounts",),
)


def test_every_command_of_a_production_profile_refuses_a_simulator(shop: Shop, till: Till) -> None:
    """Resets, e-mails and subscriptions used to reach it, and its takings were reported as production's."""
    till.write_profile(shop.url, environment="production")
    runs = [till.run(*line) for line in ANY_COMMAND]

    assert [(*line[:2], r.code, r.out) for line, r in zip(ANY_COMMAND, runs, strict=True)] == [
        (*line[:2], 2, "") for line in ANY_COMMAND
    ]
    assert all("is a simulator" in r.err for r in runs)
    assert {call.call.path for call in shop.exchanges} == {"/terminals"}
    assert "webhook_secret" not in (till.config / "credentials.toml").read_text()


def test_adding_a_production_profile_reports_a_simulator_at_its_url(shop: Shop, till: Till) -> None:
    line = ("profiles", "add", "real", "--environment", "production", "--login", "x", "--secrets-stdin")
    run = till.run(*line, "--base-url", shop.url, stdin=SECRETS)

    assert (run.code, f"{shop.url} is a simulator" in run.err, "takes this login" in run.err) == (0, True, False)


def test_every_use_of_the_simulator_by_default_is_reported_once_even_with_quiet(till: Till) -> None:
    unconfigured(till)
    till.run("charge", "5", "-k", "a")
    lines = (
        ("charge", "5", "-k", "a", "-q"), ("charge", "5", "-k", "a", "--json", "-q"), ("resume", "a", "-q"),
        ("follow", "a", "-q"), ("status", "a"), ("why", "a"), ("accounts", "--json"), ("transactions", "list", "-q"),
        ("terminals", "ping", "T1"), ("reconcile", "-q"), ("charge", "9", "--dry-run"), ("void", "nothing"),
    )  # fmt: skip
    runs = [till.run(*line) for line in lines]
    named = till.run("charge", "5", "-k", "a", "-q", "-p", "simulator")

    assert [r.err.count("[simulator: no card is charged]") for r in (*runs, named)] == [1] * (len(lines) + 1)
    assert (runs[0].code, runs[0].out, runs[1].json["transactionId"], named.out) == (0, "10001\n", 10001, "10001\n")


def test_the_simulator_is_not_mentioned_by_commands_that_do_not_use_it_or_name_it(till: Till) -> None:
    unconfigured(till)
    lines = (("profiles", "list"), ("requests", "list"), ("log",), ("charge", "x"), ("accounts", "-p", "simulator"))
    runs = [till.run(*line) for line in lines]

    assert [r.err.count("no card is charged") for r in runs] == [0] * len(lines)
