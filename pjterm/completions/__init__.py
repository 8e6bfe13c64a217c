"""Generates shell completions: a command tree as plain values in, one script per shell out.

Commands, options and fixed choices are written into the scripts, so that TAB starts no Python. Only for
profile names and terminal aliases do they call the program, with the hidden `pjterm completions values`.
All scripts parse the line in the same way: walk the words, step into commands, skip the values of
options, count the arguments.
"""

from __future__ import annotations

from pjterm.completions.bash import script as bash
from pjterm.completions.fish import script as fish
from pjterm.completions.powershell import script as powershell
from pjterm.completions.tree import Branch
from pjterm.completions.zsh import script as zsh

SHELLS: dict[str, str] = {
    "bash": "pjterm.bash",
    "zsh": "_pjterm",
    "fish": "pjterm.fish",
    "powershell": "pjterm.ps1",
}
"""Each shell, and the file name of its script."""


def script(shell: str, root: Branch) -> str:
    """The completion script of one shell for this command tree; raises `KeyError` for another shell."""
    write = {"bash": bash, "zsh": zsh, "fish": fish, "powershell": powershell}[shell]
    return write(root)
