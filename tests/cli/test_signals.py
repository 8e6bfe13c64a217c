"""Ctrl-C, SIGTERM, SIGHUP, deadlines and cancels, with real processes and real time.

Proving a cancelled payment takes 8 s after our /main, so all plays run concurrently before the first claim is
checked. Each has its own shop and till.
"""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.cli.any_shop import Booked
from tests.cli.proxy import Loss, Proxy, first
from tests.cli.till import COMMAND, PATIENCE, Run, Shop, Started, Till, wait_for
from tests.warm import piped

if sys.platform == "win32":
    pytest.skip("signals and processes of POSIX", allow_module_level=True)

LONG = "[[request]]\nconnecting = 0.3\nacts = 60.0\n"
SLOW_TO_CONNECT = "[[request]]\nconnecting = 3.0\nacts = 60.0\n"
SLOW_TO_END = "[[request]]\nconnecting = 0.3\nacts = 2.0\ncompletes = 30.0\n"
CARD_IS_IN = "[[request]]\nconnecting = 0.3\nacts = 8.0\ncard_in = 8.0\n"
CARD_IS_IN_AND_HIDDEN = "[[request]]\nconnecting = 0.3\nacts = 5.0\ncard_in = 5.0\nmain_hides = true\n"
QUICK = "[[request]]\nconnecting = 0.1\nacts = 0.5\n"
CHARGE = ("charge", "12.50", "--key", "order-1", "--json")


@dataclass(slots=True)
class Played:
    """The result of a play."""

    runs: list[Run] = field(default_factory=list)
    posts: list[str] = field(default_factory=list)
    charges: list[Booked] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)

    @property
    def run(self) -> Run:
        return self.runs[0]

    @property
    def outcome(self) -> tuple[int, str]:
        """Exit code and outcome of the first command."""
        return self.run.code, self.run.json["outcome"]


@dataclass(slots=True)
class Stage:
    """The shop, the till and the directory of a play."""

    shop: Shop
    till: Till
    seen: Played

    def end(self, *started: Started | Run) -> None:
        """Keep the runs of these commands."""
        self.seen.runs += [s if isinstance(s, Run) else s.end() for s in started]


Play = Callable[[Stage], None]
PLAYS: dict[str, tuple[str, Play]] = {}


def play(scenario: str) -> Callable[[Play], Play]:
    """Register a play."""

    def add(f: Play) -> Play:
        PLAYS[f.__name__] = (scenario, f)
        return f

    return add


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[Play], Played]]:
    """Run all plays, sixteen at a time; returns the result of one."""
    root = tmp_path_factory.mktemp("signals")
    with ThreadPoolExecutor(16) as pool:
        running: dict[str, Future[Played]] = {
            name: pool.submit(_perform, root / name, scenario, f) for name, (scenario, f) in PLAYS.items()
        }
        yield lambda f: running[f.__name__].result()


def _perform(root: Path, scenario: str, f: Play) -> Played:
    root.mkdir()
    (root / "scenario.toml").write_text(scenario)
    with Shop(root / "shop", scenario=str(root / "scenario.toml"), speed=1.0) as shop:
        stage = Stage(shop, Till(root / "till", shop.url), Played())
        f(stage)
        stage.seen.posts, stage.seen.calls, stage.seen.charges = shop.posts, shop.calls, shop.charges()
    return stage.seen


# -- Ctrl-C ------------------------------------------------------------------------------------------------


@play(LONG)
def interrupted_in_progress(stage: Stage) -> None:
    charge = stage.till.start(*CHARGE)
    charge.until("Customer:")
    charge.signal(signal.SIGINT)
    stage.end(charge)


def test_ctrl_c_cancels_and_waits_for_the_proof(played: Callable[[Play], Played]) -> None:
    """8 s after our /main a poll confirms the end and both searches show nothing: cancelled, exit 130."""
    seen = played(interrupted_in_progress)
    says = [e["says"] for e in seen.run.json["evidence"]]
    reset = says.index("terminal reset: POST /main accepted")

    assert seen.outcome == (130, "cancelled")
    assert seen.posts == ["request-payment", "main"]
    assert seen.charges == []
    assert seen.run.seconds_from_reset_to_proof >= 8
    assert says[reset + 1 :] == [
        "COMPLETE", "COMPLETE", "by invoice number: nothing found", "by account and time: nothing found",
    ]  # fmt: skip
    assert "next: " in seen.run.err


