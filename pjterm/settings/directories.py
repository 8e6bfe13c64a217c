"""Where pjterm's files are: the directory of the settings, and that of the journal, log and relay."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from pjterm.errors import UsageFault


def config_dir(environ: Mapping[str, str]) -> Path:
    """Where `config.toml` and `credentials.toml` are: `PJTERM_CONFIG_DIR`, else the system's place."""
    return _directory(environ, "PJTERM_CONFIG_DIR", "user_config_dir")


def state_dir(environ: Mapping[str, str]) -> Path:
    """Where journal, log and relay state are: `PJTERM_STATE_DIR`, else the system's place."""
    return _directory(environ, "PJTERM_STATE_DIR", "user_state_dir")


def _directory(environ: Mapping[str, str], variable: str, usual: str) -> Path:
    """The directory that a variable names, else the default one; raises `UsageFault` if there is neither."""
    chosen = environ.get(variable)
    if chosen is not None and not chosen.strip():
        raise UsageFault(f"{variable} is set, but empty; nothing was sent", hint="unset it, or name a directory in it")
    if chosen is None and environ.get("HOME", "/") == "":
        raise UsageFault("HOME is set, but empty; nothing was sent", hint=f"set it, or {variable}")
    try:
        path = Path(chosen or _usual(usual)).expanduser()
    except RuntimeError:  # what Python raises if the user has no home
        path = Path("~")
    if path.parts[:1] == ("~",):
        raise UsageFault(
            "this user has no home directory: HOME is not set, and the system knows none; nothing was sent",
            hint="set HOME, or PJTERM_CONFIG_DIR and PJTERM_STATE_DIR",
        )
    return path.absolute()


def _usual(name: str) -> str:
    import platformdirs

    return str(getattr(platformdirs, name)("pjterm", appauthor=False))
