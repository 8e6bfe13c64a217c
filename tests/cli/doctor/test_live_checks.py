"""`doctor` at a terminal: each check appears as soon as it is made, and each hint once."""

from __future__ import annotations

import io

import pytest

from pjterm.cli.context import Context
from pjterm.cli.doctor.check import BAD, NOTE, OK, Check
from pjterm.cli.doctor.live_checks import Live
from tests.terminal import Screen, Tty

GOOD = Check("config", OK, "all of it")
LATE = Check("relay", NOTE, "none", "pjterm relay serve")
LATER = Check("subscription", NOTE, "none of 0", "pjterm relay serve")
WORSE = Check("clock", BAD, "90 s fast against the API's", "set this machine's clock (NTP)")


@pytest.fixture
def context() -> Context:
    return Context(stdout=io.StringIO(), stderr=io.StringIO(), environ={"TERM": "dumb", "COLUMNS": "80"})


def shown(context: Context, *checks: Check) -> str:
    live = Live(context)
    for check in checks:
        live.begins(check.name)
        live.shows(check)
    live.sums_up(list(checks))
    out, err = context.stdout, context.stderr
    assert isinstance(out, io.StringIO)
    assert isinstance(err, io.StringIO)
    return out.getvalue() + err.getvalue()


def test_a_check_is_a_line_with_its_sign(context: Context) -> None:
    assert shown(context, GOOD) == "✓ config       all of it\nall is well\n"


def test_a_hint_is_shown_once_below_its_check(context: Context) -> None:
    assert shown(context, LATE, LATER) == (
        "! relay        none\n               next: pjterm relay serve\n! subscription none of 0\n2 notes\n"
    )


def test_the_results_are_counted(context: Context) -> None:
    assert shown(context, GOOD, LATE, WORSE).endswith("1 problem, 1 note\n")


def test_a_notice_while_a_check_is_made_is_a_row_of_its_own() -> None:
    """It stood behind `checking credentials`, broken inside a word, and stayed there."""
    tty, screen = Tty(), Screen(80, 24)
    context = Context(stdout=tty, stderr=tty, environ={"TERM": "xterm", "COLUMNS": "80", "NO_COLOR": "1"})
    context.one_screen, context.accessible = True, False
    says = "cannot connect to api.payjunctionlabs.com; trying again"

    live = Live(context)
    live.begins("api")
    context.notice(says)
    screen.feed(tty.getvalue())
    during, written = screen.window, len(tty.getvalue())
    live.shows(GOOD)
    screen.feed(tty.getvalue()[written:])

    assert during == f"{says}\n  checking api"
    assert screen.window == f"{says}\n✓ config       all of it"
