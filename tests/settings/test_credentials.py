"""Secrets: where they are stored, which one is used, and that they are never shown."""

from __future__ import annotations

import json
import os
import stat
import traceback
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pjterm.errors import AuthFailed, ConfigBroken, UsageFault
from pjterm.settings import credentials, profiles, system_keyring
from pjterm.settings.credentials import Credentials
from pjterm.settings.profile import BUILTIN, Profile
from tests import warm

KEY = "11111111-2222-4333-8444-555555555555"
BOTH = {"password": "hunter2", "app_key": KEY}
NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _no_keyring_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """This process has no keyring; tests of a keyring use their own processes."""
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.fail.Keyring")


def till(directory: Path, environment: str = "labs", **more: object) -> Profile:
    table = {"environment": environment, "login": "shop", **more}
    given = {key: value for key, value in table.items() if value is not None}
    return profiles.add_profile(directory, "till-1", given).profiles["till-1"]


def again(directory: Path) -> Profile:
    return profiles.load(directory).profiles["till-1"]


# -- the file --------------------------------------------------------------------------------------


def test_without_a_keyring_secrets_go_to_a_private_file_and_the_profile_says_so(tmp_path: Path) -> None:
    till(tmp_path)
    stored = credentials.store("till-1", BOTH, tmp_path, {})
    path = tmp_path / "credentials.toml"

    assert stored == credentials.Stored("file", path, first=True)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert again(tmp_path).secrets == "file"
    assert credentials.read(again(tmp_path), tmp_path, {}) == Credentials("shop", "hunter2", KEY)
    assert not (set(BOTH.values()) & set((tmp_path / "config.toml").read_text().split('"')))


def test_the_file_is_announced_only_once_and_secrets_accumulate(tmp_path: Path) -> None:
    till(tmp_path)
    first = credentials.store("till-1", {"password": "old", "app_key": KEY}, tmp_path, {})
    second = credentials.store("till-1", {"password": "new"}, tmp_path, {})

    assert (first.first, second.first) == (True, False)
    assert credentials.read(again(tmp_path), tmp_path, {}) == Credentials("shop", "new", KEY)


def test_secrets_may_be_stored_before_the_profile_exists(tmp_path: Path) -> None:
    stored = credentials.store("till-1", BOTH, tmp_path / "new", {})
    till(tmp_path / "new", secrets=stored.where)

    assert credentials.read(again(tmp_path / "new"), tmp_path / "new", {}).password == "hunter2"


def test_profiles_do_not_see_each_other_s_secrets(tmp_path: Path) -> None:
    till(tmp_path)
    other = profiles.add_profile(tmp_path, "b", {"environment": "labs", "login": "x"}).profiles["b"]
    credentials.store("till-1", BOTH, tmp_path, {})

    with pytest.raises(AuthFailed):
        credentials.read(other, tmp_path, {})


def test_a_broken_credentials_file_names_its_line_and_quotes_nothing(tmp_path: Path) -> None:
    profile = till(tmp_path)
    path = tmp_path / "credentials.toml"
    for text, line in [('[till-1]\npassword = "hunter2\n', 2), ("[till-1]\npassword = 4242\n", 2)]:
        path.write_text(text)
        with pytest.raises(ConfigBroken) as caught:
            credentials.read(profile, tmp_path, {})
        said = "".join(traceback.format_exception(caught.value))

        assert caught.value.message.startswith(f"{path}, line {line}: ")
        assert "hunter2" not in said
        assert "4242" not in said


def test_forgetting_removes_every_secret_of_the_profile_and_no_other(tmp_path: Path) -> None:
    till(tmp_path)
    credentials.store("till-1", BOTH, tmp_path, {})
    credentials.store("b", {"password": "kept"}, tmp_path, {})

    assert credentials.remove_profile("till-1", tmp_path) is None
    assert "hunter2" not in (tmp_path / "credentials.toml").read_text()
    assert "kept" in (tmp_path / "credentials.toml").read_text()


