"""`doctor` and `log`: each problem is named with what to do; if all is well, the exit code is 0."""

from __future__ import annotations

import json
import signal
import socket
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from pjterm.api.answers import http_date
from pjterm.cli.commands.log import last_lines
from pjterm.cli.doctor.api_checks import clock
from pjterm.cli.doctor.check import Check, guarded
from pjterm.cli.doctor.relay_checks import serving
from pjterm.settings.credentials import rotate_webhook_secret
from pjterm.settings.profiles import load
from pjterm.simulator.shop.inventory import APPLICATION_KEY, PASSWORD
from tests.cli.memory import SIMULATOR
from tests.cli.memory import Stage as InMemory
from tests.cli.till import Run, Till, ended
from tests.cli.together import Stage, together

NAMES = ["config", "credentials", "state", "journal", "tls", "api", "clock", "terminals", "accounts", "relay",
         "subscription"]  # fmt: skip
NOW = datetime(2026, 11, 23, 12, 0, 0, tzinfo=UTC)


def by_name(run: Run) -> dict[str, dict[str, Any]]:
    """The items by name."""
    return {i["name"]: i for i in run.json["items"]}


def bad(run: Run) -> list[str]:
    """The names of the failed checks."""
    return [name for name, item in by_name(run).items() if item["status"] == "bad"]


@together
def test_if_all_is_well_every_check_is_a_line_and_the_exit_is_0(stage: Stage) -> None:
    shop, till = stage.open()

    run, piped = till.run("doctor", "--json"), till.run("doctor")
    code, shown = ended(till.spawn("doctor", "-q"))

    assert (run.code, piped.code, code) == (0, 0, 0)
    assert run.json["schema"] == "pjterm.doctor/1"
    assert list(by_name(run)) == NAMES
    assert set(run.json["items"][0]) == {"name", "status", "detail", "hint"}
    assert bad(run) == []
    assert len(piped.out.splitlines()) == len(NAMES)
    assert "credentials" in shown
    assert shop.posts == []


@together
def test_the_findings_of_a_probe_are_shown_if_they_differ_and_bad_if_unreadable(stage: Stage) -> None:
    _, till = stage.open()
    kept = till.config / "facts.toml"

    kept.write_text('environment = "labs"\nmade = 2026-11-26T03:00:00Z\n[guesses]\nmain_status = 204\n')
    differs = by_name(till.run("doctor", "--json"))["facts"]
    kept.write_text("[guesses]\nno_such_guess = 1\n")
    broken = by_name(till.run("doctor", "--json"))["facts"]

    assert (differs["status"], differs["detail"]) == (
        "ok", "probed 2026-11-26 03:00:00+00:00 on labs: 1 differ: main_status is 204; 1 of 13 are known",
    )  # fmt: skip
    assert (broken["status"], "no_such_guess" in broken["detail"]) == ("bad", True)


@together
def test_the_built_in_simulator_is_ok_without_any_configuration(stage: Stage) -> None:
    _, till = stage.open()
    (till.config / "config.toml").unlink()

    run = till.run("doctor", "--json")

    assert (run.code, bad(run)) == (0, [])


@together
def test_wrong_credentials_fail_the_credentials_check_not_the_api_check(stage: Stage) -> None:
    _, till = stage.open()
    secrets = till.config / "credentials.toml"
    secrets.write_text(secrets.read_text().replace(PASSWORD, "wrong-one"))

    run = till.run("doctor", "--json")

    assert (run.code, bad(run)) == (13, ["credentials"])
    assert "set-secret" in by_name(run)["credentials"]["hint"]
    assert not any(word in run.out + run.err for word in ("wrong-one", APPLICATION_KEY))


@together
def test_an_unreachable_api_is_named(stage: Stage) -> None:
    _, till = stage.open()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    till.write_profile(f"http://127.0.0.1:{port}")

    run = till.run("doctor", "--json")

    assert run.code == 13
    assert bad(run) == ["api"]
    assert list(by_name(run)) == NAMES[:6]


