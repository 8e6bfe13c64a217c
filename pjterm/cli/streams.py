"""The three streams of a command: words out, questions and answers, and whether a person sits there."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from functools import cached_property
from typing import TextIO

from pjterm.errors import PjtermError, Unavailable, UsageFault
from pjterm.values import dataclass, field

INPUT_LIMIT = 65_536  # bytes of terms or secrets on stdin


@dataclass
class Streams:
    """Stdin, stdout and stderr; each is `None` where the shell closed it before we started (`>&-`)."""

    stdin: TextIO = field(default_factory=lambda: sys.stdin)
    stdout: TextIO = field(default_factory=lambda: sys.stdout)
    stderr: TextIO = field(default_factory=lambda: sys.stderr)

    environ: Mapping[str, str] = field(default_factory=lambda: os.environ)

    def error_line(self, text: str) -> None:
        """A line on stderr, with what its encoding lacks replaced; a closed stderr is no error.

        On a terminal it is broken at spaces, and never inside a command that fits into a row.
        """
        write(self.stderr, self._broken(text) + "\n")

    def _broken(self, text: str) -> str:
        if not self.stderr_is_terminal:
            return text
        from pjterm.ui.fitting import fold_commands, usable, window

        width = usable(window(self.stderr, self.environ)[0])
        return "\n".join(row for line in text.split("\n") for row in fold_commands(line, width, cut=False))

    def read_text(self, *, line: bool = False) -> str:
        """What was piped in, or its first line; raises `UsageFault` for a closed stdin and for what is no text."""
        from pjterm.core.encoding import as_text

        if self.stdin is None:
            raise UsageFault("stdin is closed, but input was expected")
        binary = getattr(self.stdin, "buffer", None)
        read = (self.stdin if binary is None else binary).readline if line else (binary or self.stdin).read
        raw = read(INPUT_LIMIT + 1)
        if len(raw) > INPUT_LIMIT:
            raise UsageFault(f"stdin: more than {INPUT_LIMIT} bytes")
        try:
            return as_text(raw if isinstance(raw, bytes) else raw.encode())
        except ValueError as error:
            raise UsageFault(f"stdin: {error}") from None

    def can_ask(self) -> bool:
        """Whether a person sits here: a question needs stdin and stderr to be terminals."""
        return _is_terminal(self.stdin) and _is_terminal(self.stderr)

    def last_word(self, text: str) -> None:
        """What a person sees after the Ctrl-C that ended a command, on a line of its own; a pipe needs none."""
        if self.stderr_is_terminal:
            write(self.stderr, "\n")
            self.error_line(text)

    def ask(self, question: str) -> str:
        """Put a question on stderr and read the answer; raises `UsageFault` where there is none to come."""
        from pjterm.core.text import harmless

        write(self.stderr, self._broken(harmless(question)))
        answer = self.stdin.readline()
        if not answer:
            raise UsageFault("no answer was typed")
        return answer.strip()

    def ask_secret(self, question: str) -> str:
        """Likewise, without echo."""
        import getpass

        try:
            return getpass.getpass(question, stream=self.stderr)
        except EOFError:
            raise UsageFault("no secret was typed") from None

    def confirm(self, question: str) -> bool:
        """Put a question on stderr; only y or yes is a yes, typed once the question is there."""
        from pjterm.core.text import harmless
        from pjterm.system.terminal import forget_typed

        if _is_terminal(self.stdin):
            forget_typed(self.stdin)
        write(self.stderr, f"{self._broken(f'{harmless(question)} [y/N]')} ")
        answer = self.stdin.readline()
        return answer.strip().lower() in ("y", "yes")

    @property
    def stdout_encoding(self) -> str:
        """What text on stdout is written in; one that a test reads has none."""
        return getattr(self.stdout, "encoding", None) or "utf-8"

    @cached_property
    def stdout_is_terminal(self) -> bool:
        return _is_terminal(self.stdout)

    @cached_property
    def stderr_is_terminal(self) -> bool:
        return _is_terminal(self.stderr)

    @cached_property
    def one_screen(self) -> bool:
        """Whether stdout and stderr are the same terminal, so that a person sees what either gets."""
        if sys.platform == "win32":
            return self.stdout_is_terminal and self.stderr_is_terminal
        if not (self.stdout_is_terminal and self.stderr_is_terminal):
            return False
        try:
            out, err = os.fstat(self.stdout.fileno()), os.fstat(self.stderr.fileno())
        except (OSError, ValueError):
            return False
        return (out.st_dev, out.st_ino, out.st_rdev) == (err.st_dev, err.st_ino, err.st_rdev)


def write(stream: TextIO | None, text: str) -> bool:
    """Write and flush; characters the stream cannot show become marks. `False` when it is closed.

    The stream is `None` where the shell closed it before we started (`>&-`). A full disk counts as nobody too:
    a verdict keeps its exit code whatever becomes of its words. Where the words are all there is: `write_result`.
    """
    try:
        return write_result(stream, text)
    except PjtermError:
        return False


def write_result(stream: TextIO | None, text: str) -> bool:
    """Likewise, for commands that only tell something: `Unavailable` when it cannot be written (a full disk)."""
    if stream is None:
        return False
    encoding = getattr(stream, "encoding", None) or "utf-8"
    text = text.encode(encoding, "backslashreplace").decode(encoding)
    try:
        stream.write(text)
        stream.flush()
    except (BrokenPipeError, ValueError):
        return False
    except OSError as error:
        raise _not_whole(error) from error
    return True


def write_bytes(stream: TextIO | None, data: bytes) -> bool:
    """A file on stdout, as it is; `False` when it is closed, `Unavailable` when it cannot be written whole."""
    binary = None if stream is None else getattr(stream, "buffer", None)
    if binary is None:
        return False
    try:
        binary.write(data)
        binary.flush()
    except (BrokenPipeError, ValueError):
        return False
    except OSError as error:
        raise _not_whole(error) from error
    return True


def _not_whole(error: OSError) -> Unavailable:
    why = f"the result could not be written whole: {error.strerror}"
    return Unavailable(why, hint="make room, then run it again")


def _is_terminal(stream: TextIO) -> bool:
    try:
        return stream.isatty()
    except (ValueError, AttributeError):
        return False
