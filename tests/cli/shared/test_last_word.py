"""What a user sees after Ctrl-C, and what a pipe does not."""

from __future__ import annotations

import io
import json

from pjterm.cli.streams import Streams
from pjterm.relay.server.log import as_json, as_words
from tests.terminal import Tty


def said(stream: io.StringIO) -> str:
    Streams(stderr=stream, environ={"COLUMNS": "80"}).last_word("stopped")
    return stream.getvalue()


def test_a_terminal_gets_a_new_line_and_a_final_message() -> None:
    assert said(Tty()) == "\nstopped\n"


def test_a_pipe_gets_neither() -> None:
    assert said(io.StringIO()) == ""


def test_the_relay_prints_text_for_people_and_json_for_programs() -> None:
    values = {"events": 3, "why": "disk\x1b full", "now": None}

    assert as_words(0, "not-kept", values)[8:] == "  not-kept  events 3, why disk\\x1b full"
    assert json.loads(as_json(0, "x", {"events": 3})) == {"at": "1970-01-01T00:00:00.000Z", "event": "x", "events": 3}
