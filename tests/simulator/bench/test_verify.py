"""The bench: its judgement, and what it says of a naive integration and of a cautious one."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path
from xml.etree import ElementTree as XML

import pytest

from pjterm.errors import UsageFault
from pjterm.simulator.bench.report import check_junit, table, write_junit
from pjterm.simulator.bench.verdicts import Charge, Item, Said, judge, said_by
from pjterm.simulator.bench.verify import run_bench
from pjterm.simulator.shop.scenarios import NAMED
from tests.cli.till import wait_for
from tests.relay.simulated import COMMAND, environment

NAIVE = [sys.executable, str(Path(__file__).with_name("naive.py"))]
OWN = [sys.executable, str(Path(__file__).with_name("own.py"))]
AMOUNT = Decimal("12.50")
ONE = [Charge(10001, AMOUNT)]


def saying(code: int) -> list[str]:
    return [sys.executable, "-c", f"raise SystemExit({code})"]


@pytest.mark.parametrize(
    ("code", "said"),
    [(0, Said.PAID), (1, Said.CRASHED), (-9, Said.CRASHED), (2, Said.NOT_PAID), (3, Said.NOT_PAID),
     (5, Said.NOT_PAID), (8, Said.UNKNOWN), (9, Said.UNKNOWN), (12, Said.NOT_PAID), (None, Said.HUNG)],
)  # fmt: skip
def test_an_exit_code_says_what_is_believed(code: int | None, said: Said) -> None:
    assert said_by(code) is said


@pytest.mark.parametrize(
    ("said", "charges", "passed", "truth"),
    [
        (Said.PAID, ONE, True, "paid"),
        (Said.PAID, [], False, "not paid"),
        (Said.NOT_PAID, [], True, "not paid"),
        (Said.NOT_PAID, ONE, False, "paid"),
        (Said.UNKNOWN, [], True, "not paid"),
        (Said.UNKNOWN, ONE, True, "paid"),
        (Said.PAID, ONE * 2, False, "paid 2 times"),
        (Said.UNKNOWN, ONE * 2, False, "paid 2 times"),
        (Said.PAID, [Charge(1, Decimal("1250.00"))], False, "paid"),
        (Said.CRASHED, [], False, "not paid"),
        (Said.CRASHED, ONE, False, "paid"),
        (Said.HUNG, [], False, "not paid"),
    ],
)
def test_belief_is_held_against_the_books(
    said: Said, charges: list[Charge], passed: bool, truth: str
) -> None:
    judgement = judge(said, charges, AMOUNT)

    assert (judgement.passed, judgement.truth) == (passed, truth)
    assert judgement.why


def side_by_side(command: list[str]) -> list[Item]:
    """All scenarios at the same time, each in a bench of its own."""
    names = [s.name for s in NAMED]
    with ThreadPoolExecutor(len(names)) as pool:
        return [i for (i,) in pool.map(lambda n: run_bench(command, only=[n]), names)]


def test_pjterm_itself_passes_in_every_scenario() -> None:
    items = {i.scenario: i for i in side_by_side(OWN)}

    assert {n: i.why for n, i in items.items() if not i.passed} == {}
    assert {n: i.said for n, i in items.items() if i.said == "does not know"}.keys() <= {"reply-lost-not-started"}


def test_a_naive_integration_fails_exactly_where_it_should(tmp_path: Path) -> None:
    items = side_by_side(NAIVE)

    assert {i.scenario: i.why.partition(":")[0] for i in items if not i.passed} == {
        "declined": "says paid, and no money moved",
        "late-result": "says not paid, and money moved",
        "reply-lost": "charged more than once",
        "http-500": "charged more than once",
        "http-502-html": "charged more than once",
        "truncated": "charged more than once",
    }
    by_name = {i.scenario: i for i in items}
    assert by_name["reply-lost"].charges == 2
    assert by_name["reply-lost"].calls[0] == "POST /smartterminals/…/request-payment -> taken, no answer"
    write_junit(items, tmp_path / "junit.xml")
    suite = XML.parse(tmp_path / "junit.xml").getroot()
    assert (suite.get("tests"), suite.get("failures"), len(suite.findall(".//failure"))) == ("21", "6", 6)
    assert table(items)[-1] == "15 of 21 passed"


def test_the_items_have_the_promised_keys() -> None:
    (item,) = run_bench(saying(3), only=["approved"])

    assert list(item.view()) == ["scenario", "passed", "said", "truth", "charges", "seconds", "why"]
    assert (item.passed, item.said, item.truth, item.charges) == (True, "not paid", "not paid", 0)


def test_a_customer_who_pays_after_the_integration_gave_up_is_seen() -> None:
    script = NAIVE[1]
    program = (
        f"import sys; sys.path.insert(0, {str(Path(script).parent)!r})\n"
        "import naive\n"
        "form = {'amountBase': '12.50', 'terminalId': '10001'}\n"
        "naive.call('POST', f'/smartterminals/{naive.T1}/request-payment', form)\n"
        "sys.exit(5)"
    )
    (item,) = run_bench([sys.executable, "-c", program], only=["approved"])

    assert (item.passed, item.truth) == (False, "paid")
    assert "calls: POST /smartterminals/…/request-payment -> 200" in str(item.view()["why"])


def test_the_environment_is_what_the_contract_names() -> None:
    program = (
        "import os, sys\n"
        "known = {'PJ_LOGIN': 'simulator', 'PJ_PASSWORD': 'simulator', 'PJ_AMOUNT': '12.50',\n"
        "         'PJ_APP_KEY': '00000000-0000-4000-8000-000000000000', 'PJ_SCENARIO': 'busy'}\n"
        "right = all(os.environ[k] == v for k, v in known.items())\n"
        "sys.exit(3 if right and os.environ['PJ_BASE_URL'].startswith('http://127.0.0.1:') else 1)"
    )
    (item,) = run_bench([sys.executable, "-c", program], only=["busy"])

    assert item.said == "not paid"


def test_a_run_that_does_not_end_is_killed_with_its_children() -> None:
    sleeper = "[sys.executable, '-c', 'import time; time.sleep(60)']"
    program = f"import subprocess, sys; subprocess.Popen({sleeper}).wait()"
    began = time.monotonic()
    (item,) = run_bench([sys.executable, "-c", program], only=["approved"], patience=0.5)

    assert (item.passed, item.said) == (False, "did not end")
    assert time.monotonic() - began < 10.0


def test_what_it_printed_is_kept_for_the_report(tmp_path: Path) -> None:
    program = "print('a\\x00\\x1b[31mb ' * 1000); raise SystemExit(1)"
    (item,) = run_bench([sys.executable, "-c", program], only=["approved"])
    write_junit([item], tmp_path / "junit.xml")
    out = XML.parse(tmp_path / "junit.xml").getroot().findtext(".//system-out") or ""

    assert item.said == "crashed"
    assert 0 < len(item.output) <= 2000
    assert "\x1b" not in out


def test_bad_orders_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageFault, match="names no scenario"):
        run_bench(["true"], only=[])
    with pytest.raises(UsageFault, match="'nix' is no scenario"):
        run_bench(NAIVE, only=["nix"])
    with pytest.raises(UsageFault, match="cannot be started"):
        run_bench([str(tmp_path / "nothing")], only=["approved"])
    with pytest.raises(UsageFault, match="--junit"):
        write_junit([], tmp_path / "no" / "such.xml")
    check_junit(tmp_path / "new.xml")
    assert not (tmp_path / "new.xml").exists()


def test_the_order_is_the_contracts_whatever_was_asked() -> None:
    seen: list[Item] = []
    run_bench(saying(9), only=["busy", "approved"], progress=seen.append)

    assert [i.scenario for i in seen] == ["approved", "busy"]


# -- at the command line --------------------------------------------------------------------------

VERIFY = [COMMAND, "simulator", "verify"]


def verify(tmp_path: Path, *args: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*VERIFY, *args], env=environment(tmp_path), cwd=tmp_path, capture_output=True, text=True, timeout=60
    )


def test_in_a_pipe_each_scenario_is_a_row(tmp_path: Path) -> None:
    done = verify(tmp_path, "--only", "approved,busy", "--", "false")
    rows = [line.split("\t") for line in done.stdout.splitlines()]

    assert done.returncode == 13
    assert [(row[:5], len(row)) for row in rows] == [
        (["approved", "FAILED", "crashed", "not paid", "0"], 7), (["busy", "FAILED", "crashed", "not paid", "0"], 7),
    ]  # fmt: skip


def test_as_ndjson_each_scenario_is_told_when_it_ends(tmp_path: Path) -> None:
    """The second run sees the first one's line on disk already."""
    line = f"test $PJ_SCENARIO = approved || grep -q '\"approved\"' {tmp_path}/out || exit 1; exit 3"
    command = [*VERIFY, "--only", "approved,busy", "-o", "ndjson", "--", "sh", "-c", line]
    with (tmp_path / "out").open("wb") as out:
        done = subprocess.run(command, env=environment(tmp_path), stdout=out, stderr=subprocess.PIPE, timeout=60)
    items = [json.loads(line) for line in (tmp_path / "out").read_text().splitlines()]

    assert done.returncode == 0, done.stderr
    assert [(i["scenario"], i["said"]) for i in items] == [("approved", "not paid"), ("busy", "not paid")]