def test_a_profile_inherits_no_secret_of_one_removed_in_an_editor(tmp_path: Path) -> None:
    till(tmp_path)
    credentials.store("till-1", {**BOTH, "webhook_secret": "w" * 40, "relay_token": "t"}, tmp_path, {})
    (tmp_path / "config.toml").write_text("")
    credentials.add_profile("till-1", {"environment": "production", "login": "shop"}, tmp_path)
    credentials.store("till-1", {"password": "other"}, tmp_path, {})

    assert credentials.webhook_secrets(again(tmp_path), tmp_path, {}, NOON) == ()
    assert credentials.secret(again(tmp_path), "relay_token", tmp_path, {}) is None
    with pytest.raises(AuthFailed, match="no app_key"):
        credentials.read(again(tmp_path), tmp_path, {})


def test_adding_an_existing_name_loses_no_secret(tmp_path: Path) -> None:
    till(tmp_path)
    credentials.store("till-1", BOTH, tmp_path, {})

    with pytest.raises(UsageFault, match="exists already"):
        credentials.add_profile("till-1", {"environment": "production"}, tmp_path)
    assert credentials.read(again(tmp_path), tmp_path, {}).password == "hunter2"


def read_only(directory: Path) -> None:
    """Make the config a link into a place where no file can be created, not even by root: the name is too long."""
    real = directory / ("x" * 250)
    (directory / "config.toml").rename(real)
    (directory / "config.toml").symlink_to(real)


def test_a_profile_that_cannot_be_removed_keeps_its_secrets(tmp_path: Path) -> None:
    till(tmp_path)
    credentials.store("till-1", BOTH, tmp_path, {})
    read_only(tmp_path)

    with pytest.raises(UsageFault, match=r"config\.toml cannot be written"):
        credentials.remove_profile("till-1", tmp_path)
    assert credentials.read(again(tmp_path), tmp_path, {}).password == "hunter2"


def test_secrets_that_cannot_be_removed_keep_the_profile(tmp_path: Path) -> None:
    till(tmp_path)
    credentials.store("till-1", BOTH, tmp_path, {})
    real = tmp_path / ("x" * 250)
    (tmp_path / "credentials.toml").rename(real)
    (tmp_path / "credentials.toml").symlink_to(real)

    with pytest.raises(UsageFault, match=r"credentials\.toml cannot be written"):
        credentials.remove_profile("till-1", tmp_path)
    assert credentials.read(again(tmp_path), tmp_path, {}).password == "hunter2"


def test_a_secret_is_stored_and_found_although_the_config_cannot_record_its_place(tmp_path: Path) -> None:
    till(tmp_path)
    read_only(tmp_path)

    assert credentials.store("till-1", BOTH, tmp_path, {}).where == "file"
    assert credentials.read(again(tmp_path), tmp_path, {}).password == "hunter2"


# -- missing and overridden secrets ----------------------------------------------------------------


def test_a_missing_secret_is_named_with_the_command_to_type(tmp_path: Path) -> None:
    profile = till(tmp_path, login=None)

    with pytest.raises(AuthFailed) as caught:
        credentials.read(profile, tmp_path, {})

    assert caught.value.message == "profile till-1 has no login and no password and no app_key"
    assert "pjterm profiles set-secret till-1 password" in (caught.value.hint or "")
    assert "pjterm profiles set-secret till-1 app_key" in (caught.value.hint or "")
    assert "PJTERM_LOGIN" in (caught.value.hint or "")
    assert caught.value.exit_code == 4


def test_a_variable_overrides_a_secret_and_is_named(tmp_path: Path) -> None:
    till(tmp_path)
    credentials.store("till-1", BOTH, tmp_path, {})
    environ = {"PJTERM_PASSWORD": "other", "PJTERM_LOGIN": "me"}

    assert credentials.read(again(tmp_path), tmp_path, environ) == Credentials(
        "me", "other", KEY, overridden=("PJTERM_LOGIN", "PJTERM_PASSWORD")
    )
    assert credentials.store("till-1", BOTH, tmp_path, environ).shadowed == ("PJTERM_PASSWORD",)


