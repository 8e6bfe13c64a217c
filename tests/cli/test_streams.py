"""What is piped into a command, as other programs write it, and what is typed at a question."""

from __future__ import annotations

import io
import os
import sys

import pytest

from pjterm.cli.context import Context
from pjterm.cli.streams import INPUT_LIMIT, Streams
from pjterm.core.encoding import decode
from pjterm.errors import UsageFault

MARK = b"\xef\xbb\xbf"


def piped(data: bytes) -> Context:
    return Context(stdin=io.TextIOWrapper(io.BytesIO(data), "ascii"))


@pytest.mark.parametrize(
    ("raw", "text"),
    [(b"hush", "hush"), (MARK + b"hush", "hush"), (MARK + MARK + b"hush", "\ufeffhush"), (b"", ""), (MARK, "")],
)
def test_one_byte_order_mark_is_not_part_of_the_text(raw: bytes, text: str) -> None:
    assert decode(raw) == text


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_utf_16_is_named(encoding: str) -> None:
    with pytest.raises(ValueError, match="UTF-16"):
        decode("hush".encode(encoding))


def test_invalid_utf_8_is_named_and_not_quoted() -> None:
    with pytest.raises(ValueError, match="not UTF-8") as refused:
        decode(b"h\xfcsh")

    assert "sh" not in str(refused.value).replace("this", "")


def test_stdin_is_utf_8_whatever_the_locale() -> None:
    assert piped(MARK + "hüsh\n".encode()).read_text(line=True) == "hüsh\n"


def test_a_closed_stdin_is_named() -> None:
    context = Context()
    context.stdin = None  # type: ignore[assignment]  # as Python has it after `<&-`

    with pytest.raises(UsageFault, match="stdin is closed"):
        context.read_text()


def test_more_than_the_limit_on_stdin_is_refused() -> None:
    with pytest.raises(UsageFault, match="more than 65536 bytes"):
        piped(b"x" * (INPUT_LIMIT + 1)).read_text()


def test_a_line_on_stderr_has_no_terminal_control_sequences() -> None:
    said = io.StringIO()
    Streams(io.StringIO(), io.StringIO(), said, {}).error_line("0\x1b[2J\x07\u202e05\nnext")

    assert said.getvalue() == "0\\x1b[2J\\x07\\u202e05\nnext\n"


def test_a_yes_typed_before_the_question_does_not_answer_it() -> None:
    if sys.platform == "win32":
        pytest.skip("terminals of POSIX")
    keyboard, terminal = os.openpty()

    class Asked(io.StringIO):
        """The stream that shows the question; once it appears, it is answered with no."""

        def write(self, text: str) -> int:
            os.write(keyboard, b"n\n")
            return super().write(text)

    with open(terminal, encoding="utf-8") as stdin:
        os.write(keyboard, b"y\n")
        agreed = Streams(stdin, io.StringIO(), Asked()).confirm("Void it?")
    os.close(keyboard)

    assert not agreed
