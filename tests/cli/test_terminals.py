"""The commands at a real terminal, wide and narrow, poor and rich, read back from a screen in memory."""

from __future__ import annotations

import json
import re
from typing import Any

import pexpect  # type: ignore[import-untyped]
import pytest

from tests.cli.till import Shop, Till
from tests.cli.together import Stage, together
from tests.terminal import Screen

pytestmark = pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")  # pexpect forks; 3.12 warns


def shown(till: Till, *args: str, width: int = 80, **env: str) -> tuple[int, str]:
    """Run it in a terminal of this width; its exit code and everything it wrote."""
    child: Any = till.spawn(*args, width=width, **env)
    child.expect(pexpect.EOF)
    child.close()
    return child.exitstatus, child.before


def screen(text: str, width: int) -> Screen:
    """The visible screen. A sequence that the screen does not know fails the test."""
    seen = Screen(width, 24)
    seen.feed(text)
    return seen


COMMANDS = {
    "charge": (["charge", "12.50"], 0, "APPROVED"),
    "declined": (["charge", "0.05"], 3, "DECLINED"),
    "sign": (["sign", "I agree."], 0, "SIGNED"),
    "prompt": (["prompt", "Continue?"], 0, "ANSWERED"),
    "input": (["input"], 0, "ENTERED"),
    "read": (["read"], 0, "READ"),
}


@together
def test_every_command_shows_its_verdict_at_80_columns(stage: Stage) -> None:
    _, till = stage.open()
    for args, code, word in COMMANDS.values():
        exit_code, text = shown(till, *args)
        seen = screen(text, 80)

        assert exit_code == code, text
        assert word in seen.everything
        assert "labs" in seen.everything.lower()
        assert seen.widest <= 80


@together
def test_every_command_shows_its_verdict_at_40_columns(stage: Stage) -> None:
    _, till = stage.open()
    for args, code, word in COMMANDS.values():
        exit_code, text = shown(till, *args, width=40)
        seen = screen(text, 40)

        assert exit_code == code, text
        assert word in seen.everything.replace(" ", "") or word in seen.everything
        assert seen.widest <= 40


@together
def test_the_live_view_shows_each_step_and_what_the_customer_should_do(stage: Stage) -> None:
    _, till = stage.open("[[request]]\nconnecting = 1.0\nacts = 2.5\ncompletes = 1.5\n", speed=1.0)
    child = till.spawn("charge", "12.50", "--key", "order-1")
    for word in ("Connecting to the reader", "Customer: tap", "APPROVED", "finishing", "receipt:"):
        child.expect_exact(word)
    child.expect(pexpect.EOF)
    child.close()

    assert child.exitstatus == 0


@together
def test_a_dumb_terminal_gets_no_escape_and_the_verdict_once(stage: Stage) -> None:
    _, till = stage.open()
    code, text = shown(till, "charge", "12.50", TERM="dumb")
    verdicts = [line for line in text.splitlines() if line.startswith("APPROVED: ")]

    assert code == 0
    assert "\x1b" not in text
    assert len(verdicts) == 1  # on the same screen, stdout does not repeat stderr


@together
def test_no_color_means_no_color(stage: Stage) -> None:
    _, till = stage.open()
    code, text = shown(till, "charge", "12.50", NO_COLOR="1")
    colors = [c for c in re.findall(r"\x1b\[([0-9;]*)m", text) if re.search(r"(^|;)(3[0-8]|4[0-8]|9[0-7]|10[0-7])", c)]

    assert code == 0
    assert colors == []
    assert "APPROVED" in screen(text, 80).everything


@together
def test_poor_encodings_break_nothing(stage: Stage) -> None:
    """A console with code page 1252, and one with plain ASCII, at a terminal and in a pipe."""
    _, till = stage.open()
    for n, encoding in enumerate(("cp1252", "ascii", "ascii:strict")):
        code, text = shown(till, "charge", f"1{n}.50", PYTHONIOENCODING=encoding)
        piped = till.run("prompt", "Zürich – 10 €?", "--json", PYTHONIOENCODING=encoding)
        code_page = till.run("prompt", "\u0416\u0416?", "-b", "\u0416", "--force", PYTHONIOENCODING=encoding)

        assert (code, piped.code, code_page.code) == (0, 0, 0), text + piped.err + code_page.err
        assert "APPROVED" in text
        assert "Traceback" not in text + piped.err + code_page.err


@together
def test_a_latin_locale_breaks_nothing(stage: Stage) -> None:
    _, till = stage.open()
    code, text = shown(till, "charge", "12.50", LANG="C", LC_ALL="C", PYTHONUTF8="0", PYTHONCOERCECLOCALE="0")

    assert code == 0
    assert "APPROVED" in text