@pytest.mark.parametrize("name", ["PJTERM_LOGIN", "PJTERM_PASSWORD", "PJTERM_APP_KEY"])
def test_a_variable_that_is_set_but_empty_is_not_ignored(tmp_path: Path, name: str) -> None:
    till(tmp_path)
    credentials.store("till-1", BOTH, tmp_path, {})

    with pytest.raises(AuthFailed, match=f"{name} is set, but empty"):
        credentials.read(again(tmp_path), tmp_path, {name: ""})


def test_the_environment_alone_is_enough(tmp_path: Path) -> None:
    environ = {"PJTERM_LOGIN": "l", "PJTERM_PASSWORD": "p", "PJTERM_APP_KEY": "k"}
    profile = replace(till(tmp_path), login=None, secrets="keyring")

    assert credentials.read(profile, tmp_path, environ).app_key == "k"


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("PJTERM_PASSWORD", "hunter2\r\nX: y"),
        ("PJTERM_APP_KEY", "hunter2 "),
        ("PJTERM_APP_KEY", "hunter2é"),
        ("PJTERM_LOGIN", "hunter2:x"),
    ],
)
def test_a_value_that_no_header_can_hold_is_refused_by_its_variable_and_not_quoted(
    tmp_path: Path, variable: str, value: str
) -> None:
    profile = till(tmp_path)

    with pytest.raises(UsageFault, match=f"^{variable}: ") as caught:
        credentials.read(profile, tmp_path, {variable: value})

    assert "hunter2" not in repr(caught.value)


def test_single_secrets_come_from_the_environment_or_the_store(tmp_path: Path) -> None:
    profile = till(tmp_path)

    assert credentials.secret(profile, "relay_token", tmp_path, {}) is None

    credentials.store("till-1", {"relay_token": "t"}, tmp_path, {})

    assert credentials.secret(again(tmp_path), "relay_token", tmp_path, {}) == "t"
    assert credentials.secret(profile, "relay_token", tmp_path, {"PJTERM_RELAY_TOKEN": "e"}) == "e"


# -- the simulator ---------------------------------------------------------------------------------


def test_the_built_in_simulator_never_gets_real_credentials(tmp_path: Path) -> None:
    environ = {"PJTERM_LOGIN": "shop", "PJTERM_PASSWORD": "hunter2", "PJTERM_APP_KEY": KEY}
    running = replace(BUILTIN, base_url="http://127.0.0.1:8700")

    assert credentials.read(running, tmp_path, environ) == Credentials(
        "simulator", "simulator", "00000000-0000-4000-8000-000000000000"
    )
    assert credentials.webhook_secrets(running, tmp_path, environ, NOON) == ("simulator",)


def test_a_simulator_profile_without_secrets_uses_the_public_ones(tmp_path: Path) -> None:
    profile = till(tmp_path, "simulator", login=None)

    assert credentials.read(profile, tmp_path, {}) == credentials.read(BUILTIN, tmp_path, {})

    credentials.store("till-1", {"password": "own"}, tmp_path, {})

    assert credentials.read(again(tmp_path), tmp_path, {}).password == "own"


# -- rotation --------------------------------------------------------------------------------------


def test_a_replaced_webhook_secret_stays_valid_for_72_hours_after_the_new_one_took_effect(tmp_path: Path) -> None:
    profile = till(tmp_path)
    credentials.store("till-1", {"webhook_secret": "one", **BOTH}, tmp_path, {})
    credentials.rotate_webhook_secret(profile, tmp_path, "two", NOON - timedelta(days=1))
    credentials.end_rotation(profile, tmp_path, NOON)

    def at(hours: float) -> tuple[str, ...]:
        return credentials.webhook_secrets(again(tmp_path), tmp_path, {}, NOON + timedelta(hours=hours))

    assert at(0) == ("two", "one")
    assert at(71.9) == ("two", "one")
    assert at(72) == ("two",)
    assert credentials.secret(again(tmp_path), "webhook_secret", tmp_path, {}) == "two"
    assert credentials.read(again(tmp_path), tmp_path, {}).password == "hunter2"


