"""The bench: its verdicts, and its reports on a naive and on a cautious integration."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path
from xml.etree import ElementTree as XML

import pytest

from pjterm.errors import UsageFault
from pjterm.simulator.api.replies import Call, Reply
from pjterm.simulator.bench.calls import in_words
from pjterm.simulator.bench.hints import hint
from pjterm.simulator.bench.report import check_junit, table, write_junit
from pjterm.simulator.bench.verdicts import Charge, Item, Said, Truth, ended_by, judge, said_by
from pjterm.simulator.bench.verify import run_bench, run_scenario, speed_of, truth_of
from pjterm.simulator.server.http_server import Exchange
from pjterm.simulator.shop.named import NAMED
from pjterm.simulator.shop.scenarios import Act, Scenario, Till
from tests import warm
from tests.cli.till import wait_for
from tests.full_disk import FULL, on_a_full_disk
from tests.relay.simulated import environment
from tests.simulator.driver import CARD, Driver

BARE = [sys.executable, "-IS"]  # neither needs installed packages, and a start without them is faster
NAIVE = [*BARE, str(Path(__file__).with_name("naive.py"))]
OWN = [*BARE, str(Path(__file__).with_name("own.py"))]
AMOUNT = Decimal("12.50")
CONTROL = NAMED[0]
GOES_WELL = next(s for s in NAMED if s.name == "webhook-lost")  # a success for a program that polls


def saying(code: int) -> list[str]:
    return [*BARE, "-c", f"raise SystemExit({code})"]


@pytest.mark.parametrize(
    ("code", "said"),
    [(0, Said.PAID), (1, Said.CRASHED), (-9, Said.CRASHED), (2, Said.NOT_PAID), (3, Said.NOT_PAID),
     (5, Said.NOT_PAID), (8, Said.UNKNOWN), (9, Said.UNKNOWN), (12, Said.NOT_PAID), (None, Said.HUNG),
     (126, Said.CRASHED), (127, Said.CRASHED), (128, Said.NOT_PAID), (137, Said.CRASHED), (255, Said.CRASHED)],
)  # fmt: skip
def test_an_exit_code_states_what_the_program_believes(code: int | None, said: Said) -> None:
    assert said_by(code) is said


ONE = Truth((Charge(10001, AMOUNT),))
TWO = Truth((Charge(10001, AMOUNT), Charge(10002, AMOUNT)))
PART = Truth((Charge(10001, Decimal("7.00")),))
HELD = Truth((Charge(10001, AMOUNT, held=True),))
RUDE = Truth((Charge(10001, AMOUNT),), others_ended=True)


@pytest.mark.parametrize(
    ("said", "truth", "passed", "words"),
    [
        (Said.PAID, ONE, True, "paid"),
        (Said.PAID, Truth(), False, "not paid"),
        (Said.NOT_PAID, Truth(), True, "not paid"),
        (Said.NOT_PAID, ONE, False, "paid"),
        (Said.UNKNOWN, Truth(), True, "not paid"),
        (Said.UNKNOWN, ONE, True, "paid"),
        (Said.PAID, TWO, False, "paid 2 times"),
        (Said.UNKNOWN, TWO, False, "paid 2 times"),
        (Said.PAID, PART, False, "paid 7.00"),
        (Said.UNKNOWN, PART, True, "paid 7.00"),
        (Said.NOT_PAID, PART, False, "paid 7.00"),
        (Said.PAID, HELD, True, "held"),
        (Said.NOT_PAID, HELD, False, "held"),
        (Said.PAID, RUDE, False, "paid"),
        (Said.CRASHED, Truth(), False, "not paid"),
        (Said.CRASHED, ONE, False, "paid"),
        (Said.HUNG, Truth(), False, "not paid"),
    ],
)
def test_the_belief_is_compared_with_the_books(said: Said, truth: Truth, passed: bool, words: str) -> None:
    judgment = judge(said, truth, AMOUNT)

    assert (judgment.passed, judgment.truth) == (passed, words)
    assert judgment.why


# -- the truth in the books ----------------------------------------------------------------------


def truth(shop: Driver) -> Truth:
    with shop.world.moment() as m:
        return truth_of(m)


def refund(shop: Driver, **form: str) -> None:
    assert shop.call("POST", "/transactions", {"action": "REFUND"} | form).status == 200


def test_a_fully_refunded_sale_is_not_paid(shop: Driver) -> None:
    refund(shop, transactionId=str(shop.paid()))

    assert truth(shop) == Truth()
    assert not judge(Said.PAID, truth(shop), AMOUNT).passed


def test_a_partial_refund_leaves_the_rest(shop: Driver) -> None:
    number = shop.paid()
    refund(shop, transactionId=str(number), amountBase="5.50")

    assert truth(shop) == PART
    assert not judge(Said.PAID, truth(shop), AMOUNT).passed


@pytest.mark.parametrize("said", list(Said))
def test_money_from_a_card_that_did_not_pay_is_never_right(shop: Driver, said: Said) -> None:
    shop.paid()
    refund(shop, amountBase="12.50", **CARD)

    assert truth(shop) == Truth((Charge(10001, AMOUNT),), given_away=True)
    assert not judge(said, truth(shop), AMOUNT).passed


def test_another_till_s_sale_is_neither_voided_nor_refunded(tmp_path: Path) -> None:
    truths = []
    for n, form in enumerate([{"status": "VOID"}, {}]):
        shop = Driver(tmp_path / str(n), Scenario("x", "x", tills=(Till(Act.CHARGE),)))
        shop.poll(shop.pay(), 5.0)
        shop.call("PUT", "/transactions/10001", form)
        if not form:
            refund(shop, transactionId="10001")
        truths.append(truth(shop))

    assert truths == [Truth(others_ended=True), Truth(given_away=True)]


def test_everything_charged_counts_except_the_customer_s_tip(shop: Driver) -> None:
    numbers = [shop.paid(amountShipping="100.00"), shop.paid(allowTips="true"), shop.paid()]
    shop.put(f"/transactions/{numbers[2]}", {"amountTip": "50.00"})

    assert [str(c.amount) for c in truth(shop).charges] == ["112.50", "12.50", "62.50"]


def test_another_till_s_busy_request_was_not_ended_by_the_command(tmp_path: Path) -> None:
    shop = Driver(tmp_path, Scenario("x", "x", tills=(Till(Act.CHARGE, nth=2),)))
    shop.pay()
    shop.now += 1.0
    shop.pay()
    shop.now += 10.0

    assert truth(shop) == ONE


@pytest.mark.parametrize(
    ("code", "words"),
    [(1, "exit 1"), (127, "exit 127"), (255, "exit 255"), (-15, "killed by SIGTERM"),
     (143, "killed by SIGTERM"), (None, "had to be killed")],
)  # fmt: skip
def test_a_crash_is_described_by_its_exit(code: int | None, words: str) -> None:
    why = judge(said_by(code), Truth(), AMOUNT, ended=ended_by(code)).why

    assert why.partition(": ")[2] == f"{words}, booked nothing"


def test_a_program_that_exits_1_when_unpaid_is_advised_to_use_another_code() -> None:
    called = [Exchange(0.0, Call("GET", "/transactions"), Reply(200))]
    said = hint("declined", Said.CRASHED, Truth(), called, 1)

    assert said == "exit 1 counts as a crash: exit 3 to say that it is not paid, 9 that it is not known"


def test_an_early_call_says_so_but_not_if_the_scenario_rejects_it() -> None:
    call = Call("GET", "/terminals")
    lines = in_words([Exchange(0.0, call, Reply(429)), Exchange(1.0, call, Reply(429, spoiled=True))])

    assert lines == [
        "GET /terminals -> 429 (too soon: 0.1 s between calls, 0.5 s between polls of one request)",
        "GET /terminals -> 429",
    ]


@pytest.mark.parametrize("said", [Said.PAID, Said.NOT_PAID, Said.UNKNOWN])
def test_a_command_without_a_payment_request_was_not_tested(said: Said) -> None:
    judgment = judge(said, Truth(), AMOUNT, tested=False)

    assert (judgment.passed, judgment.why.partition(",")[0]) == (False, "not tested")


@pytest.mark.parametrize(
    ("said", "truth", "passed"),
    [
        (Said.PAID, ONE, True),
        (Said.UNKNOWN, ONE, False),
        (Said.NOT_PAID, Truth(), False),
        (Said.UNKNOWN, Truth(), False),
    ],
)
def test_the_control_must_be_paid_and_reported_as_paid(said: Said, truth: Truth, passed: bool) -> None:
    assert judge(said, truth, AMOUNT, control=True).passed is passed


def side_by_side(command: list[str]) -> dict[str, Item]:
    """All scenarios at the same time, each in its own world."""
    with ThreadPoolExecutor(8) as pool:
        return {i.scenario: i for i in pool.map(lambda s: run_scenario(command, s, environ=warm.environ()), NAMED)}


NOT_KNOWN = {
    "reply-lost-not-started": "a POST whose answer was lost is never shown not to have been taken",
    "partial": "approved for 7.00 of 12.50: a person decides",
    "second-till": "the other till's sale of the same amount has no invoice number, and services drop numbers, too",
}
"""The scenarios in which pjterm does not know, and why that is unavoidable."""


def test_pjterm_itself_passes_in_every_scenario(tmp_path: Path) -> None:
    items = side_by_side([*OWN, str(warm.program(tmp_path))])

    assert {n: i.why for n, i in items.items() if not i.passed} == {}
    assert {n for n, i in items.items() if i.said == "does not know"} == set(NOT_KNOWN)


FAULTS = {
    "declined": "says paid, and no money moved",
    "late-result": "says not paid, and money moved",
    "reply-lost": "charged more than once",
    "http-500": "charged more than once",
    "http-502-html": "charged more than once",
    "truncated": "charged more than once",
    "late-booking": "charged more than once",
    "search-lag": "charged more than once",
    "second-till": "ended another till's payment",
    "reset-elsewhere": "charged more than once",
    "proxy-page": "charged more than once",
    "partial": "says paid, and it was not 12.50",
}


def test_a_naive_integration_fails_exactly_where_it_should(tmp_path: Path) -> None:
    items = side_by_side(NAIVE)

    assert {n: i.why.partition(":")[0] for n, i in items.items() if not i.passed} == FAULTS
    assert [i.scenario for i in items.values() if not i.passed and not i.hint] == []
    assert items["reply-lost"].calls[0] == "POST /smartterminals/…/request-payment -> taken, no answer"
    write_junit(list(items.values()), tmp_path / "junit.xml")
    suite = XML.parse(tmp_path / "junit.xml").getroot()
    assert (suite.get("tests"), suite.get("failures"), len(suite.findall(".//failure"))) == ("30", "12", 12)
    assert table(list(items.values()))[-1] == "18 of 30 passed"


def test_an_integration_without_subscriptions_is_told_that_no_webhook_was_sent() -> None:
    path = str(Path(NAIVE[-1]).parent)
    form = "{'event': 'SMARTTERMINAL_REQUEST', 'url': 'http://127.0.0.1:9/'}"
    program = f"import sys, time; sys.path.insert(0, {path!r})\nimport naive; naive.call('POST', '/webhooks', {form})\n"
    subscribes = [*BARE, "-c", program + "time.sleep(0.2); sys.exit(naive.main())"]
    items = [run_scenario(command, GOES_WELL) for command in (NAIVE, subscribes)]

    assert [(i.passed, "no webhook was sent" in i.why) for i in items] == [(True, True), (True, False)]


def test_the_items_have_the_promised_keys() -> None:
    item = run_scenario(saying(3), CONTROL)

    assert list(item.view()) == [
        "scenario", "passed", "said", "truth", "charges", "seconds", "why", "hint", "stderr", "skipped",
    ]  # fmt: skip
    assert (item.passed, item.said, item.truth, item.charges) == (False, "not paid", "not paid", 0)


PAY_AND_LEAVE = (
    f"import sys; sys.path.insert(0, {str(Path(NAIVE[-1]).parent)!r})\n"
    "import naive\n"
    "form = {'amountBase': '12.50', 'terminalId': '10001'}\n"
    "naive.call('POST', f'/smartterminals/{naive.T1}/request-payment', form)\n"
    "sys.exit(5)"
)


def test_a_customer_who_pays_after_the_integration_gave_up_is_detected() -> None:
    item = run_scenario([sys.executable, "-c", PAY_AND_LEAVE], GOES_WELL)

    assert (item.passed, item.truth) == (False, "paid")
    assert "calls: POST /smartterminals/…/request-payment -> 200" in str(item.view()["why"])


def test_the_environment_is_as_documented() -> None:
    program = (
        "import os, sys\n"
        "known = {'PJ_LOGIN': 'simulator', 'PJ_PASSWORD': 'simulator', 'PJ_AMOUNT': '12.50',\n"
        "         'PJ_APP_KEY': '00000000-0000-4000-8000-000000000000', 'PJ_SCENARIO': 'webhook-lost',\n"
        "         'PJ_SALE': 'bench-webhook-lost'}\n"
        "right = all(os.environ[k] == v for k, v in known.items()) and os.listdir(os.environ['PJ_STATE']) == []\n"
        "sys.exit(3 if right and os.environ['PJ_BASE_URL'].startswith('http://127.0.0.1:') else 1)"
    )

    assert run_scenario([*BARE, "-c", program], GOES_WELL).said == "not paid"


def test_a_second_run_finds_the_files_of_the_first() -> None:
    """Both are one sale: the same directory, where the first reported that it is not paid."""
    program = (
        "import os, sys\n"
        "mark = os.path.join(os.environ['PJ_STATE'], 'mark')\n"
        "sys.exit(9) if os.path.exists(mark) else open(mark, 'w').close()\n"
        "sys.exit(5)"
    )
    again = next(s for s in NAMED if s.name == "reset-elsewhere")
    items = [run_scenario([*BARE, "-c", program], s) for s in (again, GOES_WELL)]

    assert [(i.said, "(asked a second time)" in i.why) for i in items] == [("does not know", True), ("not paid", False)]


def test_a_run_that_does_not_end_is_killed_with_its_children(tmp_path: Path) -> None:
    program = (
        "import subprocess, sys\n"
        f"child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
        f"open({str(tmp_path / 'child')!r}, 'w').write(str(child.pid)); child.wait()"
    )
    item = run_scenario([*BARE, "-c", program], CONTROL, patience=2.0)

    assert (item.passed, item.said) == (False, "did not end")
    wait_for(lambda: is_gone(int((tmp_path / "child").read_text())), 20.0, "the child's end")


def is_gone(pid: int) -> bool:
    """Whether a process is gone; a zombie that was not collected yet counts as gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"
    except (FileNotFoundError, ProcessLookupError):
        return True