@together
def test_hostile_text_is_shown_harmlessly(stage: Stage) -> None:
    """A reader reports a button that was never offered, and an unknown status with an escape sequence."""
    word = "\\u001b]0;owned\\u0007\\u001b[2J[bold red]approved[/]"
    _, till = stage.open(f'[[request]]\nword = "{word}"\nword_lasts = 1.5\nacts = 2.0\n', speed=1.0)
    code, text = shown(till, "charge", "12.50", "-v")
    piped = till.run("charge", "13.50", "-v")

    assert (code, piped.code) == (0, 0)
    for seen in (text, piped.err):
        assert "\x1b]0;" not in seen
        assert "\x07" not in seen
    assert "\x1b[2J[bold" not in text
    assert "\x1b" not in piped.err
    assert "owned" in piped.err


@together
def test_json_is_indented_at_a_terminal(stage: Stage) -> None:
    _, till = stage.open()
    code, text = shown(till, "charge", "12.50", "--json", "-q", NO_COLOR="1")
    _, colored = shown(till, "requests", "--json")

    assert code == 0
    assert json.loads(text)["schema"] == "pjterm.result/1"
    assert '\r\n  "type": "result",' in text
    assert "\x1b[" in colored


@together
def test_lists_are_tables_at_a_terminal(stage: Stage) -> None:
    _, till = stage.open()
    till.run("charge", "12.50", "-k", "order-1")
    for args, words in (
        (["terminals"], ("NAME", "UUID", "T1", "T2")),
        (["accounts"], ("ACCOUNT", "10001")),
        (["requests"], ("KEY", "order-1", "12.50")),
        (["profiles", "list"], ("NAME", "till-1")),
        (["why", "order-1"], ("APPROVED", "The reader finished.")),
        (["requests", "show", "order-1"], ("order-1", "approved")),
    ):
        code, text = shown(till, *args)

        assert code == 0
        for word in words:
            assert word in text, (args, word)


@together
def test_ctrl_c_in_the_live_view_cancels_and_says_so(stage: Stage) -> None:
    _, till = stage.open("[[request]]\nconnecting = 0.1\nacts = 60.0\n", speed=1.0)
    child = till.spawn("charge", "12.50", "--key", "order-1")
    child.expect_exact("Customer:")
    child.sendintr()
    child.expect_exact("Cancelling")
    child.expect_exact("CANCELLED")
    child.expect(pexpect.EOF)
    child.close()

    assert child.exitstatus == 130


@together
def test_a_closed_terminal_leaves_the_entry_open(stage: Stage) -> None:
    """The window is closed: SIGHUP, and nowhere to write."""
    shop, till = stage.open("[[request]]\nconnecting = 0.1\nacts = 3.0\n", speed=1.0)
    child = till.spawn("charge", "12.50", "--key", "order-1")
    child.expect_exact("Customer:")
    child.close(force=False)
    resumed = till.run("resume", "order-1", "--json")

    assert (resumed.code, resumed.json["outcome"]) == (0, "approved")
    assert shop.posts == ["request-payment"]


def test_help_says_what_happens_at_the_reader_and_has_examples(shop_and_till: tuple[Shop, Till]) -> None:
    """For every command that works at a reader; the examples start with the program's name."""
    _, till = shop_and_till
    for command in ("charge", "sign", "prompt", "input", "read", "cancel"):
        text = till.run(command, "--help").out

        assert "reader" in text
        assert f"  pjterm {command}" in text or f"(pjterm {command}" in text


@together
def test_ctrl_c_in_the_pager_belongs_to_the_pager(stage: Stage) -> None:
    """A killed pager leaves a terminal that does not show what is typed."""
    _, till = stage.open()
    pager = "sh -c 'trap \"echo GIVEN BACK; exit 0\" INT; echo PAGING; while :; do sleep 0.5; done'"
    child = till.spawn("help", "keys", PAGER=pager)
    child.expect_exact("PAGING")
    child.sendintr()
    child.expect(pexpect.EOF)
    child.close()

    assert (child.exitstatus, "GIVEN BACK" in child.before, "interrupted" in child.before) == (0, True, False)


@together
def test_the_bell_rings_where_lines_are_appended_too(stage: Stage) -> None:
    """On a dumb terminal, and for users of a screen reader, four characters appeared instead."""
    _, till = stage.open()
    line = ("charge", "12.50", "--force", "--bell")
    for code, text in (shown(till, *line, TERM="dumb"), shown(till, *line, ACCESSIBLE="1")):
        assert (code, text.count("\a"), "x07" in text) == (0, 1, False)


@together
def test_pages_and_images_fit_the_window_whatever_columns_says(stage: Stage) -> None:
    """An exported COLUMNS does not change with the window."""
    _, till = stage.open()
    for line in (("status", "--help"), ("follow", "-h"), ("sign", "I agree.")):
        code, text = shown(till, *line, width=60, COLUMNS="200")
        seen = Screen(400, 400)
        seen.feed(text)

        assert (code, seen.widest <= 60) == (0, True)
