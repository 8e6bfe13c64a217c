"""Which of the readers listed by the API is meant."""

from __future__ import annotations

from typing import Any

import pytest

from pjterm.api import terminals
from pjterm.errors import UsageFault

FIRST, SECOND = "88888888-4444-4444-4444-cccccccccccc", "98888888-4444-4444-4444-cccccccccccc"


@pytest.mark.parametrize("nameless", [{}, {"nickName": None}, {"nickName": ""}, {"nickName": ["None"]}], ids=str)
def test_a_reader_without_a_name_has_no_nickname(nameless: dict[str, Any]) -> None:
    """An unset value in a script, Python's `None`, selected such a reader."""
    listed = [{"smartTerminalId": FIRST, **nameless}, {"smartTerminalId": SECOND, "nickName": "Front"}]

    for wanted in ("None", "none", "['None']"):
        with pytest.raises(UsageFault, match=f"no terminal is called .*; there are: {FIRST}, Front"):
            terminals.device(wanted, {}, lambda: listed)
    assert terminals.device("front", {}, lambda: listed).smart_terminal_id == SECOND
    assert terminals.device(None, {}, lambda: listed[:1]).name is None