def test_a_report_that_cannot_be_written_is_said_before_the_run(tmp_path: Path) -> None:
    done = verify(tmp_path, "--only", "approved", "--junit", "no/such.xml", "--", "touch", "ran")

    assert (done.returncode, "--junit" in done.stderr) == (2, True)
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize(
    "args", [["simulator", "verify", "--only", "busy", "--json", "--", "true"], ["completions", "show", "bash"]]
)
def test_a_report_that_a_full_disk_does_not_take_is_an_error(tmp_path: Path, args: list[str]) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [COMMAND, *args], env=environment(tmp_path), stdout=full, stderr=subprocess.PIPE, text=True, timeout=60
        )

    assert (done.returncode, "No space left" in done.stderr) == (12, True)


@pytest.mark.parametrize(("signum", "code"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_a_signal_ends_the_command_as_well_and_leaves_nothing(tmp_path: Path, signum: int, code: int) -> None:
    ran, place = tmp_path / "ran", tmp_path / "place"
    place.mkdir()
    line = f"echo $$ > {ran}.new && mv {ran}.new {ran}; exec sleep 60"
    running = subprocess.Popen(
        [*VERIFY, "--only", "approved", "--", "sh", "-c", line],
        env=environment(tmp_path) | {"TMPDIR": str(place)}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    wait_for(ran.exists, 20.0, "the command")
    running.send_signal(signum)

    assert running.wait(20) == code
    assert list(place.iterdir()) == []
    with pytest.raises(ProcessLookupError):
        os.kill(int(ran.read_text()), 0)
