"""The command line. This module is what every start loads first, so it loads nothing itself."""

from __future__ import annotations

import sys


def main() -> None:
    """The console script: run one command and exit with the contract's code."""
    if sys.argv[1:] == ["--version"]:  # asked by scripts and installers; needs no parser (9 ms, not 60)
        from pjterm import __version__

        sys.stdout.write(f"pjterm {__version__}\n")
        return
    from pjterm.cli.app import run

    sys.exit(run(sys.argv[1:]))
