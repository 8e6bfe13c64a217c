"""Commands report no more than they did, and every unknown has a way out."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from pjterm import __version__
from tests import printed
from tests.world import faults
from tests.world.faults import Fault
from tests.world.machine import Process
from tests.world.reader import RedX, Stays, Tap, customer
from tests.world.till import Run, Till, World

LINE = ("charge", "12.34", "-t", "T1", "-k", "K1")
SLOW = customer(Tap(after=60.0))


def item(till: Till, key: str) -> dict[str, Any]:
    """An entry as the journal has it."""
    found: dict[str, Any] = till.run("requests", "show", key, "--json").json["item"]
    return found


def unknown(world: World, till: Till, key: str = "K1", *more: str) -> Run:
    """A charge whose answer is lost and which no search finds yet."""
    world.faults.add(faults.lost_answer(faults.Cut()), "request-payment")
    searching = world.faults.add(faults.lost_request(faults.page(502)), "search", skip=1, times=1e9)
    run = till.run("charge", "12.34", "-t", "T1", "-k", key, "--timeout", "10", *more)
    searching.until = world.time.now
    return run


def _is_armed(process: Process) -> bool:
    """Whether a signal no longer ends the process immediately: the entry is written."""
    signals = getattr(process.on_signal, "__self__", None)
    return signals is not None and signals._phase.name != "NOTHING_SENT"


def freeze_before_the_post(process: Process, seconds: float) -> None:
    """SIGSTOP once it handles its signals, with the entry written and nothing sent."""
    step = process.step
    frozen: list[str] = []

    def stepped(name: str) -> None:
        step(name)
        if name == "committed" and _is_armed(process) and not frozen:
            frozen.append(name)
            process.freeze(seconds)
            process.wait(0.001)

    process.step = stepped  # type: ignore[method-assign]


# -- no more than they did ------------------------------------------------------------------------------


def test_not_charged_is_refused_while_the_reader_runs_the_request(world: World, till: Till) -> None:
    world.t1.next(SLOW)
    first = till.run(*LINE, "--timeout", "2")

    assert (first.code, till.run("resume", "K1", "--not-charged", "-y").code) == (8, 10)


@pytest.mark.parametrize("statement", [("--not-charged", "-y"), ("--transaction", "10001")])
def test_an_operator_s_statement_is_refused_while_the_sender_lives(
    world: World, till: Till, statement: tuple[str, ...]
) -> None:
    """Stopped between its journal entry and its POST, it sends when it continues."""
    first = till.start(*LINE, "--timeout", "200")
    freeze_before_the_post(first.process, 60.0)
    world.wait(10.0)
    refused = till.run("resume", "K1", *statement, "--json")

    assert (refused.code, refused.error_code, first.end().code) == (10, "owner-lives", 0)


def test_cancel_ends_a_running_request_although_the_operator_has_resolved_it(world: World, till: Till) -> None:
    """The statement was accepted while PayJunction was unreachable; the reader still takes the card."""
    world.t1.next(SLOW)
    till.run(*LINE, "--timeout", "2")
    world.network(till).up = False
    till.run("resume", "K1", "--not-charged", "-y")
    world.network(till).up = True
    cancelled = till.run("cancel", "-t", "T1")

    assert (cancelled.code, world.t1.running, world.paid()) == (0, None, [])


def test_cancel_claims_no_cancellation_if_nothing_was_asked(world: World, till: Till) -> None:
    world.t1.next(SLOW)
    till.run(*LINE, "--timeout", "2")
    world.network(till).up = False
    cancelled = till.run("cancel", "-t", "T1", "--timeout", "5")

    assert (cancelled.code, "not cancelled" in cancelled.err.casefold(), world.t1.running is None) == (9, True, False)


@pytest.mark.parametrize("down", ["no way there", "no answer"])
@pytest.mark.parametrize("line", [("-t", "T1"), ("K1",), ("-t", "T1", "--any", "--yes")], ids=" ".join)
def test_cancel_ends_in_its_own_time_without_any_answer(
    world: World, till: Till, line: tuple[str, ...], down: str
) -> None:
    world.t1.next(customer(Stays()))
    till.run(*LINE, "--no-wait")
    world.faults.add(faults.no_connection() if down == "no way there" else faults.lost_request(), times=1e9)
    cancelled = till.run("cancel", *line, "--timeout", "5")

    assert (cancelled.code in (9, 12), cancelled.seconds < 16.0, world.t1.running is None) == (True, True, False)


@pytest.mark.parametrize(
    ("line", "code", "most"),
    [(("cancel", "K1", "--timeout", "8"), 9, 12.0),
     ((*LINE, "--timeout", "5", "--cancel-on-timeout"), 8, 45.0)],
    ids=["cancel", "the timeout"],
)  # fmt: skip
@pytest.mark.parametrize("why", [faults.says(403, "No."), faults.no_connection()], ids=["refused", "no connection"])
def test_a_cancel_ends_in_time_although_the_reader_cannot_be_reset(
    world: World, till: Till, line: tuple[str, ...], code: int, most: float, why: Fault
) -> None:
    world.t1.next(customer(Stays()))
    if line[0] == "cancel":
        till.run(*LINE, "--no-wait")
    world.faults.add(why, "main", times=1e9)
    run = till.run(*line)

    assert (run.code, run.seconds < most, "could not be reset" in run.err) == (code, True, True), run


def test_a_cancel_that_reached_the_reader_is_proven_although_little_time_was_given(world: World, till: Till) -> None:
    world.t1.next(customer(Stays()))
    till.run(*LINE, "--no-wait")
    world.wait(1.0)
    cancelled = till.run("cancel", "K1", "--timeout", "2")

    assert (cancelled.code, world.t1.running) == (0, None)


def test_a_reset_with_a_lost_answer_does_not_claim_that_the_reader_is_idle(world: World, till: Till) -> None:
    world.faults.add(faults.lost_request(), "main", times=1e9)
    cancelled = till.run("cancel", "-t", "T1", "--any", "--yes", "--timeout", "5")

    assert (cancelled.code, "idle" in cancelled.err, "pjterm cancel -t T1 --any" in cancelled.err) == (9, False, True)


def test_a_reset_of_any_request_does_not_claim_that_no_money_moved(world: World, till: Till) -> None:
    """Another till's card is in and is charged anyway."""
    world.t1.next(customer(Tap(bank=1.5, booked=2.0, shown=None)))
    paying = world.till("other").start(*LINE)
    world.wait(3.0)
    reset = till.run("cancel", "-t", "T1", "--any", "--yes")
    paying.end()
    world.wait(10.0)

    assert (reset.code, len(world.paid()), "No money moved" in reset.err) == (0, 1, False)
    assert reset.err.count("already in may still be charged") == 1