@play(SLOW_TO_CONNECT)
def interrupted_while_connecting(stage: Stage) -> None:
    charge = stage.till.start(*CHARGE)
    charge.until("Connecting")
    charge.signal(signal.SIGINT)
    stage.end(charge)


def test_ctrl_c_while_connecting_waits_for_the_reader_before_main(played: Callable[[Play], Played]) -> None:
    """The reader may be busy with another till's payment, which /main would end."""
    seen = played(interrupted_while_connecting)
    says = [e["says"] for e in seen.run.json["evidence"]]

    assert seen.outcome == (130, "cancelled")
    assert says.index("IN_PROGRESS") < says.index("terminal reset: POST /main accepted")
    assert seen.charges == []


@play(SLOW_TO_END)
def interrupted_after_approval(stage: Stage) -> None:
    charge = stage.till.start(*CHARGE)
    charge.until("APPROVED")
    charge.signal(signal.SIGINT)
    stage.end(charge)


def test_ctrl_c_after_the_approval_is_0_and_nothing_is_cancelled(played: Callable[[Play], Played]) -> None:
    seen = played(interrupted_after_approval)

    assert seen.outcome == (0, "approved")
    assert seen.run.json["status"] == "IN_PROGRESS"
    assert seen.posts == ["request-payment"]
    assert len(seen.charges) == 1


@play(CARD_IS_IN)
def interrupted_with_the_card_in(stage: Stage) -> None:
    charge = stage.till.start(*CHARGE)
    charge.until("Customer:")
    charge.signal(signal.SIGINT)
    stage.end(charge)


def test_an_approval_that_wins_the_race_is_0(played: Callable[[Play], Played]) -> None:
    seen = played(interrupted_with_the_card_in)

    assert seen.outcome == (0, "approved")
    assert seen.posts == ["request-payment", "main"]
    assert len(seen.charges) == 1


@play(CARD_IS_IN_AND_HIDDEN)
def interrupted_with_the_card_in_and_hidden(stage: Stage) -> None:
    charge = stage.till.start(*CHARGE)
    charge.until("Customer:")
    charge.signal(signal.SIGINT)
    stage.end(charge)


def test_a_bare_complete_after_main_is_not_believed_for_8_seconds(played: Callable[[Play], Played]) -> None:
    """The request says COMPLETE at once, but the card that was in is charged seconds later."""
    seen = played(interrupted_with_the_card_in_and_hidden)

    assert seen.outcome == (0, "approved")
    assert len(seen.charges) == 1


@play(LONG)
def interrupted_twice(stage: Stage) -> None:
    charge = stage.till.start(*CHARGE)
    charge.until("Customer:")
    charge.signal(signal.SIGINT)
    charge.until("Cancelling")
    charge.signal(signal.SIGINT)
    stage.end(charge)


def test_a_second_ctrl_c_detaches_at_once(played: Callable[[Play], Played]) -> None:
    seen = played(interrupted_twice)

    assert seen.run.code == 130
    assert seen.run.json["outcome"] in ("open", "unknown")
    assert "next: " in seen.run.err
    assert "pjterm resume order-1" in seen.run.err


# -- in the middle of the POST --------------------------------------------------------------------------------


@play(QUICK)
def interrupted_in_the_post(stage: Stage) -> None:
    with Proxy(stage.shop.url, first("request-payment", Loss.STALL)) as proxy:
        stage.till.write_profile(proxy.url)
        charge = stage.till.start(*CHARGE)
        charge.until_true(lambda: stage.shop.posts != [], "the POST")
        charge.signal(signal.SIGINT)
        proxy.break_off()
        stage.end(charge)