def test_its_output_is_kept_for_the_report(tmp_path: Path) -> None:
    program = "print('a\\x00\\x1b[31mb ' * 1000); import sys; sys.stderr.write('no key\\n\\nno luck'); sys.exit(1)"
    item = run_scenario([*BARE, "-c", program], CONTROL)
    write_junit([item], tmp_path / "junit.xml")
    case = XML.parse(tmp_path / "junit.xml").getroot()

    assert (item.said, item.last_words) == ("crashed", ["no key", "no luck"])
    assert 0 < len(item.stdout) <= 2000
    assert "\x1b" not in (case.findtext(".//system-out") or "")
    assert "no luck" in (case.findtext(".//system-err") or "")


@pytest.mark.parametrize(
    ("command", "hint"),
    [
        (["sh", "-c", "no-such-program"], "exit 127 is a shell's: the command was not found"),
        (["sh", "-c", "/dev/null"], "exit 126 is a shell's: the command cannot be run"),
        (["sh", "-c", "exit 1"], "the command crashed before its first call"),
        (["sh", "-c", "exit 3"], "the command made no call: send its requests to PJ_BASE_URL"),
    ],
)
def test_a_failure_says_what_to_change(command: list[str], hint: str) -> None:
    assert run_scenario(command, CONTROL).hint == hint