@together
def test_broken_files_and_files_readable_by_others_are_named(stage: Stage) -> None:
    _, till = stage.open()
    config = till.config / "config.toml"
    config.chmod(0o644)
    loose = till.run("doctor", "--json")
    config.chmod(0o600)
    config.write_text("default_profile = \n")
    broken = till.run("doctor", "--json")

    assert (loose.code, bad(loose)) == (13, ["config"])
    assert "chmod 600" in by_name(loose)["config"]["hint"]
    assert (broken.code, bad(broken)) == (13, ["config"])
    assert "line 1" in by_name(broken)["config"]["detail"]


@together
def test_a_directory_writable_by_others_or_named_by_a_blank_variable_is_reported(stage: Stage) -> None:
    _, till = stage.open()
    till.config.chmod(0o777)
    loose = till.run("doctor", "--json")
    till.config.chmod(0o755)
    read = till.run("doctor", "--json")
    blank = till.run("doctor", "--json", PJTERM_CONFIG_DIR="")

    assert (loose.code, bad(loose)) == (13, ["config"])
    assert by_name(loose)["config"]["hint"] == f"chmod 700 {till.config}"
    assert bad(read) == []
    assert (blank.code, bad(blank)) == (13, ["variables", "config"])


@together
def test_an_open_state_directory_is_bad_and_the_hint_is_the_command(stage: Stage) -> None:
    _, till = stage.open()
    till.run("requests", "list")
    till.state.chmod(0o755)
    found = by_name(till.run("doctor", "--json"))["state"]
    till.state.chmod(0o700)

    assert (found["status"], found["hint"]) == ("bad", f"chmod 700 {till.state}")
    assert "chmod" not in found["detail"]


@together
def test_missing_terminals_and_accounts_are_named(stage: Stage) -> None:
    shop, till = stage.open()
    till.write_profile(shop.url, terminal="T9", account=7, aliases=False)

    run = till.run("doctor", "--json")

    assert (run.code, bad(run)) == (13, ["terminals", "accounts"])
    assert "T1" in by_name(run)["terminals"]["detail"]
    assert "7" in by_name(run)["accounts"]["detail"]


def test_the_reader_named_by_a_variable_is_checked(stage: InMemory) -> None:
    _, till = stage.open(terminal=None)
    till.write_profile(SIMULATOR, terminal=None)
    lost, named = (by_name(till.run("doctor", "--json", PJTERM_TERMINAL=t))["terminals"] for t in ("T9", "T1"))
    none = by_name(till.run("doctor", "--json"))["terminals"]

    assert [c["status"] for c in (lost, named, none)] == ["bad", "ok", "note"]
    assert "PJTERM_TERMINAL: no terminal is called 'T9'" in lost["detail"]


def test_an_unreadable_file_is_a_failed_check_and_not_a_bug() -> None:
    def check() -> Check:
        raise PermissionError(13, "Permission denied", "/var/state")

    found = guarded("state", check)

    assert (found.status, found.detail) == ("bad", "/var/state cannot be used: Permission denied")


@together
def test_an_open_entry_is_noted(stage: Stage) -> None:
    _, till = stage.open("[[request]]\nacts = 90000.0\n")
    till.run("charge", "5", "-k", "left", "--no-wait")

    item = by_name(till.run("doctor", "--json"))["journal"]
    config = till.config / "config.toml"
    config.write_text(config.read_text().replace('default_profile = "till-1"\n', ""))
    of_no_default = by_name(till.run("-p", "till-1", "doctor", "--json"))["journal"]

    assert (item["status"], item["hint"]) == ("note", "pjterm resume")
    assert of_no_default["hint"] == "pjterm resume -p till-1"


