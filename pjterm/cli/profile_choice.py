"""Which profile a command is for: the given one, else the default.

With no profile at all it is the built-in simulator, unless anything suggests a real account.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from pjterm.core.hints import command_line
from pjterm.errors import AuthFailed, JournalDamaged, UsageFault
from pjterm.settings import profiles
from pjterm.settings.profile import BUILTIN, Profile
from pjterm.settings.profiles import Config

_SEE = "to see them: pjterm profiles list"
_DAMAGED_HINT = (
    "no profile is configured; for the simulator: pjterm transactions list -p simulator\n"
    "for your account: pjterm profiles add\nthen: pjterm journal accept"
)


def named(option: str | None, environ: Mapping[str, str]) -> str | None:
    """The profile that was named, on the command line or in the environment. An empty name chooses nothing."""
    if option is not None:
        if not option.strip():
            raise UsageFault("--profile: the name is empty; nothing was sent", hint=f"name one; {_SEE}")
        return option
    variable = environ.get("PJTERM_PROFILE")
    if variable is not None and not variable.strip():
        raise AuthFailed(
            "PJTERM_PROFILE is set, but empty; nothing was sent", hint=f"unset it, or name a profile; {_SEE}"
        )
    return variable


def choose(
    name: str | None, environ: Mapping[str, str], config: Config, holds_real_entries: Callable[[], bool]
) -> Profile:
    """The profile of this command."""
    if name is not None:
        return profiles.find(config, name)
    default = _default(config)
    if default is not None:
        return profiles.find(config, default)
    if config.profiles:
        use = command_line("profiles use", next(iter(config.profiles)))
        raise UsageFault(
            f"no profile was named and none is the default; there are: {', '.join(config.profiles)}",
            hint=f"name one with -p; {_SEE}\nor make one the default: {use}",
        )
    return _builtin(environ, config.path, holds_real_entries)


def is_default(profile: str | None, config: Config) -> bool:
    """Whether a command typed without `-p` is for this profile in every shell, PJTERM_PROFILE set or not."""
    return profile == (_default(config) or (None if config.profiles else BUILTIN.name))


def _default(config: Config) -> str | None:
    """The profile that the file makes the default; it cannot choose the built-in simulator, which is in no file."""
    name = config.default_profile
    return None if name == BUILTIN.name and name not in config.profiles else name


def _builtin(environ: Mapping[str, str], looked_for: Path, holds_real_entries: Callable[[], bool]) -> Profile:
    """The simulator by default, but never if the user may believe that a real card is charged."""
    from pjterm.settings.credentials import VARIABLES

    given = [name for name in VARIABLES.values() if name in environ]
    why = None
    if given:
        why = f"{', '.join(given)} set, but no profile says which environment they are for"
    elif _has_charged(holds_real_entries):
        why = "sales may have been made with a real profile on this machine before, but no profile is configured now"
    if why is None:
        return BUILTIN
    raise AuthFailed(
        f"{why}; looked for {looked_for}; nothing was sent",
        hint="to rehearse, name the simulator: -p simulator; to set up a profile: pjterm profiles add",
    )


def _has_charged(holds_real_entries: Callable[[], bool]) -> bool:
    """Whether real profiles were used here; a journal that cannot say so chooses no profile, so the hint names one."""
    try:
        return holds_real_entries()
    except JournalDamaged as damaged:
        from pjterm.journal.faults import is_newer

        if not is_newer(damaged.found):
            damaged.hint = _DAMAGED_HINT
        raise
