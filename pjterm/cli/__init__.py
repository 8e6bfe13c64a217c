"""The command line. This module is what every start loads first, so it loads next to nothing itself."""

from __future__ import annotations

import os
import sys


def main() -> None:
    """The console script: run one command and exit with its code."""
    if sys.argv[1:] == ["--version"]:  # asked by scripts and installers; needs no parser (9 ms, not 60)
        _leave(_version())
    _occupy_standard_files()
    from pjterm.system.output import make_whole

    make_whole()
    os.umask(0o077)  # whatever is made is this user's alone: libraries take the umask's mode
    import gc

    gc.set_threshold(50_000, 20, 20)  # a start allocates much and frees nothing: 700 costs it 6 of 107 ms
    try:
        from pjterm.cli.app import run

        code = run(sys.argv[1:])
    except KeyboardInterrupt:  # before there was a command to tell it to
        code = 130
    _leave(code)


def _version() -> int:
    from pjterm import __version__

    try:
        if sys.stdout is not None:
            sys.stdout.write(f"pjterm {__version__}\n")
            sys.stdout.flush()
    except BrokenPipeError:  # the pipe is closed
        return 0
    except OSError as error:
        sys.stderr.write(f"pjterm: the version was not written: {error.strerror}\n")
        return 12
    return 0


def _occupy_standard_files() -> None:
    """Where a shell closed 0, 1 or 2 (`>&-`), the journal must not be the next file to get that number."""
    for number in (0, 1, 2):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)


def _leave(code: int) -> None:
    """Exit without tearing the interpreter down, which takes 13 of 107 ms: all is written and closed by now."""
    for stream in (sys.stdout, sys.stderr):  # `None` where it was closed before we started
        try:
            stream.flush()
        except (OSError, ValueError, AttributeError):  # the pipe is closed; the exit code still reports the result
            continue
    os._exit(code)