@pytest.mark.parametrize(
    ("calls", "hint"),
    [
        ("call('GET', '/terminals')",
         "401: send PJ_LOGIN and PJ_PASSWORD as Basic, and PJ_APP_KEY as X-PJ-Application-Key"),
        ("[call('GET', '/terminals') for _ in range(3)]",
         "429: wait 0.1 s between calls, and 0.5 s between polls of one request"),
    ],
)  # fmt: skip
def test_rejected_calls_are_explained(calls: str, hint: str) -> None:
    wrong = "os.environ['PJ_PASSWORD'] = 'x'" if hint.startswith("401") else ""
    path = str(Path(NAIVE[-1]).parent)
    program = f"import os, sys; sys.path.insert(0, {path!r})\n{wrong}\nfrom naive import call; {calls}"

    assert run_scenario([*BARE, "-c", program], CONTROL).hint == hint


def test_a_program_that_polls_every_two_seconds_sees_the_decline_before_the_second_card() -> None:
    """Otherwise a program that misses the second card could pass if it or the machine is slow."""
    scenario = next(s for s in NAMED if s.name == "declined-then-approved")

    assert scenario.rules[0].conduct.second_acts / speed_of(scenario) >= 3.0


def test_if_the_control_fails_the_others_are_listed_as_skipped(tmp_path: Path) -> None:
    items = run_bench(saying(9), only=["busy", "declined"])
    write_junit(items, tmp_path / "junit.xml")
    suite = XML.parse(tmp_path / "junit.xml").getroot()
    skipped = [case.get("name") for case in suite if case.find("skipped") is not None]

    assert [(i.scenario, i.passed, i.skipped) for i in items] == [
        ("approved", False, False), ("declined", False, True), ("busy", False, True),
    ]  # fmt: skip
    assert ([suite.get(name) for name in ("tests", "failures", "skipped")], skipped) == (
        ["3", "1", "2"], ["declined", "busy"],
    )  # fmt: skip
    assert table(items)[-1] == "INCONCLUSIVE: the control failed; no other scenario was run"