@pytest.mark.parametrize("prefix", ["", "key:", "req:"])
def test_cancel_accepts_any_id_of_a_running_request(world: World, till: Till, prefix: str) -> None:
    world.t1.next(SLOW)
    till.run(*LINE, "--timeout", "2")
    target = item(till, "K1")["requestId"] if prefix == "req:" else "K1"
    cancelled = till.run("cancel", f"{prefix}{target}")

    assert (cancelled.code, world.t1.running, item(till, "K1")["outcome"]) == (0, None, "cancelled")


def test_cancel_of_a_paid_sale_suggests_its_void(world: World, till: Till) -> None:
    till.run(*LINE)
    id_ = str(world.sale().id)
    runs = [till.run("cancel", target) for target in ("K1", id_, item(till, "K1")["requestId"])]

    assert [(run.code, "to take it back: pjterm void K1" in run.err) for run in runs] == [(10, True)] * 3


def test_cancel_after_a_lost_answer_suggests_how_to_find_out(world: World, till: Till) -> None:
    unknown(world, till)
    run = till.run("cancel", "K1")

    bare = till.run("cancel", "-t", "T1")

    assert (run.code, "pjterm resume K1 --clear-terminal" in run.err, "nothing was cancelled" in run.err) == (
        9, True, True,
    )  # fmt: skip
    assert (bare.code, bare.err) == (9, run.err)


