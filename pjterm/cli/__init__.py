"""The command line. This module is what every start loads first, so it loads next to nothing itself."""

from __future__ import annotations

import os
import sys


def main() -> None:
    """The console script: run one command and exit with its code."""
    if sys.argv[1:] == ["--version"]:  # used by scripts and installers; needs no parser (9 ms, not 60)
        _leave(_version())
    _occupy_standard_files()
    import gc

    gc.set_threshold(50_000, 20, 20)  # a start allocates much and frees nothing: 700 costs it 6 of 107 ms
    from pjterm.system.output import make_whole

    make_whole()
    os.umask(0o077)  # new files belong to this user alone, because libraries use the umask's mode
    try:
        from pjterm.cli.app import run

        code = run(sys.argv[1:])
    except KeyboardInterrupt:  # before a command could handle it
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
    """Reopen descriptors 0 to 2 that the shell closed (`>&-`), so that the journal's file cannot get such a number."""
    for number in (0, 1, 2):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)


def _leave(code: int) -> None:
    """Exit without shutting down the interpreter, which takes 13 of 107 ms: everything is written and closed."""
    for stream in (sys.stdout, sys.stderr):  # `None` if it was closed before we started
        try:
            stream.flush()
        except (OSError, ValueError, AttributeError):  # the pipe is closed; the exit code still reports the result
            continue
    os._exit(code)