def test_invalid_arguments_are_rejected(tmp_path: Path) -> None:
    with pytest.raises(UsageFault, match="names no scenario"):
        run_bench(["true"], only=[])
    with pytest.raises(UsageFault, match="unknown scenario 'nix'"):
        run_bench(NAIVE, only=["nix"])
    with pytest.raises(UsageFault, match="cannot be started"):
        run_bench([str(tmp_path / "nothing")], only=["approved"])
    with pytest.raises(UsageFault, match="--junit"):
        write_junit([], tmp_path / "no" / "such.xml")
    check_junit(tmp_path / "new.xml")
    assert not (tmp_path / "new.xml").exists()


def test_the_control_runs_first_and_each_scenario_is_announced_and_reported() -> None:
    seen: list[tuple[str, int, int, bool]] = []
    run_bench(NAIVE, only=["busy"], progress=lambda p: seen.append((p.scenario, p.number, p.of, p.item is None)))

    assert seen == [("approved", 1, 2, True), ("approved", 1, 2, False), ("busy", 2, 2, True), ("busy", 2, 2, False)]


# -- on the command line --------------------------------------------------------------------------

VERIFY = ["simulator", "verify"]


def verify(tmp_path: Path, *args: str) -> subprocess.CompletedProcess[str]:
    return warm.run([*VERIFY, *args], env=environment(tmp_path), cwd=tmp_path)


