"""Measurements, run by hand: `python -m tests.bench [startup|journal|faults|relay|world …]`.

Without an argument: how fast commands start, and what the journal costs. `faults`: the whole fault matrix.
`world`: a million sales in virtual time.
"""

from __future__ import annotations

import sys
from importlib import import_module

PARTS = {
    "startup": "tests.bench.startup",
    "journal": "tests.bench.journal",
    "faults": "tests.bench.faults",
    "relay": "tests.bench.relay",
    "fleet": "tests.bench.fleet",
    "world": "tests.bench.world",
}


def main(argv: list[str]) -> int:
    """Run one part, or the two short ones."""
    if not argv:
        return max(main(["startup"]), main(["journal"]))
    if argv[0] not in PARTS:
        print(f"no part {argv[0]!r}; there are: {', '.join(PARTS)}", file=sys.stderr)
        return 2
    result: int = import_module(PARTS[argv[0]]).main(argv[1:])
    return result


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