def test_a_rotation_that_failed_twice_still_keeps_the_secret_in_use(tmp_path: Path) -> None:
    profile = till(tmp_path)
    credentials.store("till-1", {"webhook_secret": "one"}, tmp_path, {})
    for new in ("two", "three", "one"):
        credentials.rotate_webhook_secret(profile, tmp_path, new, NOON)

    assert credentials.webhook_secrets(again(tmp_path), tmp_path, {}, NOON) == ("one", "three", "two")


def test_an_unconfirmed_rotation_never_ends_a_secret(tmp_path: Path) -> None:
    profile = till(tmp_path)
    credentials.store("till-1", {"webhook_secret": "one"}, tmp_path, {})
    credentials.rotate_webhook_secret(profile, tmp_path, "two", NOON)
    late = NOON + timedelta(days=400)

    assert credentials.webhook_secrets(again(tmp_path), tmp_path, {}, late) == ("two", "one")
    assert credentials.is_rotating(again(tmp_path), tmp_path)

    credentials.end_rotation(profile, tmp_path, late)
    assert not credentials.is_rotating(again(tmp_path), tmp_path)


def test_after_setting_a_webhook_secret_by_hand_the_old_one_stays_valid_until_a_rotation_is_confirmed(
    tmp_path: Path,
) -> None:
    """With several relays the new one is set first, while PayJunction still signs with the old one."""
    profile = till(tmp_path)
    stored = [credentials.store("till-1", {"webhook_secret": s, **BOTH}, tmp_path, {}) for s in ("one", "two", "two")]
    late = NOON + timedelta(days=400)

    assert [s.rotates for s in stored] == [False, True, True]
    assert credentials.webhook_secrets(again(tmp_path), tmp_path, {}, late) == ("two", "one")
    credentials.end_rotation(profile, tmp_path, NOON)
    assert credentials.webhook_secrets(again(tmp_path), tmp_path, {}, late) == ("two",)


def test_the_secret_in_use_survives_any_number_of_failed_rotations(tmp_path: Path) -> None:
    profile = till(tmp_path)
    credentials.store("till-1", {"webhook_secret": "in use"}, tmp_path, {})
    for new in ("two", "three", "four", "five", "six", "seven"):
        credentials.rotate_webhook_secret(profile, tmp_path, new, NOON)

    assert "in use" in credentials.webhook_secrets(again(tmp_path), tmp_path, {}, NOON)


def test_the_first_webhook_secret_replaces_nothing(tmp_path: Path) -> None:
    profile = till(tmp_path)
    credentials.rotate_webhook_secret(profile, tmp_path, "one", NOON)

    assert credentials.webhook_secrets(again(tmp_path), tmp_path, {}, NOON) == ("one",)
    assert credentials.webhook_secrets(profile, tmp_path, {"PJTERM_WEBHOOK_SECRET": "e"}, NOON) == ("e",)


# -- secrets on stdin ------------------------------------------------------------------------------


def test_secrets_are_read_from_json() -> None:
    assert credentials.parse_secrets(json.dumps(BOTH)) == BOTH
    assert credentials.parse_secrets('{"password": "pässword with spaces"}')


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hunter2",
        '"hunter2"',
        '["hunter2"]',
        '{"password": "hunter2"',
        '{"password": "hunter2", "password": "x"}',
        '{"hunter2": "x"}',
        '{"login": "hunter2"}',
        '{"password": ""}',
        '{"password": null}',
        '{"password": ["hunter2"]}',
        '{"password": "hunter2\\n"}',
        '{"password": "hunter2\\u0000"}',
        '{"password": "hunter2\\ud800"}',
        '{"app_key": "hunter2é"}',
        json.dumps({"password": "hunter2" * 600}),
        '{"password": ' + "[" * 100_000,
    ],
)
def test_other_input_is_refused_and_never_shown(text: str) -> None:
    with pytest.raises(UsageFault) as caught:
        credentials.parse_secrets(text)
    fault = caught.value

    assert fault.exit_code == 2
    assert "hunter2" not in "".join(traceback.format_exception(fault)) + repr(fault)
    assert fault.__cause__ is None
    assert fault.__context__ is None