def test_ctrl_c_during_the_post_waits_for_its_loss_and_searches(played: Callable[[Play], Played]) -> None:
    """Without a request id nothing can be compared, so /main is never sent."""
    seen = played(interrupted_in_the_post)

    assert seen.outcome == (0, "approved")
    assert seen.posts == ["request-payment"]
    assert len(seen.charges) == 1


@play(QUICK)
def terminated_in_the_post(stage: Stage) -> None:
    with Proxy(stage.shop.url, first("request-payment", Loss.STALL)) as proxy:
        stage.till.write_profile(proxy.url)
        charge = stage.till.start(*CHARGE)
        charge.until_true(lambda: stage.shop.posts != [], "the POST")
        charge.signal(signal.SIGTERM)
        stage.end(charge)
        stage.end(stage.till.run("resume", "order-1", "--json", "--timeout", "20"))


def test_sigterm_during_the_post_exits_soon_and_resume_finds_the_truth(played: Callable[[Play], Played]) -> None:
    seen = played(terminated_in_the_post)
    resumed = seen.runs[1]

    assert seen.outcome == (143, "open")
    assert seen.run.json["requestId"] is None
    assert "pjterm resume order-1" in seen.run.err
    assert (resumed.code, resumed.json["outcome"]) == (0, "approved")
    assert seen.posts == ["request-payment"]


@play(QUICK)
def interrupted_twice_in_the_post(stage: Stage) -> None:
    with Proxy(stage.shop.url, first("request-payment", Loss.STALL)) as proxy:
        stage.till.write_profile(proxy.url)
        charge = stage.till.start(*CHARGE)
        charge.until_true(lambda: stage.shop.posts != [], "the POST")
        charge.signal(signal.SIGINT)
        time.sleep(1.0)
        charge.signal(signal.SIGINT)
        stage.end(charge)


def test_two_ctrl_c_during_the_post_detach(played: Callable[[Play], Played]) -> None:
    seen = played(interrupted_twice_in_the_post)

    assert seen.outcome == (130, "open")
    assert "pjterm resume order-1" in seen.run.err
    assert seen.posts == ["request-payment"]


# -- SIGTERM and SIGHUP ----------------------------------------------------------------------------------------


@play(LONG)
def terminated(stage: Stage) -> None:
    charge = stage.till.start(*CHARGE)
    charge.until("Customer:")
    charge.signal(signal.SIGTERM)
    stage.end(charge)
    stage.end(stage.till.run("requests", "list", "--open", "--json"))


def test_sigterm_detaches_and_the_entry_stays_open(played: Callable[[Play], Played]) -> None:
    seen = played(terminated)

    assert seen.outcome == (143, "open")
    assert seen.run.json["requestId"] is not None
    assert "next: see how it ends: pjterm resume order-1" in seen.run.err
    assert seen.posts == ["request-payment"]
    assert [i["key"] for i in seen.runs[1].json["items"]] == ["order-1"]


@play(LONG)
def hung_up(stage: Stage) -> None:
    charge = stage.till.start(*CHARGE)
    charge.until("Customer:")
    charge.signal(signal.SIGHUP)
    stage.end(charge)


def test_sighup_detaches(played: Callable[[Play], Played]) -> None:
    assert played(hung_up).outcome == (129, "open")


@play(SLOW_TO_END)
def terminated_after_approval(stage: Stage) -> None:
    charge = stage.till.start(*CHARGE)
    charge.until("APPROVED")
    charge.signal(signal.SIGTERM)
    stage.end(charge)


def test_a_known_verdict_outranks_sigterm(played: Callable[[Play], Played]) -> None:
    seen = played(terminated_after_approval)

    assert seen.outcome == (0, "approved")
    assert seen.run.json["status"] == "IN_PROGRESS"


@play(QUICK)
def under_nohup(stage: Stage) -> None:
    charge = stage.till.start(*CHARGE, command=("nohup", COMMAND))
    charge.until("accepted")
    charge.signal(signal.SIGHUP)
    stage.end(charge)


def test_under_nohup_sighup_is_ignored(played: Callable[[Play], Played]) -> None:
    assert played(under_nohup).outcome == (0, "approved")


