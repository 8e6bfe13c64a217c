"""`completions`: what TAB offers in bash, zsh, fish and PowerShell.

Run as a module (`python -m pjterm.cli.commands.completions completions`) it writes the scripts of all shells into
a folder; that is how the files of the repository are made.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated

import typer

from pjterm.cli.context import Context
from pjterm.cli.frame import command, group
from pjterm.cli.shared import options as o
from pjterm.cli.streams import write, write_result
from pjterm.errors import PjtermError, UsageFault
from pjterm.values import dataclass

ShellArgument = Annotated[str, o.argument("bash|zsh|fish|powershell", "Which shell.")]


def register(app: typer.Typer) -> None:
    """Add the commands to the tree."""
    completions = group("Complete commands by TAB, in four shells.")
    command(completions, "install")(install)
    command(completions, "show")(show)
    command(completions, "values", hidden=True)(values)
    app.add_typer(completions, name="completions")


def show(context: Context, shell: ShellArgument) -> None:
    """Print the completion script of a shell.

    Nothing is written, and nothing happens at any reader.

    Examples:

      pjterm completions show fish

      eval "$(pjterm completions show bash)"
    """
    from pjterm.cli.command_tree import completion_script
    from pjterm.cli.shared.printing import print_item

    text = completion_script(_shell(shell))
    if context.format == "text":
        write_result(context.stdout, text)
    else:
        print_item(context, "completions", {"shell": shell, "script": text}, ())


def install(context: Context, shell: ShellArgument) -> None:
    """Put the completion script where the shell looks for it, and say what else it needs.

    No start-up file of the shell is changed; where a line is needed there, it is printed for you to add.
    Running it again is safe: an old script is replaced, an equal one is left alone.

    Examples:

      pjterm completions install fish

      pjterm completions install zsh
    """
    from pjterm.cli.command_tree import completion_script
    from pjterm.cli.shared.printing import print_item

    place = place_of(_shell(shell), context.environ)
    changed = _put(place.path, completion_script(shell))
    said = "written" if changed else "already there, unchanged"
    item = {"shell": shell, "path": str(place.path), "changed": changed, "activate": place.activate}
    print_item(context, "completions", item, [f"{place.path}: {said}", *place.words], changed=True)


def values(
    context: Context,
    what: Annotated[str, o.argument("profiles|terminals", "Which names.")],
) -> None:
    """Print names for the completion scripts, one a line: read from the config file only.

    A missing profile has none: an error message would break the line being typed.

    Example:

      pjterm completions values profiles
    """
    if what not in ("profiles", "terminals"):
        raise UsageFault(f"profiles|terminals: {what!r} is neither")
    try:
        names = _profiles(context) if what == "profiles" else _terminals(context)
    except PjtermError:
        names = []
    if context.format == "text":
        write(context.stdout, "".join(f"{name}\n" for name in names))
    else:
        from pjterm.core.text import one_line

        write(context.stdout, one_line({"schema": "pjterm.completions/1", "items": names}) + "\n")


def _profiles(context: Context) -> list[str]:
    return [*context.config.profiles] or ["simulator"]


def _terminals(context: Context) -> list[str]:
    """The aliases of the profile in use and its usual terminal; the simulator's two are known."""
    from pjterm.settings.profiles import find

    config = context.config
    name = context.profile_name or context.environ.get("PJTERM_PROFILE") or config.default_profile
    if name is None and config.profiles:
        return list(dict.fromkeys(alias for p in config.profiles.values() for alias in p.aliases))
    profile = find(config, name or "simulator")
    built_in = ["T1", "T2"] if profile.environment.value == "simulator" else []
    usual = [profile.terminal] if profile.terminal is not None else []
    return list(dict.fromkeys([*profile.aliases, *usual, *built_in]))


# -- where the scripts go --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Place:
    """Where a shell's script goes, and the line that activates it where the shell does not look there."""

    path: Path
    words: tuple[str, ...]
    activate: str | None = None


def place_of(shell: str, environ: Mapping[str, str], usual: Callable[[], Path] = Path.home) -> Place:
    """The user's own place for completions of this shell, as its manual gives it."""
    home = _home(environ, usual)
    data = Path(environ.get("XDG_DATA_HOME") or home / ".local" / "share")
    config = Path(environ.get("XDG_CONFIG_HOME") or home / ".config")
    match shell:
        case "bash":
            user = environ.get("BASH_COMPLETION_USER_DIR")
            folder = Path(user) if user else data / "bash-completion"
            return _bash(folder / "completions" / "pjterm")
        case "zsh":
            return _zsh(data / "zsh" / "site-functions" / "_pjterm")
        case "fish":
            path = config / "fish" / "completions" / "pjterm.fish"
            return Place(path, ("fish finds it there by itself, also in shells that are open now.",))
        case _:
            return _powershell(config / "powershell" / "completions" / "pjterm.ps1")


def _home(environ: Mapping[str, str], usual: Callable[[], Path]) -> Path:
    try:
        return Path(environ.get("HOME") or usual())
    except RuntimeError as error:  # what Python says where the user has no home
        raise UsageFault("this user has no home directory; nothing was written", hint="set HOME") from error


def _bash(path: Path) -> Place:
    line = f"source {_shell_word(path)}"
    return Place(
        path,
        (
            "Shells with the bash-completion package find it there by themselves, from the next one on.",
            "Without that package (try TAB in a new shell), add this line to ~/.bashrc:",
            f"  {line}",
        ),
        line,
    )


def _zsh(path: Path) -> Place:
    line = f"fpath=({_shell_word(path.parent)} $fpath); autoload -Uz compinit; compinit"
    return Place(path, ("Add this line to ~/.zshrc, unless the folder is in your fpath:", f"  {line}"), line)


def _powershell(path: Path) -> Place:
    line = ". '" + str(path).replace("'", "''") + "'"
    return Place(path, ("Add this line to the file that $PROFILE names:", f"  {line}"), line)


def _shell_word(path: Path) -> str:
    from shlex import quote

    return quote(str(path))


def _put(path: Path, text: str) -> bool:
    """Write the script unless it is there as it should be; `True` when it was written."""
    from pjterm.system.files import write_private

    data = text.encode()
    try:
        if path.exists() and path.read_bytes() == data:
            return False
        write_private(path, data)
    except OSError as error:
        raise UsageFault(f"{path} cannot be written: {error.strerror}") from error
    return True


def _shell(name: str) -> str:
    from pjterm.completions import SHELLS

    if name not in SHELLS:
        raise UsageFault(f"SHELL: {name!r} is none of {', '.join(SHELLS)}")
    return name


# -- the files of the repository -------------------------------------------------------------------------


def write_all(folder: Path) -> list[Path]:
    """Write the scripts of all shells into a folder; the paths of those that changed."""
    from pjterm.cli.command_tree import completion_script
    from pjterm.completions import SHELLS

    folder.mkdir(parents=True, exist_ok=True)
    changed = []
    for shell, file in SHELLS.items():
        text = completion_script(shell).encode()
        path = folder / file
        if not path.exists() or path.read_bytes() != text:
            path.write_bytes(text)
            changed.append(path)
    return changed


if __name__ == "__main__":
    import sys

    for path in write_all(Path(sys.argv[1] if len(sys.argv) > 1 else "completions")):
        sys.stdout.write(f"{path}\n")