@pytest.mark.parametrize(
    ("back", "following"), [((), "see: pjterm why K1"), (("3",), "pjterm refund --transaction 10001")]
)
def test_cancel_of_a_refunded_sale_suggests_no_void_that_would_be_refused(
    till: Till, back: tuple[str, ...], following: str
) -> None:
    till.run(*LINE)
    till.run("refund", *back, "--transaction", "K1", "--yes")
    run = till.run("cancel", "K1")

    assert (run.code, run.err.rstrip().endswith(following), "void" in run.err) == (10, True, False)


@pytest.mark.parametrize("is_booked", [True, False])
def test_cancel_of_an_untracked_number_calls_nothing_booked(world: World, till: Till, is_booked: bool) -> None:
    id_ = world.service.others_charge("5.00").id if is_booked else 99999
    run = till.run("cancel", str(id_), "--json")

    assert (run.code, run.error_code, "booked" in run.err + run.out) == (10, "nothing-to-cancel", False)
    assert run.json["error"]["hint"].endswith(f"pjterm transactions show {id_}")


@pytest.mark.parametrize("more", [("--any",), ("--request", "r1")])
def test_cancel_accepts_only_one_argument_for_its_target(till: Till, more: tuple[str, ...]) -> None:
    assert till.run("cancel", "K1", *more).code == 2


def test_cancel_finds_a_reader_by_its_recorded_name_although_nothing_answers(world: World, till: Till) -> None:
    world.t1.next(SLOW)
    till.run(*LINE, "--timeout", "2")
    world.faults.add(faults.lost_request(faults.page(502)), "devices", times=1e9)
    cancelled = till.run("cancel", "-t", "t1", "--timeout", "5")

    assert (cancelled.code, world.t1.running, world.paid()) == (0, None, [])


def test_not_charged_finds_an_approval_shown_by_one_search(world: World, till: Till) -> None:
    unknown(world, till)

    assert till.run("resume", "K1", "--not-charged", "-y").code == 0


def test_not_charged_is_checked_by_the_login_that_replaced_the_sender(world: World, till: Till) -> None:
    unknown(world, till)
    till.configure(login="shop-2")

    assert till.run("resume", "K1", "--not-charged", "-y").code == 0


def test_resume_of_all_mentions_another_login_s_entry(world: World, till: Till) -> None:
    world.t1.next(SLOW)
    till.run(*LINE, "--timeout", "2")
    till.configure(more='[profiles.other]\nenvironment = "labs"\nlogin = "other"\n')
    resumed = till.run("-p", "other", "resume", "-q", "--json")

    assert (resumed.code in (8, 9), [i["key"] for i in resumed.json["items"]]) == (True, ["K1"])


def test_two_interrupts_of_resume_leave_unknown_as_unknown(world: World, till: Till) -> None:
    world.faults.add(faults.lost_request(faults.Cut()), "request-payment")
    till.run(*LINE, "--timeout", "5")
    resumed = till.start("resume", "K1")
    world.wait(2.0)
    resumed.interrupt()
    world.wait(0.3)
    resumed.interrupt()

    assert (resumed.end().code, item(till, "K1")["outcome"]) == (130, "unknown")


@pytest.mark.parametrize("kind", ["charge", "resume"])
def test_an_interrupt_before_anything_was_sent_ends_quietly(world: World, till: Till, kind: str) -> None:
    run = till.start(*(LINE if kind == "charge" else ("resume",)))
    run.interrupt()
    ended = run.end()

    assert (ended.code in (0, 130), "Traceback" in ended.err, world.taken) == (True, False, 0)


def test_an_approval_that_wins_the_race_against_an_interrupt_is_paid(world: World, till: Till) -> None:
    first = till.start(*LINE)
    world.wait(2.4)
    first.interrupt()

    assert first.end().code == 0


