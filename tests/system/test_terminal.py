"""A terminal's echo is restored, and early input is dropped."""

from __future__ import annotations

import os
import sys

import pytest

from pjterm.system.terminal import forget_typed, kept

if sys.platform == "win32":
    pytest.skip("terminals of POSIX", allow_module_level=True)

import termios


def test_an_echo_that_was_turned_off_is_turned_on_again() -> None:
    ours, theirs = os.openpty()
    put_back = kept(os.ttyname(theirs))
    changed = termios.tcgetattr(theirs)
    changed[3] &= ~termios.ECHO
    termios.tcsetattr(theirs, termios.TCSANOW, changed)
    put_back()
    echoes = bool(termios.tcgetattr(theirs)[3] & termios.ECHO)
    os.close(ours)
    os.close(theirs)

    assert echoes


def test_early_input_is_dropped() -> None:
    ours, theirs = os.openpty()
    with open(theirs, encoding="utf-8") as stream:
        os.write(ours, b"too early\n")
        forget_typed(stream)
        os.write(ours, b"in time\n")
        typed = stream.readline()
    os.close(ours)

    assert typed == "in time\n"