@together
def test_a_relay_and_its_subscription_are_checked(stage: Stage) -> None:
    shop, till = stage.open()
    till.run("webhooks", "create", "--url", "https://hooks.example.com/webhooks/till-1")
    relay = till.start("relay", "serve", "--port", "0", "-o", "json")
    try:
        relay.until('"ready"')
        url = json.loads(relay.out.read_text().splitlines()[0])["url"]
        till.write_profile(shop.url, relay=url)
        run = till.run("doctor", "--json")
        with socket.create_server(("127.0.0.1", 0)) as free:
            dead = f"http://127.0.0.1:{free.getsockname()[1]}"
        config = till.config / "config.toml"
        config.write_text(config.read_text().replace(f'relay = "{url}"', f'relay = ["{dead}", "{url}"]'))
        one_of_two = till.run("doctor", "--json")
        other = ("--environment", "labs", "--login", "simulator", "--base-url", shop.url, "-t", "T1")
        secrets = json.dumps({"password": PASSWORD, "app_key": APPLICATION_KEY})
        till.run("profiles", "add", "other", *other, "--secrets-stdin", stdin=secrets)
        not_its_own = till.run("doctor", "--json", "-p", "other")
        till.write_profile(shop.url, relay=url)
    finally:
        relay.signal(signal.SIGTERM)
        relay.end()
    without = till.run("doctor", "--json")

    assert run.code == 0
    assert by_name(run)["relay"]["status"] == "note"
    assert "nothing verified" in by_name(run)["relay"]["detail"]
    assert by_name(run)["subscription"]["status"] == "ok"
    assert (one_of_two.code, f"no answer from {dead}" in by_name(one_of_two)["relay"]["detail"]) == (0, True)
    assert (not_its_own.code, by_name(not_its_own)["relay"]["status"]) == (0, "note")
    assert "runs for other profiles" in by_name(not_its_own)["relay"]["detail"]
    assert (without.code, bad(without)) == (13, ["relay"])


@together
def test_an_unfinished_rotation_is_reported_with_the_command_that_finishes_it(stage: Stage) -> None:
    _, till = stage.open()
    made = till.run("webhooks", "create", "--url", "https://hooks.example.com/webhooks/till-1")
    profile = load(till.config).profiles["till-1"]
    rotate_webhook_secret(profile, till.config, "n" * 43, datetime.now(UTC))

    killed = by_name(till.run("doctor", "--json"))["subscription"]
    rest = till.run("webhooks", "rotate")
    done = by_name(till.run("doctor", "--json"))["subscription"]

    assert (made.code, rest.code) == (0, 0)
    assert (killed["status"], killed["hint"]) == ("note", "pjterm webhooks rotate")
    assert "new secret" in killed["detail"]
    assert done["status"] == "ok"


@together
def test_prompt_shows_a_harmless_question_at_the_reader(stage: Stage) -> None:
    shop, till = stage.open()

    run = till.run("doctor", "--prompt", "T1", "--json")

    form = shop.forms("request-prompt")[0]
    assert (run.code, by_name(run)["reader"]["status"]) == (0, "ok")
    assert form["text"] == ["pjterm doctor: press OK"]
    assert shop.posts == ["request-prompt"]


@together
def test_a_reader_that_does_not_answer_is_bad(stage: Stage) -> None:
    _, till = stage.open("unreachable")

    run = till.run("doctor", "--prompt", "T1", "--json")

    assert (run.code, bad(run)) == (13, ["reader"])
    assert "unreachable" in by_name(run)["reader"]["detail"]


def test_the_clock_is_compared_with_the_api_s_date() -> None:
    rows = {
        "Mon, 23 Nov 2026 12:00:20 GMT": "ok",
        "Mon, 23 Nov 2026 11:57:00 GMT": "bad",
        "Mon, 23 Nov 2026 12:03:00 GMT": "bad",
        "yesterday": "note",
        "Thu, 26 Nov 99999999999999999999 16:58:21 GMT": "note",
        None: "note",
    }

    assert {said: clock(http_date(said), NOW).status for said in rows} == rows
    assert "180 s fast" in clock(http_date("Mon, 23 Nov 2026 11:57:00 GMT"), NOW).detail