# -- every unknown has a way out ------------------------------------------------------------------------


def partial(world: World, till: Till) -> int:
    """Approved for 7.00 of 12.34."""
    world.t1.next(customer(Tap(base=700)))
    till.run(*LINE, "--timeout", "20")
    return world.sale().id


def test_an_approval_for_another_amount_is_unknown(world: World, till: Till) -> None:
    partial(world, till)

    assert (item(till, "K1")["outcome"], item(till, "K1")["exitCode"]) == ("unknown", 9)


@pytest.mark.parametrize("line", [LINE, ("resume", "K1", "--timeout", "10"), ("why", "K1")])
def test_a_partial_approval_is_reported_with_the_commands_to_type(
    world: World, till: Till, line: tuple[str, ...]
) -> None:
    id_ = partial(world, till)
    run = till.run(*line)
    reported = run.out + run.err

    assert f"The bank approved only $7.00 of $12.34: transaction {id_}." in reported
    assert f"pjterm resume K1 --transaction {id_} --yes\nor take it back: pjterm void {id_} --yes" in reported


def test_a_partial_approval_taken_as_it_is_is_no_difference_and_the_day_closes(world: World, till: Till) -> None:
    till.run("resume", "K1", "--transaction", str(partial(world, till)), "--yes")
    made = till.run("close", "--yes", "--json").json["item"]

    assert till.run("reconcile").code == 0
    assert (made["incomplete"], made["differences"]) == (False, [])


def test_a_partial_approval_that_changed_its_amount_later_is_a_difference(world: World, till: Till) -> None:
    till.run("resume", "K1", "--transaction", str(partial(world, till)), "--yes")
    world.sale().amounts["amountBase"] += 1
    run = till.run("reconcile")

    assert (run.code, "approved 7.01" in run.out) == (13, True)


@pytest.mark.parametrize(
    ("key", "says"),
    [(("-k", "K1"), "Only $7.00 of $12.34 is approved under this sale's number"),
     ((), "The bank approved only $7.00 of $12.34")],
    ids=["a key that another till may use", "a number of its own"],
)  # fmt: skip
def test_a_partial_approval_shown_only_by_a_search_is_reported_as_plainly(
    world: World, till: Till, key: tuple[str, ...], says: str
) -> None:
    world.t1.next(customer(Tap(base=700, shown=None)))
    run = till.run("charge", "12.34", "-t", "T1", "--timeout", "20", *key)
    id_ = world.sale().id

    assert f"{says}: transaction {id_}." in run.err
    assert f"--transaction {id_} --yes\nor take it back: pjterm void {id_} --yes" in run.err
    assert ("look whether it is this sale's" in run.err) is bool(key)


def test_resume_reads_a_contradiction_again(world: World, till: Till) -> None:
    partial(world, till)
    before = len(world.service.calls)
    till.run("resume", "K1", "--timeout", "10")

    assert "transaction" in [c.name for c in world.service.calls[before:]]


def test_the_operator_may_accept_an_approval_for_another_amount(world: World, till: Till) -> None:
    id_ = partial(world, till)
    taken = till.run("resume", "K1", "--transaction", str(id_), "--yes")

    assert (0, f"{id_}\n") == (taken.code, taken.out)


def test_accepting_an_approval_for_another_amount_requires_confirmation(world: World, till: Till) -> None:
    id_ = partial(world, till)

    assert till.run("resume", "K1", "--transaction", str(id_), answers="n\n").code == 10


def test_the_void_of_a_contradicting_transaction_resolves_the_sale(world: World, till: Till) -> None:
    id_ = partial(world, till)
    till.run("void", str(id_), "--yes")

    assert till.run("resume", "K1", "--timeout", "10").code == 3


