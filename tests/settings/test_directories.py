"""Where settings and journal are stored."""

from __future__ import annotations

from pathlib import Path

import pytest

from pjterm.errors import UsageFault
from pjterm.settings import directories


def test_the_directories_come_from_the_environment(tmp_path: Path) -> None:
    environ = {"PJTERM_CONFIG_DIR": str(tmp_path / "c"), "PJTERM_STATE_DIR": str(tmp_path / "s")}

    assert directories.config_dir(environ) == tmp_path / "c"
    assert directories.state_dir(environ) == tmp_path / "s"


@pytest.mark.parametrize(
    ("environ", "message"),
    [
        ({"PJTERM_STATE_DIR": ""}, "PJTERM_STATE_DIR is set, but empty"),
        ({"PJTERM_STATE_DIR": "  "}, "PJTERM_STATE_DIR is set, but empty"),
        ({"HOME": ""}, "HOME is set, but empty"),
    ],
)
def test_an_unknown_place_is_a_usage_error(environ: dict[str, str], message: str) -> None:
    with pytest.raises(UsageFault, match=message):
        directories.state_dir(environ)
