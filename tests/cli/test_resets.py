"""Whichever process resets a reader, even if it is killed: a payment whose card is in is never called cancelled."""

from __future__ import annotations

import signal
import sys

import pytest

from tests.cli.proxy import Loss, Proxy, first
from tests.cli.till import T2, Till, wait_for
from tests.cli.together import Stage, together

if sys.platform == "win32":
    pytest.skip("signals and processes of POSIX", allow_module_level=True)

HELD = "\n[[request]]\nnth = 1\nconnecting = 0.1\nacts = 60.0\n[[request]]\nconnecting = 0.1\nacts = 0.3\n"
CARD_IN = "\n[[request]]\nconnecting = 0.1\nacts = {acts}\ncard_in = {acts}\nmain_hides = true\n"


def started(till: Till) -> None:
    """Start a payment that runs at the reader and is followed by no command."""
    run = till.run("charge", "12.50", "-k", "order-1", "--no-wait", "--json")
    wait_for(lambda: till.run("status", run.json["requestId"]).code == 8, 10, "the reader")


@together
def test_a_kill_while_main_is_answered_leaves_a_record_of_the_reset(stage: Stage) -> None:
    """SIGKILL in the middle of POST /main while a card is in: `resume` waits for the result."""
    shop, till = stage.open(CARD_IN.format(acts=6.0), speed=1.0)
    with Proxy(shop.url, first("/main", Loss.STALL)) as proxy:
        till.write_profile(proxy.url)
        charge = till.start("charge", "12.50", "-k", "order-1", "--json")
        charge.until("Customer:")
        charge.signal(signal.SIGINT)
        wait_for(lambda: "main" in shop.posts, 20, "POST /main")
        charge.signal(signal.SIGKILL)
        charge.process.wait()
    till.write_profile(shop.url)
    resumed = till.run("resume", "order-1", "--json")

    assert (resumed.code, resumed.json["outcome"]) == (0, "approved"), resumed.err
    assert len(shop.charges()) == 1


@together
def test_a_follower_does_not_call_it_cancelled_too_soon_while_another_process_resets(stage: Stage) -> None:
    """The other process's POST /main took effect, and its answer is still on the way."""
    shop, till = stage.open(CARD_IN.format(acts=6.0), speed=1.0)
    with Proxy(shop.url, first("/main", Loss.STALL)) as proxy:
        charge = till.start("charge", "12.50", "-k", "order-1", "--json")
        charge.until("Customer:")
        till.write_profile(proxy.url)
        cancel = till.start("cancel", "-t", "T1", "--json")
        seen, reset = charge.end(), cancel.end()

    assert (seen.code, seen.json["outcome"]) == (0, "approved"), seen.err
    assert reset.json["outcome"] == "approved"


@together
def test_another_program_s_request_is_not_cancelled_while_ours_runs(stage: Stage) -> None:
    shop, till = stage.open(HELD, speed=1.0)
    other = Till(stage.root / "other", shop.url)
    started(till)
    others = other.run("prompt", "Bag?", "-t", T2, "--no-wait", "--json").json["requestId"]
    refused = till.run("cancel", "--request", others, "--json")

    assert (refused.code, refused.json["error"]["code"]) == (10, "terminal-taken")
    assert "main" not in shop.posts


@together
def test_a_busy_sale_stays_busy_when_a_guard_stops_its_next_try(stage: Stage) -> None:
    """It was sent and never ran: that is 6, not "refused, nothing was sent"."""
    shop, till = stage.open(HELD, speed=1.0)
    other = Till(stage.root / "other", shop.url)
    started(other)
    waits = till.start("charge", "21", "-t", "T1", "--wait-busy", "20", "--json")
    waits.until("trying again")
    till.run("charge", "21", "-t", "T2", "--force", "--no-wait")
    busy = waits.end()

    assert (busy.code, busy.json["outcome"]) == (6, "busy"), busy.err
    assert busy.json["requestId"] is not None


@together
def test_any_reports_the_true_outcome_of_our_request(stage: Stage) -> None:
    """The card is in: the reader is reset, and the payment is approved anyway."""
    shop, till = stage.open(CARD_IN.format(acts=5.0), speed=1.0)
    started(till)
    reset = till.run("cancel", "--any", "-t", "T1", "--yes", "--json")

    assert (reset.code, reset.json["outcome"]) == (10, "approved"), reset.err
    assert len(shop.charges()) == 1


@together
def test_any_is_0_if_our_request_is_proven_cancelled_or_none_was_running(stage: Stage) -> None:
    shop, till = stage.open(HELD, speed=1.0)
    other = Till(stage.root / "other", shop.url)
    started(till)
    own = till.run("cancel", "--any", "-t", "T1", "--yes", "--json")
    idle = other.run("cancel", "--any", "-t", "T1", "--yes", "--json")

    assert (own.code, own.json["outcome"]) == (0, "cancelled"), own.err
    assert own.seconds_from_reset_to_proof >= 8
    assert (idle.code, idle.json["outcome"]) == (0, "cancelled"), idle.err
    assert shop.charges() == []
