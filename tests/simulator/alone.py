"""`simulator serve` without the command line around it: `python -m tests.simulator.alone DIR '{…}'`."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from pjterm.simulator.server import serve


def main() -> None:
    serve.run(
        port=0, directory=Path(sys.argv[1]), announce=lambda url, _port: print(url, flush=True),  # noqa: T201
        warn=lambda text: print(text, file=sys.stderr), **json.loads(sys.argv[2]),  # noqa: T201
    )  # fmt: skip


if __name__ == "__main__":
    main()
