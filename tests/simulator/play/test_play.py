"""Playing the customer on the keyboard: the control routes, the keys, the frames, and a real terminal."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
import sys
import termios
import time
from pathlib import Path
from typing import Any

import pexpect  # type: ignore[import-untyped]
import pytest

from pjterm.errors import Unavailable, UsageFault
from pjterm.simulator.play import terminal
from pjterm.simulator.play.screen import Player, Press, Quit, Screen, frame, on_key
from pjterm.simulator.server.embedded import Embedded
from tests.cli.till import wait_for
from tests.relay.simulated import COMMAND, environment
from tests.simulator.driver import T1
from tests.simulator.wire import client

if sys.platform == "win32":
    pytest.skip("signals and processes of POSIX", allow_module_level=True)

FORM = {"amountBase": "12.50", "terminalId": "10001"}


# -- keys and frames ------------------------------------------------------------------------------


def screen(kind: str | None = None, **more: Any) -> Screen:
    given: dict[str, Any] = {"reader": "T1", "plugged": True, "state": "waiting" if kind else "idle", "kind": kind,
             "amount": None, "text": None, "buttons": (), "status": "IN_PROGRESS" if kind else None}  # fmt: skip
    return Screen(**given | more)


@pytest.mark.parametrize(
    ("shown", "char", "action"),
    [
        (screen("payment"), "t", Press("T1", "tap")),
        (screen("refund"), "d", Press("T1", "decline")),
        (screen("payment"), "2", Press("T1", "second-card")),
        (screen("payment"), "x", Press("T1", "cancel")),
        (screen("payment"), "s", None),
        (screen("signature"), "s", Press("T1", "sign")),
        (screen("read"), "w", Press("T1", "swipe")),
        (screen("prompt", buttons=("Yes", "No")), "b", Press("T1", "press", "No")),
        (screen("prompt", buttons=("Yes", "No")), "c", None),
        (screen("payment", state="done"), "t", None),
        (screen(), "t", None),
        (screen(), "u", Press("T1", "unplug")),
        (screen(plugged=False), "u", Press("T1", "plug")),
        (screen("payment", plugged=False), "t", None),
        (screen("input"), "x", Press("T1", "cancel")),
        (screen(), "q", Quit()),
        (screen(), "\x1b", None),
    ],
)
def test_the_meaning_of_each_key(shown: Screen, char: str, action: object) -> None:
    assert on_key(Player(), [shown], char)[1] == action


def test_digits_are_typed_corrected_and_confirmed() -> None:
    player, shown = Player(), [screen("input")]
    for char in "12345\x7f\r":
        player, action = on_key(player, shown, char)
        assert action is None
    assert (player.typed, player.notice) == ("1234", "10 digits, please")

    for char in "5678901":
        player, action = on_key(player, shown, char)
    player, action = on_key(player, shown, "\n")
    assert action == Press("T1", "digits", "1234567890")
    assert player.typed == ""


def test_tab_moves_from_reader_to_reader() -> None:
    shown = [screen(), screen(reader="T2")]
    player = on_key(Player(), shown, "\t")[0]

    assert (player.focus, on_key(player, shown, "\t")[0].focus) == (1, 0)


def test_a_frame_shows_what_the_customer_sees() -> None:
    shown = [screen("prompt", text="Add a tip?", buttons=("Yes", "No")), screen(reader="T2", plugged=False)]

    assert frame(shown, Player(), 44) == [
        "> +----------------------------------------+",
        "> | T1                                     |",
        "> |                                        |",
        "> |             Please answer              |",
        "> |               Add a tip?               |",
        "> |                                        |",
        "> |           [a: Yes]   [b: No]           |",
        "> +----------------------------------------+",
        "  +----------------------------------------+",
        "  | T2                                     |",
        "  |                                        |",
        "  |              (unplugged)               |",
        "  +----------------------------------------+",
        "a Yes | b No | x red X | u unplug | Tab",
        "other reader | q quit",
    ]


@pytest.mark.parametrize("width", [1, 20, 40, 200])
def test_hostile_text_and_unusual_widths_do_not_break_the_frame(width: int) -> None:
    text = "\x1b[2J\x07" + "x" * 500 + "\n\n\u202e[red]"
    lines = frame([screen("prompt", text=text, buttons=("\x1b]0;", "ok"))], Player(), width)

    assert all(line.isprintable() for line in lines)
    assert len({len(line) for line in lines if line.endswith(("|", "+")) and line[0] in "> "}) == 1


# -- over a socket and on a terminal --------------------------------------------------------------

PLAYING = "import sys; from pjterm.simulator.play import terminal; terminal.run(sys.argv[1])"


def test_a_user_plays_a_payment_on_a_real_terminal(tmp_path: Path) -> None:
    with Embedded(tmp_path, speed=5.0) as simulator, client(simulator.url) as http:
        environment = dict(os.environ) | {"TERM": "dumb"}
        child = pexpect.spawn(
            sys.executable, ["-c", PLAYING, simulator.url], env=environment, timeout=60, encoding="utf-8",
            dimensions=(40, 80),
        )  # fmt: skip
        child.expect("Welcome")
        path = f"/smartterminals/{T1}/request-payment"
        request_id = http.post(path, data=FORM).json()["requestPaymentId"]
        child.expect(r"\$ 12\.50")
        child.send("t")
        child.expect("Thank you")
        child.send("q")
        child.expect(pexpect.EOF)
        child.close()
        time.sleep(0.1)
        shown = http.get(f"/smartterminals/requests/{request_id}").json()

    assert child.exitstatus == 0
    assert shown == {"status": "COMPLETE", "transactionId": 10001}


@pytest.mark.parametrize(("signum", "code"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_a_signal_restores_the_terminal(tmp_path: Path, signum: int, code: int) -> None:
    keyboard, terminal = pty.openpty()
    before = termios.tcgetattr(terminal)
    try:
        with Embedded(tmp_path) as simulator:
            running = subprocess.Popen(
                [COMMAND, "simulator", "play", simulator.url], stdin=terminal, stdout=terminal,
                stderr=subprocess.DEVNULL, env=environment(tmp_path),
            )  # fmt: skip
            wait_for(lambda: b"Welcome" in os.read(keyboard, 4096), 20.0, "the readers")
            during = termios.tcgetattr(terminal)
            running.send_signal(signum)
            ended = running.wait(60)
        after = termios.tcgetattr(terminal)
    finally:
        os.close(keyboard)
        os.close(terminal)

    assert ended == code
    assert during != before
    assert after == before


def test_without_a_terminal_or_a_simulator_it_says_so(tmp_path: Path) -> None:
    with Embedded(tmp_path) as simulator:
        url = simulator.url
        assert [s.reader for s in terminal.Remote(url).screens()] == ["T1", "T2"]
        assert "waits for no customer" in terminal.Remote(url).press(Press("T1", "tap"))
    with pytest.raises(Unavailable, match="does not answer"):
        terminal.Remote(url).screens()
    with pytest.raises(UsageFault, match="needs a terminal"):
        terminal.run(url)