@play(QUICK)
def repeated_and_signalled(stage: Stage) -> None:
    """A signal just when the result becomes readable: the command still closes what it opened."""
    till = stage.till
    stage.end(till.run(*CHARGE))
    for signum in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP) * 3:
        err = till.root / f"{signum}.err"
        with err.open("w") as file:
            again = piped(CHARGE, stderr=file, env=till.environ(), cwd=till.root)
        assert again.stdout is not None
        with again.stdout as out:
            said = out.readline()
            with suppress(ProcessLookupError):  # it has just ended
                again.send_signal(signum)
            stage.end(Run(again.wait(PATIENCE), said + out.read(), err.read_text()))


def test_a_signal_after_a_repeat_s_result_leaves_one_object_and_its_code(played: Callable[[Play], Played]) -> None:
    runs = played(repeated_and_signalled).runs

    assert {(r.code, r.json["outcome"], "Traceback" in r.err) for r in runs} == {(0, "approved", False)}


# -- deadlines ---------------------------------------------------------------------------------------------------


@play(LONG)
def out_of_time(stage: Stage) -> None:
    stage.end(stage.till.run(*CHARGE, "--timeout", "4"))
    request_id = stage.seen.run.json["requestId"]
    stage.end(stage.till.run("status", request_id))
    polls = len(stage.shop.calls)
    follow = stage.till.start("follow", request_id, "--json")
    follow.until_true(lambda: len(stage.shop.calls) > polls, "a poll")
    stage.shop.tap()
    stage.end(follow, stage.till.run("status", request_id))


def test_a_timeout_is_8_and_follow_continues(played: Callable[[Play], Played]) -> None:
    seen = played(out_of_time)
    charge, status, follow, status_then = seen.runs

    assert seen.outcome == (8, "open")
    assert "next: see how it ends: pjterm resume order-1" in charge.err
    assert (status.code, status.out) == (8, "open\n")
    assert (follow.code, follow.json["outcome"], follow.json["key"]) == (0, "approved", "order-1")
    assert (status_then.code, status_then.out) == (0, "approved\n")
    assert seen.posts == ["request-payment"]


@play(LONG)
def out_of_time_and_cut_off(stage: Stage) -> None:
    with Proxy(stage.shop.url, first("nothing", None)) as proxy:
        stage.till.write_profile(proxy.url)
        charge = stage.till.start(*CHARGE, "--timeout", "6")
        charge.until("Customer:")
        proxy.close()
        stage.end(charge)


def test_a_timeout_without_an_answer_is_9(played: Callable[[Play], Played]) -> None:
    seen = played(out_of_time_and_cut_off)

    assert seen.outcome == (9, "unknown")
    assert "pjterm resume order-1" in seen.run.err


@play(LONG)
def cancelled_on_timeout(stage: Stage) -> None:
    stage.end(stage.till.run(*CHARGE, "--timeout", "4", "--cancel-on-timeout"))


def test_cancel_on_timeout_cancels_and_proves_it(played: Callable[[Play], Played]) -> None:
    seen = played(cancelled_on_timeout)

    assert seen.outcome == (5, "cancelled")
    assert seen.posts == ["request-payment", "main"]
    assert seen.charges == []
    assert seen.run.seconds_from_reset_to_proof >= 8


# -- a busy reader -----------------------------------------------------------------------------------------------


@play(LONG.replace("[[request]]", "[[request]]\nnth = 1") + QUICK)
def busy_then_idle(stage: Stage) -> None:
    other = Till(stage.till.root.parent / "other", stage.shop.url)
    stage.end(other.run("charge", "1", "--no-wait"))
    stage.end(stage.till.run(*CHARGE))
    waits = stage.till.start(*CHARGE, "--wait-busy", "60")
    waits.until_true(lambda: stage.shop.posts.count("request-payment") >= 4, "a second try")
    stage.shop.tap()
    stage.end(waits)


