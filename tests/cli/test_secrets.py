"""Secrets appear in no output, log, journal or process list, with a setup that a user would make."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pexpect  # type: ignore[import-untyped]
import pytest

from tests.cli.till import COMMAND, PATIENCE, SECRETS, Shop, Till, ended

PASSWORD, APP_KEY = "s3cret-pass-word", "12345678-aaaa-4bbb-8ccc-dddddddddddd"


def bare_till(root: Path) -> Till:
    """A till without any configuration."""
    till = Till(root, "http://127.0.0.1:1")
    for path in till.config.iterdir():
        path.unlink()
    return till


def test_a_profile_is_added_from_stdin_and_works(tmp_path: Path) -> None:
    with Shop(tmp_path / "shop") as shop:
        till = bare_till(tmp_path / "till")
        secrets = json.dumps({"password": SECRETS[0], "app_key": SECRETS[1]})
        options = ["--environment", "labs", "--login", "simulator", "--base-url", shop.url]
        added = till.run("profiles", "add", "counter", *options, "--secrets-stdin", stdin=secrets)
        listed = till.run("profiles", "list")
        shown = till.run("profiles", "show", "--json")
        charged = till.run("charge", "5", "-t", "T1", "--json")

    assert (added.code, listed.code, shown.code, charged.code) == (0, 0, 0, 0), added.err + charged.err
    assert (added.out, listed.out) == ("", "*\tcounter\tlabs\tsimulator\t\t10001\n")
    assert "credentials.toml" in added.err
    assert (charged.json["profile"], charged.json["terminal"]["terminalId"]) == ("counter", 10001)
    assert (till.config / "credentials.toml").stat().st_mode & 0o777 == 0o600
    assert (till.config / "config.toml").stat().st_mode & 0o777 == 0o600
    for text in (added, listed, shown, charged):
        assert SECRETS[1] not in text.out + text.err


def test_verbose_shows_each_exchange_and_no_secret(tmp_path: Path) -> None:
    """One line: method, path, status, milliseconds, X-Pj-Request-Id."""
    with Shop(tmp_path / "shop") as shop:
        till = Till(tmp_path / "till", shop.url)
        run = till.run("charge", "5", "-v", "--note", "for nobody's eyes")
        typed = till.run("input", "-v", "--json")
    lines = [line for line in run.err.splitlines() if line.startswith(("GET ", "POST "))]

    assert run.code == 0
    assert len(shop.calls) >= len(lines) >= 3
    for line in lines:
        method, path, status, milliseconds, unit, request_id = line.split()
        assert (method in ("GET", "POST"), path[0], status, unit) == (True, "/", "200", "ms")
        assert milliseconds.isdigit()
        assert len(request_id) == 36
    assert "eyes" not in run.err + till.log()
    assert "8006010230" not in typed.err + till.log()
    assert typed.json["inputValue"] == "8006010230"
    for secret in (*SECRETS, "Basic"):
        assert secret not in run.err.replace("simulator: ", "") + typed.err + till.log()


def test_secrets_are_nowhere_after_success_failure_and_rejection(tmp_path: Path) -> None:
    with Shop(tmp_path / "shop") as shop:
        till = Till(tmp_path / "till", shop.url)
        given = {"PJTERM_PASSWORD": PASSWORD, "PJTERM_APP_KEY": APP_KEY}
        runs = [till.run("charge", "5", "-v", "--json", **given), till.run("terminals", "-v", **given)]
        till.write_profile("http://127.0.0.1:1")
        runs.append(till.run("charge", "5", "-v", "--json", "--timeout", "1", **given))
    everything = "".join(run.out + run.err for run in runs) + till.log()

    assert [run.code for run in runs] == [4, 4, 12]
    for secret in (PASSWORD, APP_KEY):
        assert secret not in everything
        assert secret.encode() not in till.journal_bytes()


@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")  # pexpect forks; 3.12 warns
def test_a_secret_is_typed_without_echo_wherever_stderr_goes(tmp_path: Path) -> None:
    """At a terminal with stderr in a file it was read like a pipe's first line, so it was visible on the screen."""
    till = Till(tmp_path / "till", "http://127.0.0.1:1")
    line = f"exec {COMMAND} profiles set-secret till-1 relay_token 2>err"
    child = pexpect.spawn(
        "/bin/sh", ["-c", line], env=till.environ(), cwd=str(till.root), timeout=PATIENCE, encoding="utf-8"
    )
    child.expect("relay_token of till-1: ")
    child.sendline(PASSWORD)
    code, shown = ended(child)

    assert (code, PASSWORD in shown, PASSWORD in (till.root / "err").read_text()) == (0, False, False)
    assert PASSWORD in (till.config / "credentials.toml").read_text()


def as_listed(pid: int) -> bytes:
    """What every user of the machine can see of a process."""
    there = Path(f"/proc/{pid}/cmdline")
    return there.read_bytes() if there.exists() else subprocess.check_output(["ps", "-wwo", "args=", "-p", str(pid)])


def test_no_secret_is_in_the_process_list(tmp_path: Path) -> None:
    with Shop(tmp_path / "shop", speed=1.0) as shop:
        till = Till(tmp_path / "till", shop.url)
        started = till.start("charge", "5", "--until", "result", "-v", command=[COMMAND])
        started.until("accepted")
        seen = as_listed(started.process.pid)
        run = started.end()

    assert run.code == 0
    assert b"charge" in seen
    assert APP_KEY.encode() not in seen
    assert SECRETS[1].encode() not in seen


def test_a_typed_number_is_removed_from_the_journal_after_a_day(tmp_path: Path) -> None:
    """Its last two digits stay; the journal's clock is passed in, but the file is real."""
    from datetime import UTC, datetime, timedelta

    from pjterm.journal.store import Journal

    with Shop(tmp_path / "shop") as shop:
        till = Till(tmp_path / "till", shop.url)
        till.run("input", "-k", "phone")
    kept = b"8006010230" in till.journal_bytes()
    journal = Journal(till.state)
    with journal.transaction(datetime.now(UTC) + timedelta(hours=25)):
        journal.check_writable()
    [entry] = journal.newest(1)
    journal.close()

    assert kept
    assert entry.input_value == "30"


def test_overriding_environment_variables_are_named(tmp_path: Path) -> None:
    with Shop(tmp_path / "shop") as shop:
        till = Till(tmp_path / "till", shop.url)
        run = till.run("charge", "5", PJTERM_PASSWORD=SECRETS[0], PJTERM_APP_KEY=SECRETS[1])

    assert run.code == 0
    assert "PJTERM_PASSWORD" in run.err
    assert "PJTERM_APP_KEY" in run.err
    assert SECRETS[1] not in run.err


def test_without_a_profile_but_with_a_credential_nothing_is_approved(tmp_path: Path) -> None:
    """A variable of a real login must never lead to a simulated approval."""
    till = bare_till(tmp_path / "till")
    run = till.run("charge", "5", "--json", PJTERM_LOGIN="shop")

    assert (run.code, run.json["outcome"]) == (4, "auth")
    assert "config.toml" in run.err


def test_without_a_profile_but_with_real_entries_nothing_is_approved(tmp_path: Path) -> None:
    """A cron job with another HOME, on a machine that has made real charges before."""
    with Shop(tmp_path / "shop") as shop:
        till = Till(tmp_path / "till", shop.url)
        till.run("charge", "5")
        for path in till.config.iterdir():
            path.unlink()
        run = till.run("charge", "5", "--json")

    assert (run.code, run.json["outcome"]) == (4, "auth")
    assert str(till.config) in run.err