def test_after_that_the_reader_accepts_the_next_sale(world: World, till: Till) -> None:
    id_ = partial(world, till)
    till.run("void", str(id_), "--yes")
    till.run("resume", "K1", "--timeout", "10")

    assert till.run("charge", "12.34", "-t", "T1", "-k", "K2").code == 0


def test_a_resume_that_finds_nothing_suggests_a_stronger_step(world: World, till: Till) -> None:
    world.faults.add(faults.lost_request(faults.Cut()), "request-payment")
    till.run(*LINE, "--timeout", "5")
    again = till.run("resume", "K1", "--timeout", "5")
    cleared = till.run("resume", "K1", "--clear-terminal", "--settle", "10")

    assert ("pjterm resume K1 --clear-terminal" in again.err, "pjterm resume K1 --not-charged" in again.err) == (
        True, True
    )  # fmt: skip
    assert ("--clear-terminal" in cleared.err, "pjterm resume K1 --not-charged" in cleared.err) == (False, True)


def test_each_of_two_unknowns_on_one_reader_can_be_overridden(world: World, till: Till) -> None:
    for key, more in (("K1", ()), ("K2", ("--over", "K1"))):
        world.faults.add(faults.lost_request(faults.Cut()), "request-payment")
        till.run("charge", "12.34", "-t", "T1", "-k", key, "--timeout", "5", *more)
    third = till.run("charge", "12.34", "-t", "T1", "-k", "K3", "--over", "K1", "--over", "K2")

    assert (third.code, world.taken) == (0, 1)


def test_an_unreached_reader_may_be_replaced_under_the_same_key(world: World, till: Till) -> None:
    world.t1.online = False
    first = till.run(*LINE)
    second = till.run("charge", "12.34", "-t", "T2", "-k", "K1")

    assert (first.code, second.code, len(world.paid())) == (7, 0, 1)


def test_a_reader_may_not_be_replaced_under_an_open_key(world: World, till: Till) -> None:
    world.t1.next(SLOW)
    till.run(*LINE, "--timeout", "2")
    second = till.run("charge", "12.34", "-t", "T2", "-k", "K1")

    assert (second.code, world.taken) == (10, 1)


def test_cancel_without_anything_to_cancel_names_the_same_reader(till: Till) -> None:
    assert "pjterm cancel -t T2 --any" in till.run("cancel", "-t", "T2").err


def test_cancel_suggests_no_void_of_a_sale_followed_by_another(world: World, till: Till) -> None:
    world.t1.next(customer(Tap(after=1.0), finishing=60.0))
    till.run(*LINE, "--until", "result")
    world.wait(120.0)
    till.run("charge", "5.00", "-t", "T1", "-k", "K2")

    assert "pjterm void" not in till.run("cancel", "-t", "T1").err


def test_cancel_any_waits_for_a_limit_used_up_by_another_till(world: World, till: Till) -> None:
    world.faults.add(faults.SLOW_DOWN, "main", times=2)

    assert till.run("cancel", "-t", "T1", "--any", "--yes").code == 0


# -- the rest -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("paging", ["loop", "endless"])
def test_an_endless_search_ends_at_the_deadline(world: World, till: Till, paging: str) -> None:
    for _ in range(120):
        world.service.others_charge("1.00")
    world.faults.add(faults.lost_request(faults.Cut()), "request-payment")
    world.books.showing.filters = False
    world.books.showing.paging = paging
    run = till.run("charge", "12.34", "-t", "T1", "--timeout", "3")

    assert (run.code, run.seconds < 10.0) == (9, True)


def test_a_process_stopped_with_the_rate_limit_s_lock_does_not_hang_the_others(world: World, till: Till) -> None:
    first = till.start("charge", "12.34", "-t", "T1", "-k", "K1")
    till.machine.stop_at_the_next_write(first.process, 10_000.0)
    world.wait(5.0)
    second = till.run("charge", "5.00", "-t", "T2", "-k", "K2", "--timeout", "20")

    assert (second.code, second.seconds < 40.0, "stopped" in second.err) == (12, True, True)


