"""A test's code in its own process: `python -m tests.settings.apart CODE DIRECTORY`."""

from __future__ import annotations

import sys
from pathlib import Path

from pjterm.settings import credentials
from pjterm.settings import profiles as config

if __name__ == "__main__":
    d = Path(sys.argv[2])
    exec(sys.argv[1], {"credentials": credentials, "config": config, "d": d, "sys": sys, "Path": Path,
                       "till": lambda: config.load(d).profiles["till-1"]})  # fmt: skip