def test_in_a_pipe_each_scenario_is_a_row_and_the_rest_is_on_stderr(tmp_path: Path) -> None:
    done = verify(tmp_path, "--only", "declined,busy", "--", *NAIVE)
    rows = [line.split("\t") for line in done.stdout.splitlines()]

    assert done.returncode == 13
    assert [(row[:5], len(row)) for row in rows] == [
        (["approved", "passed", "paid", "paid", "1"], 7), (["declined", "FAILED", "paid", "not paid", "0"], 7),
        (["busy", "passed", "not paid", "not paid", "0"], 7),
    ]  # fmt: skip
    assert "[2/3] declined: FAILED: says paid, and no money moved" in done.stderr
    assert "  hint: COMPLETE with a transactionId is not paid" in done.stderr


def test_a_command_that_never_ran_passes_nothing(tmp_path: Path) -> None:
    done = verify(tmp_path, "--only", "declined", "--json", "--", "sh", "-c", "echo lost >&2; exit 3")
    item, declined = json.loads(done.stdout)["items"]

    assert done.returncode == 13
    assert (item["scenario"], item["passed"], item["stderr"]) == ("approved", False, ["lost"])
    assert (declined["scenario"], declined["skipped"], declined["said"]) == ("declined", True, "not run")
    assert "INCONCLUSIVE" in done.stderr