def test_a_kill_just_after_a_call_was_written_does_not_let_the_next_go_too_soon(world: World, till: Till) -> None:
    till.run("charge", "12.34", "-t", "T1", "-k", "K1", kill_at=step(world, "write", 3))
    till.run("status", next(iter(world.service.requests), "none"))
    written = [at for at, _, _ in till.machine.writes]

    assert min(b - a for a, b in itertools.pairwise(written)) >= 0.1


def test_a_slow_network_causes_no_early_poll(world: World, till: Till) -> None:
    """The first poll takes half a second to arrive, the second almost no time."""
    times = itertools.cycle([0.5, 0.03])
    world.network(till).there = lambda: next(times)
    world.t1.next(customer(Tap(after=20.0)))
    till.run(*LINE)

    polls = [c.at for c in world.service.calls if c.name == "poll"]

    assert min(b - a for a, b in itertools.pairwise(polls)) >= 0.5


def test_a_reader_that_ends_by_itself_is_cancelled(world: World, till: Till) -> None:
    world.t1.next(customer(Stays(after=45.0)))

    assert till.run(*LINE).code == 5


def test_a_charge_of_300_seconds_takes_300_virtual_ones(world: World, till: Till) -> None:
    world.t1.next(customer(Tap(after=1000.0)))
    run = till.run(*LINE)

    assert (run.code, 299.0 < run.seconds < 305.0) == (8, True)


def test_a_prompt_whose_answer_was_lost_blocks_no_sale(world: World, till: Till) -> None:
    world.faults.add(faults.lost_request(faults.Cut()), "request-prompt")
    till.run("prompt", "More?", "--timeout", "3")

    assert till.run(*LINE).code == 0


def test_two_processes_with_one_key_and_one_journal_charge_once(world: World, till: Till) -> None:
    first, second = till.start(*LINE), till.start(*LINE)

    assert ((first.end().code, second.end().code), world.taken) == ((0, 0), 1)


def test_a_script_in_a_loop_charges_once(world: World, till: Till) -> None:
    world.t1.next(customer(Tap(after=7.0)))
    codes = [till.run(*LINE, "--timeout", "2").code for _ in range(6)]

    assert (codes, world.taken) == ([8, 8, 8, 0, 0, 0], 1)


def test_an_order_of_two_sales_is_two_sales(world: World, till: Till) -> None:
    world.t1.next(customer(RedX()), customer(Tap()), customer(Tap()))
    codes = [till.run("charge", "5.00", "-k", key).code for key in ("a", "b", "c")]

    assert (codes, len(world.paid())) == ([5, 0, 0], 2)


def step(world: World, name: str, nth: int) -> int:
    """The number of the nth step with this name in a charge: found by a rehearsal in a separate world."""
    with World(Path(world.root, "rehearsal")) as other:
        steps = other.till().run("charge", "12.34", "-t", "T1", "-k", "K1").process.steps
    found = [n for n, each in enumerate(steps, 1) if each == name]
    return found[nth - 1]


@pytest.mark.parametrize(("line", "schema"), [(("requests", "list"), "summary"), (("resume",), "result")])
@pytest.mark.parametrize("form", ["json", "ndjson"])
def test_the_items_of_a_list_match_the_schema_that_it_names(
    world: World, till: Till, line: tuple[str, ...], schema: str, form: str
) -> None:
    unknown(world, till)
    said = till.run(*line, "-o", form).json
    one = said.get("items", [said])[0]

    assert (one["schema"], printed.fault_of(schema, one)) == (f"pjterm.{schema}/1", None)


@pytest.mark.parametrize(
    "line",
    [
        "transactions list",
        "transactions show 10001",
        "requests list",
        "requests show K1",
        "profiles list",
        "profiles show till",
        "explain",
        "explain 05",
        "explain 10",
        "help",
        "help keys",
        "completions show bash",
    ],
)
def test_output_is_valid_under_the_schema_that_it_names(till: Till, line: str) -> None:
    till.run(*LINE)
    said = till.run(*line.split(), "--json").json
    noun = said["schema"].removeprefix("pjterm.").removesuffix("/1")
    schema = till.run("schema", noun, "--json").json

    Draft202012Validator(schema).validate(said)
    assert noun == line.split()[0]