def test_a_relay_without_a_live_connection_or_a_readable_secret_is_bad() -> None:
    file = {"kind": "sqlite", "path": "events.sqlite", "bytes": 1, "maxBytes": 2}
    stream = {"kind": "jetstream", "connected": True, "following": True, "lag": 0, "trouble": None}
    deaf = {**stream, "following": False, "lag": None, "trouble": "maximum consumers limit reached"}
    well = {"profile": "till-1", "secrets": 1, "lastVerifiedAt": "2026-11-23T11:00:00Z", "trouble": None}
    locked = {**well, "trouble": "its webhook secret cannot be read: the keyring does not answer"}
    rows: list[tuple[dict[str, Any], dict[str, Any], str, str]] = [
        (file, well, "ok", "last verified"),
        (stream, well, "ok", "last verified delivery 2026-11-23 06:00:00 EST"),
        (deaf, well, "bad", "maximum consumers"),
        ({**stream, "connected": False}, well, "bad", "not connected"),
        (file, locked, "bad", "keyring does not answer"),
        (file, {**locked, "secrets": 0}, "bad", "keyring does not answer"),
        (file, {**well, "secrets": 0}, "bad", "no webhook secret"),
        (file, {**well, "lastVerifiedAt": None}, "note", "nothing verified"),
    ]
    well_but_for_others = serving({"store": file, "profiles": []}, "till-1", "http://127.0.0.1:1", is_named=False)
    zone, at = ZoneInfo("America/New_York"), "http://127.0.0.1:1"
    found = [serving({"store": s, "profiles": [p]}, "till-1", at, zone) for s, p, _, _ in rows]

    assert well_but_for_others.status == "note"
    assert [c.status for c in found] == [status for _, _, status, _ in rows]
    assert [words in c.detail for c, (_, _, _, words) in zip(found, rows, strict=True)] == [True] * len(rows)


# -- log -----------------------------------------------------------------------------------------------


@together
def test_log_shows_its_path_and_its_last_lines(stage: Stage) -> None:
    _, till = stage.open()
    till.run("terminals")

    run, path, as_json = till.run("log", "--lines", "1"), till.run("log", "--path"), till.run("log", "--json").json

    assert "GET /smartterminals" in run.out
    assert str(till.state / "pjterm.log") in run.err
    assert path.out == f"{till.state / 'pjterm.log'}\n"
    assert as_json["schema"] == "pjterm.log/1"
    assert as_json["item"]["path"] == str(till.state / "pjterm.log")
    assert as_json["item"]["lines"][-1] + "\n" == run.out
    assert till.run("log", "--lines", "-1").code == 2


@together
def test_an_empty_log_is_fine(stage: Stage) -> None:
    till = Till(stage.root / "fresh", "http://127.0.0.1:9")

    run = till.run("log")

    assert (run.code, run.out) == (0, "")


def test_lines_from_before_a_rotation_are_found_too(tmp_path: Path) -> None:
    (tmp_path / "pjterm.log").write_text("3\n4\n")
    (tmp_path / "pjterm.log.1").write_text("1\n2\n")

    assert last_lines(tmp_path / "pjterm.log", 3) == ["2", "3", "4"]
    assert last_lines(tmp_path / "pjterm.log", 1) == ["4"]
    assert last_lines(tmp_path / "pjterm.log", 0) == []


def credentials_without(stage: InMemory, *lost: str, **environ: str) -> str:
    """What doctor says of the secrets of a simulator profile that does not name their place."""
    _, till = stage.open(environment="simulator")
    till.write_profile(SIMULATOR, environment="simulator")
    for name, line in (("config.toml", 'secrets = "file"'), *(("credentials.toml", word) for word in lost)):
        file = till.config / name
        file.write_text("".join(row for row in file.read_text().splitlines(keepends=True) if not row.startswith(line)))
    till.forget()
    return str(by_name(till.run("doctor", "--json", **environ))["credentials"]["detail"])


def test_doctor_names_where_the_secrets_really_are(stage: InMemory) -> None:
    assert credentials_without(stage) == "login simulator, secrets: credentials.toml"
    assert credentials_without(stage, "app_key") == "login simulator, secrets: credentials.toml and the simulator's own"
    assert credentials_without(stage, "app_key", "password") == "login simulator, secrets: the simulator's own"
    overridden = credentials_without(stage, PJTERM_PASSWORD=PASSWORD)
    assert overridden == "login simulator, secrets: credentials.toml, overridden by PJTERM_PASSWORD"
    given = credentials_without(stage, PJTERM_PASSWORD=PASSWORD, PJTERM_APP_KEY=APPLICATION_KEY)
    assert given == "login simulator, secrets: the environment (PJTERM_PASSWORD, PJTERM_APP_KEY)"