def test_no_repr_shows_a_secret(tmp_path: Path) -> None:
    till(tmp_path)
    stored = credentials.store("till-1", BOTH, tmp_path, {})
    shown = repr((stored, credentials.read(again(tmp_path), tmp_path, {}), profiles.load(tmp_path)))

    assert "hunter2" not in shown
    assert KEY not in shown


@pytest.mark.parametrize("values", [{"pin": "hunter2"}, {"password": "hunter2\t"}, {"login": "hunter2"}])
def test_storing_refuses_invalid_secrets(tmp_path: Path, values: dict[str, str]) -> None:
    with pytest.raises(UsageFault) as caught:
        credentials.store("till-1", values, tmp_path, {})

    assert "hunter2" not in repr(caught.value)
    assert list(tmp_path.iterdir()) == []


# -- keyrings, in separate processes ---------------------------------------------------------------


def run(code: str, directory: Path, keyring: str, **more: str) -> str:
    """The output of a process with the config in `directory` and this keyring."""
    environ = {
        "PATH": os.environ["PATH"],
        "HOME": str(directory),
        "PYTHON_KEYRING_BACKEND": keyring,
        "KEYRING_FILE": str(directory / "keyring.json"),
        **more,
    }
    done = warm.run([code, str(directory)], module="tests.settings.apart", env=environ, strict=True)

    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.strip()


STORE = f"print(credentials.store('till-1', {BOTH!r}, d, {{}}).where)"
READ = "print(credentials.read(till(), d, {}).password)"
WORKING = "tests.settings.keyring_backends.Working"
HANGING = "tests.settings.keyring_backends.Hanging"
FAILING = "tests.settings.keyring_backends.Failing"


def test_a_working_keyring_stores_the_secrets_and_no_file_is_created(tmp_path: Path) -> None:
    till(tmp_path)

    assert run(STORE, tmp_path, WORKING) == "keyring"
    assert again(tmp_path).secrets == "keyring"
    assert not (tmp_path / "credentials.toml").exists()
    assert run(READ, tmp_path, WORKING) == "hunter2"
    assert run("print(credentials.remove_profile('till-1', d))", tmp_path, WORKING) == "None"
    assert json.loads((tmp_path / "keyring.json").read_text()) == {}


def test_a_profile_inherits_nothing_from_the_keyring_either(tmp_path: Path) -> None:
    till(tmp_path)
    run(STORE, tmp_path, WORKING)
    (tmp_path / "config.toml").write_text("")
    add = "credentials.add_profile('till-1', {'environment': 'production'}, d)"

    assert run(
        f"{add}\nprint(credentials.store('till-1', {{'relay_token': 't'}}, d, {{}}).where)", tmp_path, WORKING
    ) == ("keyring")
    assert "hunter2" not in (tmp_path / "keyring.json").read_text()


def test_a_keyring_is_not_used_if_the_config_cannot_record_it(tmp_path: Path) -> None:
    till(tmp_path)
    read_only(tmp_path)

    assert run(STORE, tmp_path, WORKING) == "file"
    assert run(READ, tmp_path, WORKING) == "hunter2"
    assert json.loads((tmp_path / "keyring.json").read_text()) == {}


