"""The three streams of a command: output, questions and answers, and whether the user can be asked."""

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
    """Stdin, stdout and stderr; each is `None` if the shell closed it before we started (`>&-`)."""

    stdin: TextIO = field(default_factory=lambda: sys.stdin)
    stdout: TextIO = field(default_factory=lambda: sys.stdout)
    stderr: TextIO = field(default_factory=lambda: sys.stderr)

    environ: Mapping[str, str] = field(default_factory=lambda: os.environ)

    def error_line(self, text: str) -> None:
        """Write a line to stderr, replacing what its encoding lacks; a closed stderr is not an error.

        A terminal obeys nothing in it. There it is broken at spaces, but never inside a command that fits into a row.
        """
        from pjterm.core.text import harmless

        write(self.stderr, self._broken("\n".join(map(harmless, text.split("\n")))) + "\n")

    def _broken(self, text: str) -> str:
        if not self.stderr_is_terminal:
            return text
        from pjterm.ui.fitting import fold_commands, usable, window

        width = usable(window(self.stderr, self.environ)[0])
        return "\n".join(row for line in text.split("\n") for row in fold_commands(line, width, cut=False))

    def read_text(self, *, line: bool = False) -> str:
        """What was piped in, or its first line; raises `UsageFault` if stdin is closed or is not text."""
        from pjterm.core.encoding import decode

        if self.stdin is None:
            raise UsageFault("stdin is closed, but input was expected")
        binary = getattr(self.stdin, "buffer", None)
        read = (self.stdin if binary is None else binary).readline if line else (binary or self.stdin).read
        raw = read(INPUT_LIMIT + 1)
        if len(raw) > INPUT_LIMIT:
            raise UsageFault(f"stdin: more than {INPUT_LIMIT} bytes")
        try:
            return decode(raw if isinstance(raw, bytes) else raw.encode())
        except ValueError as error:
            raise UsageFault(f"stdin: {error}") from None

    def can_ask(self) -> bool:
        """Whether the user can be asked: stdin and stderr must be terminals."""
        return _is_terminal(self.stdin) and _is_terminal(self.stderr)

    def last_word(self, text: str) -> None:
        """On a terminal, write a last line after the Ctrl-C that ended a command."""
        if self.stderr_is_terminal:
            write(self.stderr, "\n")
            self.error_line(text)

    def ask(self, question: str) -> str:
        """Ask a question on stderr and read the answer; raises `UsageFault` if stdin has ended."""
        from pjterm.core.text import harmless

        write(self.stderr, self._broken(harmless(question)))
        answer = self._typed_line()
        if not answer:
            raise UsageFault("no answer was typed")
        return answer.strip()

    def _typed_line(self) -> str:
        """The line that answers a question; after Ctrl-D what comes next is still below the question."""
        answer = self.stdin.readline()
        if not answer.endswith("\n"):
            write(self.stderr, "\n")
        return answer

    def read_secret(self, question: str) -> str:
        """A secret: asked for at a terminal, wherever stderr goes, else the first line of stdin."""
        return self.ask_secret(question) if _is_terminal(self.stdin) else self.read_text(line=True).rstrip("\r\n")

    def ask_secret(self, question: str) -> str:
        """The same as `ask`, without echo; the question is on the terminal, where stderr is none, too."""
        import getpass

        try:
            return getpass.getpass(question, stream=self.stderr if self.stderr_is_terminal else None)
        except EOFError:
            write(self.stderr, "\n")
            raise UsageFault("no secret was typed") from None

    def confirm(self, question: str) -> bool:
        """Ask a question on stderr; only y or yes, typed after the question appeared, counts as yes."""
        from pjterm.core.text import harmless
        from pjterm.system.terminal import forget_typed

        if _is_terminal(self.stdin):
            forget_typed(self.stdin)
        write(self.stderr, f"{self._broken(f'{harmless(question)} [y/N]')} ")
        return self._typed_line().strip().lower() in ("y", "yes")

    @property
    def stdout_encoding(self) -> str:
        """The encoding of stdout; a test's stream has none."""
        return getattr(self.stdout, "encoding", None) or "utf-8"

    @cached_property
    def stdout_is_terminal(self) -> bool:
        return _is_terminal(self.stdout)

    @cached_property
    def stderr_is_terminal(self) -> bool:
        return _is_terminal(self.stderr)

    @cached_property
    def one_screen(self) -> bool:
        """Whether stdout and stderr are the same terminal, so that the user sees both."""
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
    """Write and flush; characters that the stream cannot show become marks. Returns `False` if it is closed.

    The stream is `None` if the shell closed it before we started (`>&-`). A full disk counts as closed, too:
    a verdict keeps its exit code whatever happens to its text. If the text is all there is, use `write_result`.
    """
    try:
        return write_result(stream, text)
    except PjtermError:
        return False


def write_result(stream: TextIO | None, text: str) -> bool:
    """The same for commands whose output is all there is: raises `Unavailable` if it cannot be written."""
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
    """Write bytes to stdout unchanged; `False` if it is closed, raises `Unavailable` if they cannot all be written."""
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