def test_in_ndjson_each_scenario_is_reported_when_it_ends(tmp_path: Path) -> None:
    """The second run can already see the first one's line on disk."""
    line = f"test $PJ_SCENARIO = approved || grep -q '\"approved\"' {tmp_path}/out || exit 1; exec {' '.join(NAIVE)}"
    command = [*VERIFY, "--only", "approved,busy", "-o", "ndjson", "--", "sh", "-c", line]
    with (tmp_path / "out").open("wb") as out:
        done = warm.start(command, env=environment(tmp_path), stdout=out, stderr=subprocess.DEVNULL).wait(60)
    items = [json.loads(line) for line in (tmp_path / "out").read_text().splitlines()]

    assert done == 0
    assert [(i["scenario"], i["said"]) for i in items] == [("approved", "paid"), ("busy", "not paid")]


def test_an_unwritable_report_is_rejected_before_the_run(tmp_path: Path) -> None:
    done = verify(tmp_path, "--only", "approved", "--junit", "no/such.xml", "--", "touch", "ran")

    assert (done.returncode, "--junit" in done.stderr) == (2, True)
    assert not (tmp_path / "ran").exists()


@on_a_full_disk
@pytest.mark.parametrize(
    "args", [["simulator", "verify", "--only", "busy", "--json", "--", "true"], ["completions", "show", "bash"]]
)
def test_a_report_that_does_not_fit_on_the_disk_is_an_error(tmp_path: Path, args: list[str]) -> None:
    said = tmp_path / "said"
    with FULL.open("w") as full, said.open("w") as err:
        code = warm.start(args, env=environment(tmp_path), stdout=full, stderr=err).wait(60)

    assert (code, "No space left" in said.read_text()) == (12, True)


@pytest.mark.parametrize(("name", "code"), [("SIGTERM", 143), ("SIGHUP", 129)])
def test_a_signal_ends_the_tested_command_too_and_leaves_nothing_behind(tmp_path: Path, name: str, code: int) -> None:
    ran, place = tmp_path / "ran", tmp_path / "place"
    place.mkdir()
    line = f"echo $$ > {ran}.new && mv {ran}.new {ran}; exec sleep 60"
    running = warm.start(
        [*VERIFY, "--only", "approved", "--", "sh", "-c", line],
        env=environment(tmp_path) | {"TMPDIR": str(place)}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    wait_for(ran.exists, 20.0, "the command")
    running.send_signal(signal.Signals[name])

    assert running.wait(60) == code
    assert list(place.iterdir()) == []
    wait_for(lambda: is_gone(int(ran.read_text())), 20.0, "the command's end")
