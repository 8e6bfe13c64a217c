"""Real shells with the completion scripts loaded, to check what TAB offers.

The scripts are those of `completions/`; another test compares them with the command tree. The shells' PATH
contains a `pjterm` that is either the real one or only records that it was started.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pexpect  # type: ignore[import-untyped]

from pjterm.completions import SHELLS
from tests import warm

KEPT = Path(__file__).parents[2] / "completions"
MARK = "@@"


def shell(name: str) -> str:
    """The path of a shell; a machine without it is told what to install."""
    found = shutil.which(name)
    assert found, f"{name} is needed by these tests; install it, for instance: apt-get install {name}"
    return found


class Till:
    """A home directory with its own config, and a PATH with one `pjterm` in it."""

    def __init__(self, root: Path, *, real: bool) -> None:
        self.root = root
        self.started = root / "started"
        programs = root / "bin"
        programs.mkdir(parents=True)
        stub = programs / "pjterm"
        run = f'exec "{warm.program(root)}" "$@"\n' if real else "exit 1\n"
        stub.write_text(f'#!/bin/sh\necho "$@" >> "{self.started}"\n{run}')
        stub.chmod(0o755)
        (root / "config").mkdir()
        (root / "scripts").mkdir()
        for file in SHELLS.values():
            shutil.copy(KEPT / file, root / "scripts")
        self.environ = {
            **warm.environ(),
            "HOME": str(root),
            "PATH": f"{programs}:{os.environ['PATH']}",
            "PJTERM_CONFIG_DIR": str(root / "config"),
            "PJTERM_STATE_DIR": str(root / "state"),
            "TERM": "dumb",
        }
        for name in ("PJTERM_PROFILE", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "ZDOTDIR"):
            self.environ.pop(name, None)

    def configure(self, text: str) -> None:
        """Write the config file."""
        path = self.root / "config" / "config.toml"
        path.write_text(text)
        path.chmod(0o600)

    def asked(self) -> list[str]:
        """The command lines with which the program was started so far."""
        return self.started.read_text().splitlines() if self.started.exists() else []

    def run(self, argv: list[str], script: str = "") -> str:
        """Run a script in a shell; its stdout."""
        done = subprocess.run(
            argv, input=script, env=self.environ, cwd=self.root, capture_output=True, text=True, timeout=60
        )
        assert (done.stderr, done.returncode) == ("", 0)
        return done.stdout


def bash_offers(till: Till, lines: list[str]) -> dict[str, list[str]]:
    """The answers of bash's completion function for each line, with the cursor at its end."""
    script = [f"source {till.root}/scripts/pjterm.bash"]
    for line in lines:
        words = line.split(" ")
        quoted = " ".join("'" + w.replace("'", "'\\''") + "'" for w in words)
        script += [
            f"COMP_WORDS=({quoted}); COMP_CWORD={len(words) - 1}; COMPREPLY=()",
            "_pjterm",
            f"printf '{MARK}\\n'; printf '%s\\n' \"${{COMPREPLY[@]}}\"",
        ]
    out = till.run([shell("bash"), "--norc", "--noprofile", "-u"], "\n".join(script) + "\n")
    blocks = out.split(f"{MARK}\n")[1:]
    return {line: [w for w in block.split("\n") if w] for line, block in zip(lines, blocks, strict=True)}


def fish_offers(till: Till, lines: list[str]) -> dict[str, list[str]]:
    """The answers of `complete -C` for each line, without the descriptions."""
    script = [f"source {till.root}/scripts/pjterm.fish"]
    for line in lines:
        script += [f"echo {MARK}", "complete -C '" + line.replace("\\", "\\\\").replace("'", "\\'") + "'"]
    out = till.run([shell("fish"), "--no-config"], "\n".join(script) + "\n")
    blocks = out.split(f"{MARK}\n")[1:]
    return {
        line: [row.split("\t")[0] for row in block.split("\n") if row]
        for line, block in zip(lines, blocks, strict=True)
    }


class Typing:
    """An interactive shell in a real terminal, to type lines and TAB into."""

    def __init__(self, till: Till, argv: list[str], setup: list[str]) -> None:
        environ = {**till.environ, "TERM": "xterm"}
        self.child = pexpect.spawn(
            argv[0], argv[1:], env=environ, cwd=str(till.root), encoding="utf-8", timeout=60, dimensions=(200, 200)
        )
        for line in [*setup, f"echo {MARK[:1]}''{MARK[1:]}ready"]:
            self.child.sendline(line)
        self.child.expect_exact(f"{MARK}ready")

    def after_tab(self, line: str, *, tabs: int = 1) -> tuple[str, str]:
        """Type a line and TAB: the resulting line, and everything shown meanwhile."""
        self.child.send(line + "\t" * tabs + "\x14")
        self.child.expect(re.escape(MARK) + r"<(.*?)>" + re.escape(MARK))
        return self.child.match[1], plain(self.child.before)

    def close(self) -> None:
        """End the shell."""
        self.child.close(force=True)


def plain(shown: str) -> str:
    """The terminal's output without escape sequences."""
    return re.sub(r"\x1b[\[(][0-9;?]*[A-Za-z]|\x1b[=>]|[\x07\x08\r]", "", shown)


def zsh_typing(till: Till) -> Typing:
    """zsh with its completion system; Ctrl-T prints the line and clears it."""
    return Typing(
        till,
        [shell("zsh"), "-f", "-i"],
        [
            f"PS1='% ' LISTMAX=10000 fpath=({till.root}/scripts $fpath)",
            f"autoload -Uz compinit && compinit -u -d {till.root}/dump",
            "setopt no_list_beep no_beep no_always_last_prompt; unsetopt list_ambiguous zle_bracketed_paste",
            f"tell() {{ print -r -- '{MARK[:1]}''{MARK[1:]}'\"<$BUFFER>\"'{MARK}'; BUFFER=''; zle -I }}",
            "zle -N tell; bindkey '^T' tell; bindkey '^I' complete-word",
        ],
    )


def bash_typing(till: Till) -> Typing:
    """bash with readline; Ctrl-T prints the line and clears it."""
    return Typing(
        till,
        [shell("bash"), "--norc", "--noprofile", "-i"],
        [
            f"source {till.root}/scripts/pjterm.bash",
            "bind 'set enable-bracketed-paste off'; bind 'set page-completions off'; bind 'set bell-style none'",
            "bind 'set completion-query-items 0'",
            f"tell() {{ echo '{MARK[:1]}''{MARK[1:]}'\"<$READLINE_LINE>\"'{MARK}'; READLINE_LINE=''; }}",
            "bind -x '\"\\C-t\": tell'",
        ],
    )
