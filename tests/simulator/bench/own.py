"""pjterm itself as an integration, started with the given arguments, to be judged by the bench."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

CONFIG = """
default_profile = "bench"
[profiles.bench]
environment = "simulator"
login = "{PJ_LOGIN}"
base_url = "{PJ_BASE_URL}"
terminal = "T1"
account = 10001
"""


def main() -> int:
    place = os.environ["PJ_STATE"]
    config = Path(place) / "config.toml"
    config.touch(mode=0o600)
    config.write_text(CONFIG.format(**os.environ))
    environment = os.environ | {
        "PJTERM_CONFIG_DIR": place,
        "PJTERM_STATE_DIR": place,
        "PJTERM_PASSWORD": os.environ["PJ_PASSWORD"],
        "PJTERM_APP_KEY": os.environ["PJ_APP_KEY"],
    }
    sale = ["--key", os.environ["PJ_SALE"], "--timeout", "8"]
    command = [*sys.argv[1:], "charge", os.environ["PJ_AMOUNT"], *sale]
    return subprocess.run(command, env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