def test_two_config_directories_are_separate_in_one_keyring(tmp_path: Path) -> None:
    for name in ("a", "b"):
        till(tmp_path / name)
        run(
            f"import os; os.environ['KEYRING_FILE'] = {str(tmp_path / 'keyring.json')!r}\n"
            f"credentials.store('till-1', {{'password': '{name}'}}, d, {{}})",
            tmp_path / name,
            WORKING,
        )

    assert len(json.loads((tmp_path / "keyring.json").read_text())) == 2


@pytest.mark.parametrize("keyring", [FAILING, "keyring.backends.null.Keyring", "no.such.Backend"])
def test_a_keyring_that_fails_or_stores_nothing_is_not_used(tmp_path: Path, keyring: str) -> None:
    till(tmp_path)

    assert run(STORE, tmp_path, keyring) == "file"
    assert run(READ, tmp_path, keyring) == "hunter2"


@pytest.mark.parametrize(
    ("platform", "at_terminal", "seconds"),
    [("darwin", True, 60.0), ("darwin", False, 3.0), ("linux", True, 3.0), ("win32", True, 3.0)],
)
def test_a_user_at_a_macos_dialog_is_waited_for(platform: str, at_terminal: bool, seconds: float) -> None:
    assert system_keyring.patience(platform, at_terminal=at_terminal) == seconds


def test_a_hanging_keyring_is_tried_once_and_given_up_after_three_seconds(tmp_path: Path) -> None:
    till(tmp_path)
    asked = tmp_path / "asked"
    noting = f"import os; os.environ['KEYRING_ASKED'] = {str(asked)!r}"
    said = run(f"{noting}\n{STORE}\ncredentials.store('b', {BOTH!r}, d, {{}})", tmp_path, HANGING)

    assert said == "file"
    assert asked.read_text() == "asked\n"
    assert stat.S_IMODE((tmp_path / "credentials.toml").stat().st_mode) == 0o600


def test_secrets_in_a_keyring_that_stopped_answering_are_an_auth_failure_with_a_way_out(tmp_path: Path) -> None:
    till(tmp_path)
    run(STORE, tmp_path, WORKING)
    code = f"""
from pjterm.errors import AuthFailed
try:
    {READ}
except AuthFailed as fault:
    print(fault.message, fault.hint)
print(credentials.store('till-1', {{'webhook_secret': 'w'}}, d, {{}}).where)
print(credentials.remove_profile('till-1', d) is None)
"""
    said = run(code, tmp_path, FAILING).splitlines()

    assert "the keyring that holds the secrets of profile till-1 does not answer" in said[0]
    assert "PJTERM_PASSWORD" in said[0]
    assert said[1:] == ["keyring", "False"]


def test_secrets_written_to_the_file_while_the_keyring_was_silent_are_used_beside_its_own(tmp_path: Path) -> None:
    till(tmp_path)
    run(STORE, tmp_path, WORKING)
    run("credentials.store('till-1', {'password': 'newer'}, d, {})", tmp_path, FAILING)

    assert run("c = credentials.read(till(), d, {}); print(c.password, c.app_key)", tmp_path, WORKING) == (
        f"newer {KEY}"
    )


def test_the_keyring_is_not_loaded_for_a_profile_whose_secrets_are_elsewhere(tmp_path: Path) -> None:
    till(tmp_path)
    credentials.store("till-1", BOTH, tmp_path, {})

    cold = {"PYTHONUNBUFFERED": "1"}  # a setting for the interpreter itself prevents a warm start
    assert run(f"{READ}\nprint('keyring' in sys.modules)", tmp_path, WORKING, **cold) == "hunter2\nFalse"


def test_concurrent_processes_storing_secrets_lose_nothing(tmp_path: Path) -> None:
    code = "for n in range(10): credentials.store('{who}-%d' % n, dict(password='x'), d, dict())"
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(lambda who: run(code.format(who=who), tmp_path, FAILING), "abc"))

    text = (tmp_path / "credentials.toml").read_text()

    assert all(f"[{who}-{n}]" in text for who in "abc" for n in range(10))
