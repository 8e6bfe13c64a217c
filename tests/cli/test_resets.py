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
    """A payment that runs at the reader and is followed by no command."""
    run = till.run("charge", "12.50", "-k", "order-1", "--no-wait", "--json")
    wait_for(lambda: till.run("status", run.json["requestId"]).code == 8, 10, "the reader")


@together
def test_a_kill_while_main_is_answered_leaves_a_record_of_the_reset(stage: Stage) -> None:
    """SIGKILL in the middle of POST /main, the card in: `resume` waits for what the card does."""
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
def test_a_command_that_follows_while_another_resets_does_not_call_it_cancelled_too_soon(stage: Stage) -> None:
    """The other one's POST /main took effect, and its answer is still on the way."""
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
def test_a_request_of_others_is_not_cancelled_where_ours_runs(stage: Stage) -> None:
    shop, till = stage.open(HELD, speed=1.0)
    other = Till(stage.root / "other", shop.url)
    started(till)
    theirs = other.run("prompt", "Bag?", "-t", T2, "--no-wait", "--json").json["requestId"]
    refused = till.run("cancel", "--request", theirs, "--json")

    assert (refused.code, refused.json["error"]["code"]) == (10, "terminal-taken")
    assert "main" not in shop.posts


@together
def test_a_sale_that_was_busy_stays_busy_when_a_guard_stops_its_next_try(stage: Stage) -> None:
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
def test_any_reports_what_is_true_of_ours(stage: Stage) -> None:
    """The card is in: the reader is reset, and the payment approved all the same."""
    shop, till = stage.open(CARD_IN.format(acts=5.0), speed=1.0)
    started(till)
    reset = till.run("cancel", "--any", "-t", "T1", "--yes", "--json")

    assert (reset.code, reset.json["outcome"]) == (10, "approved"), reset.err
    assert len(shop.charges()) == 1


@together
def test_any_is_0_where_ours_is_proven_cancelled_and_where_nothing_of_ours_ran(stage: Stage) -> None:
    shop, till = stage.open(HELD, speed=1.0)
    other = Till(stage.root / "other", shop.url)
    started(till)
    ours = till.run("cancel", "--any", "-t", "T1", "--yes", "--json")
    nobodys = other.run("cancel", "--any", "-t", "T1", "--yes", "--json")

    assert (ours.code, ours.json["outcome"]) == (0, "cancelled"), ours.err
    assert ours.seconds_from_reset_to_proof >= 8
    assert (nobodys.code, nobodys.json["outcome"]) == (0, "cancelled"), nobodys.err
    assert shop.charges() == []