def test_wait_busy_tries_again_after_proving_that_nothing_ran(played: Callable[[Play], Played]) -> None:
    seen = played(busy_then_idle)
    _, busy, waited = seen.runs

    assert (busy.code, busy.json["outcome"]) == (6, "busy")
    assert (waited.code, waited.json["outcome"]) == (0, "approved"), waited.err
    assert seen.posts.count("request-payment") >= 5
    assert sorted(str(b.amount) for b in seen.charges) == ["1.00", "12.50"]


# -- --no-wait, and a second shell ---------------------------------------------------------------------------------


@play(QUICK)
def accepted_then_resumed(stage: Stage) -> None:
    stage.end(stage.till.run(*CHARGE, "--no-wait"), stage.till.run("resume", "order-1", "--json"))


def test_a_request_that_was_only_accepted_can_be_resumed(played: Callable[[Play], Played]) -> None:
    seen = played(accepted_then_resumed)

    assert seen.outcome == (0, "open")
    assert (seen.runs[1].code, seen.runs[1].json["outcome"]) == (0, "approved")
    assert seen.posts == ["request-payment"]


@play(LONG)
def accepted_then_cancelled(stage: Stage) -> None:
    stage.end(stage.till.run(*CHARGE, "--no-wait"), stage.till.run("cancel", "-t", "T1", "--json"))
    stage.end(stage.till.run("cancel", "-t", "T1", "--json"))


def test_cancel_from_another_shell_is_proven(played: Callable[[Play], Played]) -> None:
    seen = played(accepted_then_cancelled)
    _, cancel, again = seen.runs

    assert (cancel.code, cancel.json["outcome"], cancel.json["kind"]) == (0, "cancelled", "cancel")
    assert seen.posts == ["request-payment", "main"]
    assert seen.charges == []
    assert (again.code, again.json["outcome"]) == (10, "refused")


@play(SLOW_TO_END)
def cancel_too_late(stage: Stage) -> None:
    stage.end(stage.till.run(*CHARGE, "--no-wait"))
    wait_for(lambda: stage.shop.books(0.0) != [], PATIENCE, "the payment")
    stage.end(stage.till.run("cancel", "-t", "T1", "--json"))


def test_cancel_refuses_once_there_is_a_result(played: Callable[[Play], Played]) -> None:
    seen = played(cancel_too_late)
    cancel = seen.runs[1]

    assert (cancel.code, cancel.json["outcome"]) == (10, "approved")
    assert "void" in cancel.json["error"]["hint"]
    assert "pjterm void order-1" in cancel.err
    assert seen.posts == ["request-payment"]
    assert len(seen.charges) == 1


@play(LONG)
def two_shells(stage: Stage) -> None:
    charge = stage.till.start(*CHARGE)
    charge.until("Customer:")
    cancel = stage.till.start("cancel", "-t", "T1", "--json")
    stage.end(charge, cancel)


def test_both_of_two_shells_wait_out_the_8_seconds(played: Callable[[Play], Played]) -> None:
    """The charging one did not send /main itself, but reads of it in the journal."""
    seen = played(two_shells)
    charge, cancel = seen.runs

    assert (charge.code, charge.json["outcome"]) == (5, "cancelled")
    assert (cancel.code, cancel.json["outcome"]) == (0, "cancelled")
    assert charge.seconds_from_reset_to_proof >= 8
    assert seen.posts == ["request-payment", "main"]
    assert seen.charges == []


@play(CARD_IS_IN_AND_HIDDEN.replace("5.0", "7.0"))
def two_shells_and_a_card(stage: Stage) -> None:
    charge = stage.till.start(*CHARGE)
    charge.until("Customer:")
    cancel = stage.till.start("cancel", "-t", "T1", "--json")
    stage.end(charge, cancel)


def test_neither_of_two_shells_calls_a_late_approval_cancelled(played: Callable[[Play], Played]) -> None:
    seen = played(two_shells_and_a_card)
    charge, cancel = seen.runs

    assert (charge.code, charge.json["outcome"]) == (0, "approved"), charge.err
    assert (cancel.code, cancel.json["outcome"]) == (10, "approved"), cancel.err
    assert len(seen.charges) == 1