@pytest.mark.parametrize("line", ["--version --json", "charge --version -o ndjson", "--json --version"])
def test_the_version_is_an_object_if_json_is_requested(till: Till, line: str) -> None:
    assert till.run(*line.split()).json == {"schema": "pjterm.version/1", "item": {"version": __version__}}


@pytest.mark.parametrize("form", ["text", "ndjson"])
def test_two_formats_at_once_are_refused_before_anything_is_sent(world: World, till: Till, form: str) -> None:
    lines = (("--json", "-o", form), ("-o", form, "--json"), ("--json", "-o", "json"))
    runs = [till.run(*LINE, *line) for line in lines]

    assert ([run.code for run in runs], world.taken) == ([2, 2, 0], 1)
    assert "--json and --output" in runs[0].err


@pytest.mark.parametrize("option", ["-tT2", "-t=T2", "--terminal=T2"])
def test_a_value_may_be_joined_with_its_option(world: World, till: Till, option: str) -> None:
    till.run("charge", "5", option)

    assert [request.reader.name for request in world.service.requests.values()] == ["T2"]


@pytest.mark.parametrize("line", [("charge", "5"), ("follow",), ("cancel", "--request")])
def test_every_command_at_a_reader_describes_its_request_first_in_the_same_way(
    world: World, till: Till, line: tuple[str, ...]
) -> None:
    """In ndjson; `follow` and `cancel` handle another till's request, of which little is known."""
    if line[0] in ("follow", "cancel"):
        world.till("other").run("charge", "7", "-t", "T1", "--no-wait")
        line = (*line, next(iter(world.service.requests)))
    run = till.run(*line, "-o", "ndjson")
    first = json.loads(run.out.splitlines()[0])

    assert " ".join(sorted(first)) == "amount environment key kind profile requestId terminal type"


def test_a_key_is_not_looked_up_as_a_request_id(till: Till) -> None:
    till.run("charge", "5", "-t", "T1", "-k", "K1")
    run = till.run("cancel", "--request", "K1", "--json")

    assert (run.code, run.error_code, run.process.calls) == (2, "usage", []), run.err


def test_an_answered_prompt_that_was_to_be_cancelled_reports_no_unexpected_answer(till: Till) -> None:
    """Nothing was expected: only the exit code of `cancel` differs."""
    till.run("prompt", "Hi?", "-t", "T1", "-k", "P1")
    run = till.run("cancel", "P1")

    assert (run.code, "expected" in run.err, "another button" in run.err) == (10, False, False), run.err


@pytest.mark.parametrize(
    ("line", "variable", "named"),
    [
        (("charge", "5", "-t", "NOPE"), "T1", "--terminal"),
        (("charge", "5"), "NOPE", "PJTERM_TERMINAL"),
        (("cancel",), "NOPE", "PJTERM_TERMINAL"),
        (("terminals", "ping", "T1", "NOPE"), "T1", "NAME"),
    ],
)
def test_an_unknown_reader_is_refused_with_the_source_of_its_name(
    till: Till, line: tuple[str, ...], variable: str, named: str
) -> None:
    till.environ = {"PJTERM_TERMINAL": variable}
    run = till.run(*line, "--json")

    assert (run.code, run.json["terminal"]) == (2, {"name": "NOPE", "smartTerminalId": None, "terminalId": None})
    assert f"pjterm: {named}: no terminal is called 'NOPE'" in run.err


def test_a_profile_s_unknown_reader_is_refused_with_its_setting(till: Till) -> None:
    till.configure(terminal="NOPE")
    run = till.run("charge", "5")

    assert (run.code, "pjterm: [profiles.till] terminal: no terminal is called 'NOPE'" in run.err) == (2, True), run.err
