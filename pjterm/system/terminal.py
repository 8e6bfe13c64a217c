"""The user's terminal: restored as it was found, and cleared of what was typed too early."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable
from typing import TextIO

CONTROLLING = "/dev/tty"


def kept(path: str = CONTROLLING) -> Callable[[], None]:
    """Remember a terminal's settings; return a function that restores them if they were changed since.

    A password prompt turns the echo off, and leaves it off when it is abandoned.
    """
    if sys.platform == "win32":
        return lambda: None
    import termios

    def opened() -> int:
        return os.open(path, os.O_RDWR | os.O_NOCTTY | os.O_CLOEXEC)

    try:
        terminal = opened()
    except OSError:  # no terminal
        return lambda: None
    try:
        before = termios.tcgetattr(terminal)
    except termios.error:
        return lambda: None
    finally:
        os.close(terminal)

    def put_back() -> None:
        with contextlib.suppress(OSError, termios.error):
            terminal = opened()
            try:
                if termios.tcgetattr(terminal) != before:
                    termios.tcsetattr(terminal, termios.TCSANOW, before)
            finally:
                os.close(terminal)

    return put_back


def forget_typed(stream: TextIO) -> None:
    """Drop what was typed before a question was shown: it is not an answer to it, and its echo is elsewhere."""
    if sys.platform == "win32":
        import msvcrt

        while msvcrt.kbhit():
            msvcrt.getwch()
        return
    import termios

    with contextlib.suppress(OSError, ValueError, termios.error):  # no terminal anymore: reading will tell
        termios.tcflush(stream.fileno(), termios.TCIFLUSH)