@play("[[request]]\nnth = 1\nconnecting = 0.1\nacts = 20.0\ncard_in = 20.0\nmain_hides = true\n" + QUICK)
def approved_after_all(stage: Stage) -> None:
    charge = stage.till.start("charge", "12.50", "--key", "order-1", "--json")
    charge.until("Customer:")
    charge.signal(signal.SIGINT)
    stage.end(charge)
    wait_for(lambda: stage.shop.books(0.0) != [], 30, "the late payment")
    stage.end(stage.till.run("charge", "3", "--key", "order-2", "-q"), stage.till.run("why", "order-1", "--json"))


def test_a_late_approval_is_reported_by_the_next_command_even_if_quiet(played: Callable[[Play], Played]) -> None:
    """For 15 minutes after our /main the next command on that terminal polls again, and -q does not hide the result."""
    seen = played(approved_after_all)
    first_run, next_run, why = seen.runs

    assert first_run.code == 130
    assert "ATTENTION" in next_run.err
    assert "order-1" in next_run.err
    assert why.json["item"]["outcome"] == "approved"
    assert len(seen.charges) == 2


# -- readers of the output ------------------------------------------------------------------------------------------


@play(QUICK)
def closed_stdout(stage: Stage) -> None:
    till = stage.till
    shell = f"{{ {COMMAND} charge 12.50 --key order-1; echo $? >&2; }} 2>codes | true"
    subprocess.run(["bash", "-c", shell], env=till.environ(), cwd=till.root, check=False, timeout=60)
    stage.end(Run(int((till.root / "codes").read_text().split()[-1]), "", ""))
    closed = f"{COMMAND} charge 13.50 --key order-2 >&- 2>&-; echo $? > closed"
    subprocess.run(["bash", "-c", closed], env=till.environ(), cwd=till.root, check=False, timeout=60)
    stage.end(Run(int((till.root / "closed").read_text()), "", ""))
    stage.end(till.run("charge", "12.50"), till.run("charge", "12.50", "--key", "order-1"))


def test_a_closed_stdout_keeps_the_verdict_and_its_code(played: Callable[[Play], Played]) -> None:
    """A result that could not be read was not shown, so a near-duplicate charge is stopped until it is."""
    seen = played(closed_stdout)
    piped, closed, same, shown = seen.runs

    assert (piped.code, closed.code) == (0, 0)
    assert same.code == 10, same.err
    assert (shown.code, shown.out) == (0, "10001\n")
    assert sorted(str(b.amount) for b in seen.charges) == ["12.50", "13.50"]


@play(LONG)
def following_another_program(stage: Stage) -> None:
    other = Till(stage.till.root.parent / "other", stage.shop.url)
    request_id = other.run("charge", "1", "--no-wait", "--json").json["requestId"]
    follow = stage.till.start("follow", request_id, "--json")
    follow.until("Customer:")
    follow.signal(signal.SIGINT)
    stage.end(follow)


def test_ctrl_c_never_cancels_an_untracked_request(played: Callable[[Play], Played]) -> None:
    seen = played(following_another_program)

    assert seen.outcome == (130, "open")
    assert seen.posts == ["request-payment"]


@play(LONG)
def only_watching(stage: Stage) -> None:
    charge = stage.till.start(*CHARGE, "-v")
    charge.until("Customer:")
    request_id = _request_id(charge)
    follow = stage.till.start("follow", request_id, "--json")
    follow.until("payment of $12.50")
    follow.signal(signal.SIGTERM)
    stage.end(follow)
    charge.signal(signal.SIGTERM)
    stage.end(charge)


def _request_id(charge: Started) -> str:
    said = next(line for line in charge.err.read_text().splitlines() if "accepted as" in line)
    return said.rsplit(" ", 1)[-1]


def test_exiting_follow_only_stops_watching(played: Callable[[Play], Played]) -> None:
    seen = played(only_watching)
    follow, charge = seen.runs

    assert (follow.code, follow.json["outcome"]) == (143, "open")
    assert (charge.code, charge.json["outcome"]) == (143, "open")
    assert seen.posts == ["request-payment"]
