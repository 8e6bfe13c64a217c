"""`relay` and `events` on the command line: the installed command beside a real relay."""

from __future__ import annotations

import http.server
import json
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pexpect  # type: ignore[import-untyped]
import pytest

from pjterm.cli.commands.events import _headers
from pjterm.cli.commands.relay import _ago, _lines
from pjterm.cli.shared.event_lines import event_row, gap_line, person_line, short_row
from pjterm.core.calendar import Calendar
from pjterm.events.event import iso, now_ms
from pjterm.events.sqlite.store import SqliteStore
from pjterm.events.store import Due
from pjterm.events.webhook import read_event
from tests import printed, spawned
from tests.events.broker import Broker, free_ports
from tests.events.test_store import arrival, removal
from tests.full_disk import FULL, on_a_full_disk
from tests.relay.simulated import environment
from tests.relay.speak import Client, body, eventually, sign
from tests.warm import Running, piped, run, start

if sys.platform == "win32":
    pytest.skip("signals and processes of POSIX", allow_module_level=True)

SECRET = b"simulator"
KEY = "00000000-0000-4000-8000-000000000000"
VIA: tuple[list[str], ...] = ([], ["--via", "relay"])
PATIENCE = 120.0


class Desk:
    """A user with a relay of the built-in profile, and commands beside it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.state = folder / "state"
        self.started: list[tuple[Running, threading.Timer]] = []

    def watch(self, running: Running) -> Running:
        """Kill it at the end if a test fails while waiting for it."""
        timer = threading.Timer(PATIENCE, running.kill)
        timer.daemon = True
        timer.start()
        self.started.append((running, timer))
        return running

    def close(self) -> None:
        """Stop whatever a failed test left running."""
        for running, timer in self.started:
            timer.cancel()
            running.kill()
            running.wait()
            if running.stdout is not None:
                running.stdout.close()

    def serve(self, *options: str, port: int = 0, **env: str) -> Running:
        """Start the relay; the other commands find it in the state directory."""
        with (self.folder / "relay.log").open("ab") as log:
            args = ["relay", "serve", "--port", str(port), "-o", "json", *options]
            running = piped(args, env=environment(self.folder) | env, stderr=log)
        self.watch(running)
        assert running.stdout is not None
        self.ready = json.loads(running.stdout.readline())
        self.client = Client(self.ready["port"], (self.state / "relay-token").read_text())
        return running

    def run(self, *args: str, **env: str) -> subprocess.CompletedProcess[str]:
        return run(args, env=environment(self.folder) | env)

    def items(self, *args: str) -> list[dict[str, Any]]:
        done = self.run(*args, "--json")

        assert done.returncode == 0, done.stderr
        found: list[dict[str, Any]] = json.loads(done.stdout)["items"]
        return found

    def deliver(self, content: bytes) -> None:
        reply = self.client.deliver(content, path="/webhooks/simulator", signature=sign(content, SECRET))

        assert reply.status == 204


def end(running: Running, signum: int = signal.SIGTERM) -> int:
    running.send_signal(signum)
    code = running.wait(60)
    if running.stdout is not None:
        running.stdout.close()
    return code


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """A relay with three events: two of request `r1`, one of another type."""
    made = Desk(tmp_path_factory.mktemp("desk"))
    running = made.serve()
    made.deliver(body(event_id="e1", request="r1", status="IN_PROGRESS"))
    made.deliver(body(event_id="e2", request="r1", transactionId=77))
    made.deliver(b'{"id": "e3", "type": "TRANSACTION", "data": {"transactionId": 78}}')
    yield made
    made.close()
    assert running.returncode == -signal.SIGKILL, "it ended before it was stopped"


def test_the_ready_line_shows_the_url(desk: Desk) -> None:
    assert desk.ready == {"type": "ready", "url": f"http://127.0.0.1:{desk.client.port}", "port": desk.client.port}


@pytest.mark.parametrize(
    ("options", "ids"),
    [
        ([], ["e1", "e2", "e3"]),
        (["--request", "r1"], ["e1", "e2"]),
        (["--type", "TRANSACTION"], ["e3"]),
        (["--after", "1", "--limit", "1"], ["e2"]),
        (["--profile", "another"], []),
        (["--since", "2999-01-01"], []),
    ],
)
def test_list_filters(desk: Desk, options: list[str], ids: list[str]) -> None:
    assert [item["event"]["id"] for item in desk.items("events", "list", *options)] == ids


def test_an_unknown_profile_name_without_events_gets_a_warning(desk: Desk) -> None:
    done = desk.run("events", "list", "--profile", "another")

    assert (done.returncode, done.stdout) == (0, "")
    assert "another" in done.stderr
    assert desk.run("events", "list", "--request", "nobody's").stderr == ""


def test_list_in_a_pipe_prints_one_row_per_line(desk: Desk) -> None:
    rows = [line.split("\t") for line in desk.run("events", "list").stdout.splitlines()]

    assert [(row[0], row[2], row[3], row[6]) for row in rows] == [
        ("1", "simulator", "SMARTTERMINAL_REQUEST", ""),
        ("2", "simulator", "SMARTTERMINAL_REQUEST", "77"),
        ("3", "simulator", "TRANSACTION", "78"),
    ]


def test_export_prints_one_item_per_line(desk: Desk) -> None:
    lines = [json.loads(line) for line in desk.run("events", "export").stdout.splitlines()]

    assert lines == desk.items("events", "list")
    assert json.loads(desk.run("events", "export", "--json").stdout) == {"schema": "pjterm.events/1", "items": lines}
    assert set(lines[0]) == {"cursor", "receivedAt", "profile", "verified", "sameIdAs", "deliveries", "event"}


def test_show_prints_the_exact_body_and_whether_it_verifies(desk: Desk) -> None:
    item = json.loads(desk.run("events", "show", "3", "--json").stdout)["item"]
    absent = desk.run("events", "show", "99")

    assert item["body"] == '{"id": "e3", "type": "TRANSACTION", "data": {"transactionId": 78}}'
    assert item["signatureVerifies"] is True
    assert item["headers"]["User-Agent"] == "PayJunction WebHook"
    assert (absent.returncode, absent.stdout) == (11, "")
    assert "no event 99" in absent.stderr


def test_repeated_headers_are_shown_repeatedly() -> None:
    assert _headers("A: 1\r\nX-Twice: a\r\nX-Twice: b:c\r\n") == {"A": "1", "X-Twice": ["a", "b:c"]}


def test_headers_are_shown_as_received(own: Desk) -> None:
    """`Å` contains the byte 0x85, which other ways of splitting lines take for a line end."""
    content = body()
    agent = "User-Agent: \u00c5 X-Pj-Signature: zz"
    relay = own.serve()
    lines = [agent.encode().decode("latin-1"), "Via: 1.1 a", "Via: 1.1 b"]
    own.client.send(
        f"POST /webhooks/simulator HTTP/1.1\r\nHost: h\r\nContent-Length: {len(content)}\r\n".encode()
        + "".join(f"{line}\r\n" for line in lines).encode("latin-1")
        + f"X-Pj-Signature: {sign(content, SECRET)}\r\n\r\n".encode()
        + content
    )
    shown, plain = (own.run("events", "show", "1", *more).stdout for more in (["--json"], []))
    end(relay)
    headers = json.loads(shown)["item"]["headers"]

    assert headers["User-Agent"] == lines[0].partition(": ")[2]
    assert (headers["X-Pj-Signature"], headers["Via"]) == (sign(content, SECRET), ["1.1 a", "1.1 b"])
    assert plain.count("\nX-Pj-Signature") == 1
    printed.check(shown)


def test_status_for_a_person_describes_missing_values() -> None:
    status = {"connected": True, "profiles": [{"profile": "labs", "lastVerifiedAt": None}], "forwards": []}

    assert _lines(status, Calendar(UTC)) == [
        "connected: yes", "profiles:", "  profile: labs  last verified at: never", "forwards: none"
    ]  # fmt: skip


def test_elapsed_time_is_shown_in_one_unit() -> None:
    now = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
    said = [_ago(f"2026-11-{at}Z", now) for at in ("25T11:59:55", "25T11:55:00", "25T02:00:00", "22T12:00:00")]

    assert said == ["5 s ago", "5 min ago", "10 h ago", "3 d ago"]
    assert _ago(None, now) == "never"


def test_status_shows_when_a_delivery_last_verified(desk: Desk) -> None:
    item = json.loads(desk.run("relay", "status", "--json").stdout)["item"]
    alone = desk.run("relay", "status", "--fleet")

    assert item["url"] == desk.ready["url"]
    assert item["profiles"][0]["profile"] == "simulator"
    assert item["profiles"][0]["lastVerifiedAt"] is not None
    assert (alone.returncode, "stands alone" in alone.stderr) == (2, True)


class Receiver:
    """Accepts any POST and answers 204, or 500 while `broken`."""

    def __init__(self) -> None:
        self.got: list[tuple[bytes, str | None]] = []
        self.broken = False
        owner = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                content = self.rfile.read(int(self.headers["Content-Length"]))
                if not owner.broken:  # recorded first: the next request may follow the answer, on another thread
                    owner.got.append((content, self.headers["X-Pj-Signature"]))
                self.send_response(500 if owner.broken else 204)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                return

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/hooks"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    yield made
    made.close()


def test_replay_sends_exact_bytes_in_the_given_order(desk: Desk, receiver: Receiver) -> None:
    done = desk.items("events", "replay", "3", "1", "--to", receiver.url)

    assert [item["httpStatus"] for item in done] == [204, 204]
    assert [json.loads(content)["id"] for content, _ in receiver.got] == ["e3", "e1"]
    assert desk.run("events", "replay", "1", "99", "--to", receiver.url).returncode == 11
    assert len(receiver.got) == 2, "one of them does not exist, so none is sent"
    assert [signature for _, signature in receiver.got] == [sign(content, SECRET) for content, _ in receiver.got]


def test_replay_reports_what_was_not_accepted(desk: Desk, receiver: Receiver) -> None:
    receiver.broken = True
    refused = desk.run("events", "replay", "1", "--to", receiver.url)
    silent = desk.run("events", "replay", "1", "--to", f"http://127.0.0.1:{free_ports(1)[0]}/")
    elsewhere = desk.run("events", "replay", "1", "--to", "http://203.0.113.1/hooks")

    assert (refused.returncode, refused.stdout) == (13, "1\t500\n")
    assert (silent.returncode, silent.stdout) == (12, "")
    assert "answered: 0 of 1" in silent.stderr
    assert (elsewhere.returncode, "http is for loopback only" in elsewhere.stderr) == (2, True)


def test_another_user_needs_the_token(desk: Desk, tmp_path: Path) -> None:
    """A local port must prove itself first, so a wrong token is never sent there."""
    (tmp_path / "config.toml").write_text(
        f'[profiles.till]\nenvironment = "simulator"\nlogin = "simulator"\nrelay = "{desk.ready["url"]}"\n'
    )
    other = {"PJTERM_CONFIG_DIR": str(tmp_path), "PJTERM_STATE_DIR": str(tmp_path / "state")}
    right = desk.run("relay", "token").stdout.strip()
    with_right = desk.run("relay", "status", "-p", "till", **other, PJTERM_RELAY_TOKEN=right)
    without = desk.run("events", "list", "-p", "till", **other)
    with_wrong = desk.run("relay", "status", "-p", "till", **other, PJTERM_RELAY_TOKEN="not-the-token")

    assert with_right.returncode == 0
    assert (with_wrong.returncode, "another token" in with_wrong.stderr) == (4, True)
    assert without.returncode == 4
    assert "no token for the relay of profile till" in without.stderr
    assert right not in with_right.stderr
    assert "not-the-token" not in with_wrong.stderr


@on_a_full_disk
@pytest.mark.parametrize(
    "command",
    [["events", "list"], ["events", "list", "--json"], ["events", "export"], ["events", "show", "1"],
     ["events", "tail", "--since", "2020-01-01"], ["relay", "status"], ["relay", "token"]],
)  # fmt: skip
def test_a_result_that_a_full_disk_cannot_take_is_an_error(desk: Desk, command: list[str]) -> None:
    said = desk.folder / "said"
    with FULL.open("w") as full, said.open("w") as err:
        code = start(command, env=environment(desk.folder), stdout=full, stderr=err).wait(60)

    assert (code, "No space left" in said.read_text()) == (12, True)


@pytest.mark.parametrize(
    "command",
    [["show", "0"], ["show", "99999999999999999999"], ["list", "--after", "99999999999999999999"],
     ["list", "--limit", "0"], ["replay", "99999999999999999999", "--to", "http://127.0.0.1:1/"]],
)  # fmt: skip
def test_a_number_out_of_range_is_a_usage_error(desk: Desk, command: list[str]) -> None:
    done = desk.run("events", *command)

    assert (done.returncode, "bug" in done.stderr) == (2, False)


def test_a_truncated_list_says_how_to_continue(desk: Desk) -> None:
    cut = desk.run("events", "list", "--limit", "2")
    whole = desk.run("events", "list", "--limit", "3")

    assert "--after 2" in cut.stderr
    assert whole.stderr == ""


# -- tail -----------------------------------------------------------------------------------------


def tail(desk: Desk, *options: str) -> Running:
    running = piped(["events", "tail", *options], env=environment(desk.folder), stderr=subprocess.DEVNULL)
    desk.watch(running)
    assert line(running) == {"type": "ready"}
    return running


def line(running: Running) -> dict[str, Any]:
    assert running.stdout is not None
    text = running.stdout.readline()
    printed.check(text)
    found: dict[str, Any] = json.loads(text)
    return found


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path)
    yield made
    made.close()


def test_tail_survives_a_restart_without_a_gap(own: Desk) -> None:
    relay = own.serve()
    running = tail(own, "--request", "r1")
    own.deliver(body(event_id="before", request="r1"))
    own.deliver(body(event_id="of-another", request="r2"))
    heard = [line(running)]
    end(relay)
    heard.append(line(running))
    relay = own.serve()
    own.deliver(body(event_id="while-away", request="r1"))
    heard += [line(running), line(running)]
    code = end(running, signal.SIGINT)
    end(relay)

    assert [(h["type"], h.get("event", {}).get("id")) for h in heard] == [
        ("event", "before"), ("reconnecting", None), ("ready", None), ("event", "while-away"),
    ]  # fmt: skip
    assert code == 130


def test_tail_reports_a_gap_by_its_schema(own: Desk) -> None:
    store = SqliteStore(own.state / "events.sqlite")
    store.append([arrival(at=now_ms()) for _ in range(5)])
    store.close()
    relay = own.serve()
    running = tail(own)
    own.deliver(body())
    before = line(running)
    end(relay)
    (own.state / "events.sqlite").rename(own.state / "elsewhere")
    relay = own.serve()
    heard = [line(running), line(running), line(running)]
    end(running, signal.SIGINT)
    end(relay)

    assert before["cursor"] == 6
    assert heard == [{"type": "reconnecting"}, {"type": "ready"}, {"type": "gap", "after": 6, "oldest": 1}]


def test_tail_ends_when_its_pipe_is_closed(own: Desk) -> None:
    relay = own.serve()
    running = tail(own)
    assert running.stdout is not None
    running.stdout.close()
    own.deliver(body())
    code = running.wait(60)
    end(relay)

    assert code == 0


def test_tail_fits_a_terminal_and_shows_no_control_characters(own: Desk) -> None:
    relay = own.serve()
    env = environment(own.folder) | {"TERM": "xterm"}
    child = spawned.spawn(["events", "tail"], env=env, cwd=own.folder, width=80, patience=60.0)
    child.expect("listening")
    own.deliver(body(request="37fa5c74-6315-4838-a07c-4b73a600e729", status="IN_PROGRESS", transactionId=77))
    child.expect("37fa5c74-6315-4838-a07c-4b73a600e729  IN_PROGRESS  77")
    own.deliver(body(request="r1", status="\\u001b[2J"))
    child.expect("r1  ")
    child.sendintr()
    child.expect(pexpect.EOF)
    child.close()
    end(relay)

    assert "\x1b[2J" not in child.before
    assert child.exitstatus == 130


def item(**more: Any) -> dict[str, Any]:
    data = {"requestId": "37fa5c74-6315-4838-a07c-4b73a600e729", "status": "IN_PROGRESS", "transactionId": 10001}
    event = {"type": "SMARTTERMINAL_REQUEST", "data": data}
    return {"cursor": 1, "receivedAt": datetime.now(UTC).isoformat(), "profile": "simulator", "verified": True,
            "event": event, **more}  # fmt: skip


def test_a_line_is_cut_to_80_columns() -> None:
    now = datetime.now(UTC)
    usual = person_line(item(), now, None, color=False)
    unusual = person_line(item(verified=False, event={"type": "TRANSACTION", "data": []}), now, None, color=False)

    assert len(usual) <= 80
    assert "TRANSACTION" in unusual
    assert unusual.endswith("UNVERIFIED")


def test_a_line_has_the_profile_s_time_and_the_date_unless_it_is_today() -> None:
    late = item(receivedAt="2026-11-23T01:02:03+00:00")
    new_york, utc = ZoneInfo("America/New_York"), ZoneInfo("UTC")
    now = datetime(2026, 11, 22, 23, 0, tzinfo=UTC)
    said = [person_line(late, now, zone, color=False).split("  ")[1] for zone in (new_york, utc)]

    assert said == ["20:02:03", "2026-11-23 01:02:03"]


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Pago_Pago"])
@pytest.mark.parametrize("ms", [-(10**15), 10**15])
def test_an_event_of_any_time_is_shown_in_any_zone(zone: str, ms: int) -> None:
    """In a shared stream, any publisher can choose the time."""
    odd, where, now = item(receivedAt=iso(ms)), ZoneInfo(zone), datetime.now(UTC)
    said = [event_row(odd, where)[1], short_row(odd, now, where)[1], person_line(odd, now, where, color=False)]

    assert all(said)


def test_a_gap_is_described_in_words() -> None:
    assert gap_line({"after": 3, "oldest": 9}).startswith("-- events 4 to 8 are gone")
    assert gap_line({"after": 3, "oldest": 5}).startswith("-- event 4 is gone")
    assert gap_line({"after": 500, "oldest": 1}) == "-- event 500 is not of this store, which begins at 1 --"


def test_a_list_reports_removed_events_with_and_without_a_relay(own: Desk) -> None:
    store = SqliteStore(own.state / "events.sqlite")
    store.append([arrival(at=now_ms()) for _ in range(5)])
    store.age(removal(now_ms() + 1), 3)
    store.close()
    without = [own.run("events", "list", "--after", after) for after in ("2", "99")]
    relay = own.serve()
    beside = [own.run("events", "list", "--after", after) for after in ("2", "99")]
    end(relay)

    for done in (without, beside):
        assert [[line.split("\t")[0] for line in one.stdout.splitlines()] for one in done] == [["4", "5"]] * 2
        assert "event 3 is gone" in done[0].stderr
        assert "event 99 is not of this store" in done[1].stderr


def test_a_shortened_event_says_so_and_is_not_resent(own: Desk, receiver: Receiver) -> None:
    store = SqliteStore(own.state / "events.sqlite")
    typed = read_event("simulator", True, now_ms(), body(event_id="e1", inputValue="8006010230"), b"A: b\r\n")
    store.append([typed])
    store.age(Due(now_ms() + 1, cut_ms=now_ms() + 1), 10)
    store.close()
    relay = own.serve()
    beside = [own.run("events", *what) for what in (["show", "1"], ["list"], ["export"])]
    end(relay)
    without = [own.run("events", *what) for what in (["show", "1"], ["list"], ["export"])]
    item = json.loads(own.run("events", "show", "1", "--json").stdout)["item"]
    again = own.run("events", "replay", "1", "--to", receiver.url)

    for done in (beside, without):
        assert [one.returncode for one in done] == [0, 0, 0]
        assert "was removed a day after it came" in done[0].stdout
        assert "e1" in done[2].stdout
        assert "8006010230" not in "".join(one.stdout for one in done)
    assert (item["cut"], item["body"], item["headers"], item["signatureVerifies"]) == (True, None, None, None)
    assert again.returncode == 10
    assert "nothing was sent" in again.stderr


# -- without a relay, and two of them -----------------------------------------------------------------


def test_without_a_relay_stored_events_are_read(own: Desk, receiver: Receiver) -> None:
    nothing = own.run("events", "list")
    relay = own.serve()
    own.deliver(body(event_id="kept"))
    end(relay)
    elsewhere = own.serve("--store", f"sqlite:///{own.folder}/elsewhere.sqlite")
    own.deliver(body(event_id="elsewhere"))
    with_relay = own.items("events", "list")
    end(elsewhere)

    assert own.items("events", "list") == with_relay
    assert [i["event"]["id"] for i in with_relay] == ["elsewhere"]
    end(own.serve())
    assert (nothing.returncode, "pjterm relay serve" in nothing.stderr) == (12, True)
    assert [i["event"]["id"] for i in own.items("events", "list")] == ["kept"]
    assert json.loads(own.run("events", "show", "1", "--json").stdout)["item"]["signatureVerifies"] is True
    assert json.loads(own.run("events", "export").stdout)["event"]["id"] == "kept"
    assert own.items("events", "replay", "1", "--to", receiver.url)[0]["httpStatus"] == 204
    assert own.run("relay", "status").returncode == 12


def test_a_profile_s_relay_stays_known_after_it_is_stopped(own: Desk) -> None:
    """Its token belongs to this user: stored events are read, and a charge does not complain about a token."""
    relay = own.serve()
    own.deliver(body(event_id="kept"))
    end(relay)
    (own.folder / "config").mkdir()
    config = own.folder / "config" / "config.toml"
    config.touch(mode=0o600)
    config.write_text(
        'default_profile = "till"\n[profiles.till]\nenvironment = "simulator"\nlogin = "simulator"\nterminal = "T1"\n'
        f'account = 10001\nsecrets = "file"\nrelay = "{own.ready["url"]}"\n'
    )
    charged = [own.run("charge", "5", "--force", *via, PJTERM_PASSWORD="simulator", PJTERM_APP_KEY=KEY) for via in VIA]

    assert [i["event"]["id"] for i in own.items("events", "list")] == ["kept"]
    assert json.loads(own.run("events", "show", "1", "--json").stdout)["item"]["cursor"] == 1
    assert own.run("relay", "status").returncode == 12
    assert [(c.returncode, "token" in c.stderr) for c in charged] == [(0, False)] * 2


def test_only_profiles_with_a_secret_are_announced_and_one_from_the_environment_is_named(own: Desk) -> None:
    profile = 'environment = "labs"\nlogin = "l"\nsecrets = "file"\n'
    (own.folder / "config").mkdir()
    for name, text in (
        ("config.toml", f"[profiles.with]\n{profile}[profiles.without]\n{profile}"),
        ("credentials.toml", '[with]\nwebhook_secret = "simulator"\n'),
    ):
        (own.folder / "config" / name).touch(mode=0o600)
        (own.folder / "config" / name).write_text(text)
    relay = own.serve()
    answers = [own.client.deliver(body(), path=f"/webhooks/{name}").status for name in ("with", "without")]
    end(relay)
    said = (own.folder / "relay.log").read_text()
    end(own.serve(PJTERM_WEBHOOK_SECRET="another"))
    said_later = (own.folder / "relay.log").read_text().removeprefix(said)

    assert answers == [401, 404]
    assert [line for line in said.splitlines() if line.startswith("serving")] == ["serving /webhooks/with"]
    assert "PJTERM_WEBHOOK_SECRET" not in said
    assert "using PJTERM_WEBHOOK_SECRET from the environment" in said_later


def test_a_production_profile_added_while_unsigned_events_are_allowed_accepts_none(own: Desk) -> None:
    (own.folder / "config").mkdir()
    config = own.folder / "config" / "config.toml"
    config.touch(mode=0o600)
    config.write_text('[profiles.lab]\nenvironment = "labs"\nlogin = "l"\nsecrets = "file"\n')
    relay = own.serve("--allow-unsigned")
    with config.open("a") as more:
        more.write('[profiles.prod]\nenvironment = "production"\nlogin = "l"\nsecrets = "file"\n')
        more.write('[profiles.later]\nenvironment = "labs"\nlogin = "l"\nsecrets = "file"\n')

    def unsigned(name: str) -> int:
        return own.client.deliver(body(), path=f"/webhooks/{name}", signature=None).status

    eventually(lambda: unsigned("later") == 204)
    answer = unsigned("prod")
    end(relay)

    assert answer == 404


def test_a_second_relay_names_the_running_one(own: Desk) -> None:
    relay = own.serve()
    store = own.run("relay", "serve", "--port", "0")
    port = own.run("relay", "serve", "--port", str(own.client.port), "--store", f"sqlite:///{own.folder}/other.sqlite")
    end(relay)

    assert (store.returncode, f"process {relay.pid}" in store.stderr) == (12, True)
    assert (port.returncode, f"port {own.client.port} of 127.0.0.1 is taken" in port.stderr) == (12, True)


@pytest.mark.parametrize(
    "options",
    [
        ["--port", "70000"], ["--retention", "-1"], ["--retention", "nan"], ["--retention", "inf"], ["--store", "mysql://x"],
        ["--forward", "http://203.0.113.1/"], ["--allow-unsigned", "--host", "0.0.0.0"],
        ["--store", "nats://user:secret@127.0.0.1/S"], ["--allow-unsynced"], ["--monitor", "http://127.0.0.1:1"],
    ],
)  # fmt: skip
def test_an_invalid_combination_is_a_usage_error(own: Desk, options: list[str]) -> None:
    done = own.run("relay", "serve", *options)

    assert (done.returncode, done.stdout) == (2, "")
    assert "Traceback" not in done.stderr
    assert "secret" not in done.stderr


def test_relay_serve_refuses_a_profile_that_is_not_configured(own: Desk) -> None:
    done = own.run("relay", "serve", "--port", "0", "-p", "nope")

    assert (done.returncode, done.stdout, "nope" in done.stderr) == (4, "", True)


def test_after_a_restart_forwarding_resumes_where_it_stopped(own: Desk, receiver: Receiver) -> None:
    relay = own.serve("--forward", receiver.url)
    own.deliver(body(event_id="e1"))
    eventually(lambda: len(receiver.got) == 1)
    receiver.broken = True
    own.deliver(body(event_id="e2"))
    own.deliver(body(event_id="e3"))
    end(relay)
    receiver.broken = False
    relay = own.serve("--forward", receiver.url)
    eventually(lambda: len(receiver.got) == 3)
    forwards = json.loads(own.run("relay", "status", "--json").stdout)["item"]["forwards"]
    end(relay)

    assert [json.loads(content)["id"] for content, _ in receiver.got] == ["e1", "e2", "e3"]
    assert (forwards[0]["url"], forwards[0]["position"], forwards[0]["lag"]) == (receiver.url, 3, 0)


def test_a_rotated_token_disconnects_followers_until_they_use_the_new_one(own: Desk) -> None:
    relay = own.serve()
    before = own.run("relay", "token").stdout.strip()
    running = tail(own)
    after = own.run("relay", "token", "--rotate").stdout.strip()
    heard = [line(running)["type"], line(running)["type"]]
    own.deliver(body(event_id="afterwards"))
    heard.append(line(running)["event"]["id"])
    end(running)
    with_old = Client(own.client.port, before).get("/events").status
    end(relay)

    assert before != after
    assert heard == ["reconnecting", "ready", "afterwards"]
    assert with_old == 401


def elsewhere(own: Desk, url: str, token: str) -> dict[str, str]:
    """The environment of a till that knows a relay from its profile, and the token from a variable."""
    config = own.folder / "config" / "config.toml"
    config.parent.mkdir()
    config.touch(mode=0o600)
    config.write_text(
        'default_profile = "till"\n[profiles.till]\nenvironment = "labs"\nlogin = "l"\nsecrets = "file"\n'
        f'relay = "{url}"\n'
    )
    mine = {"PJTERM_STATE_DIR": str(own.folder / "another"), "PJTERM_RELAY_TOKEN": token}
    return environment(own.folder) | mine


def test_a_tail_whose_relay_never_answered_ends_with_the_reason(own: Desk) -> None:
    """A relay on another machine does not prove itself first; silence would look like a quiet shop."""
    url = "https://127.0.0.1:1"
    done = run(["events", "tail"], env=elsewhere(own, url, "token"))

    assert (done.returncode, done.stdout) == (12, "")
    assert url in done.stderr


def test_a_tail_with_a_replaced_token_says_why_nothing_arrives(own: Desk) -> None:
    relay = own.serve()
    env = elsewhere(own, own.ready["url"], own.client.token)
    with (own.folder / "tail.log").open("wb") as log:
        running = own.watch(piped(["events", "tail"], env=env, stderr=log))
    first = line(running)
    own.run("relay", "token", "--rotate")
    second = line(running)
    text = (own.folder / "tail.log").read_text
    eventually(lambda: "another token" in text() or "refuses the token" in text())
    end(running, signal.SIGINT)
    end(relay)

    assert (first, second) == ({"type": "ready"}, {"type": "reconnecting"})
    assert "relay_token" in text()


def test_the_relay_ends_within_five_seconds_with_a_follower_and_a_half_sent_request(own: Desk) -> None:
    relay = own.serve()
    with own.client.stream(), socket.create_connection(("127.0.0.1", own.client.port)) as half:
        half.sendall(b"POST /webhooks/simulator HTTP/1.1\r\nContent-Length: 10\r\n\r\nhalf")

        assert end(relay) == 0


def test_a_relay_on_a_stream_says_that_the_stream_keeps_the_events(own: Desk, tmp_path: Path) -> None:
    """Its own file is a copy, of no use to another host."""
    server = Broker(tmp_path / "broker").start()
    try:
        end(own.serve("--store", f"{server.url}/TILLS", "--monitor", server.monitor))
    finally:
        server.kill()

    assert f"events are kept in {server.url}/TILLS\n" in (own.folder / "relay.log").read_text()
