"""`pjterm completions`: where the scripts are installed, what is printed, and that they work from there."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from pjterm.cli.command_tree import completion_script
from pjterm.cli.commands.completions import place_of, write_all
from pjterm.completions import SHELLS
from pjterm.errors import UsageFault
from tests import warm
from tests.completions.shells import Till, shell

LOADED = """
import sys
from pjterm.cli.app import run
code = run(["completions", "values", sys.argv[1]])
unwanted = {"httpx", "rich", "asyncio", "aiohttp", "keyring", "sqlite3", "ssl", "pjterm.journal", "pjterm.api"}
sys.exit(code or ",".join(sorted(unwanted & sys.modules.keys())) or None)
"""


@pytest.fixture
def till(tmp_path: Path) -> Till:
    """A home directory with the real program in its PATH."""
    return Till(tmp_path, real=True)


def pjterm(till: Till, *words: str) -> subprocess.CompletedProcess[str]:
    """Run the program."""
    return warm.run(words, env=till.environ)


def installed(till: Till, name: str) -> dict[str, object]:
    """Install for a shell; the JSON output."""
    done = pjterm(till, "completions", "install", name, "--json")
    assert done.returncode == 0, done.stderr
    item: dict[str, object] = json.loads(done.stdout)["item"]
    return item


def test_show_prints_the_script() -> None:
    done = warm.run(["completions", "show", "zsh"])

    assert done.stdout == completion_script("zsh")
    assert done.stderr == ""


def test_bash_completes_with_the_printed_line(till: Till) -> None:
    item = installed(till, "bash")

    out = till.run([shell("bash"), "--norc", "--noprofile"], f"{item['activate']}\ncomplete -p pjterm\n")

    assert out == "complete -F _pjterm pjterm\n"


def test_zsh_completes_with_the_printed_line(till: Till) -> None:
    item = installed(till, "zsh")
    (till.root / ".zshrc").write_text(f"{item['activate']}\n")

    out = till.run([shell("zsh"), "-i", "-c", "print -r -- $_comps[pjterm]"])

    assert out == "_pjterm\n"


def test_fish_completes_without_any_further_line(till: Till) -> None:
    assert installed(till, "fish")["activate"] is None

    out = till.run([shell("fish"), "-c", "complete -C 'pjterm cha'"])

    assert out.startswith("charge\t")


def test_installing_twice_changes_nothing_and_says_so(till: Till) -> None:
    first, second = installed(till, "bash"), installed(till, "bash")

    assert (first["changed"], second["changed"]) == (True, False)
    assert "unchanged" in pjterm(till, "completions", "install", "bash").stdout


def test_installing_replaces_an_old_script(till: Till) -> None:
    path = Path(str(installed(till, "fish")["path"]))
    path.write_text("# of an older version\n")

    assert installed(till, "fish")["changed"] is True
    assert path.read_text() == completion_script("fish")


def test_start_up_files_are_not_changed(till: Till) -> None:
    for name in (".bashrc", ".zshrc"):
        (till.root / name).write_text("# mine\n")
    for name in SHELLS:
        installed(till, name)

    assert {(till.root / name).read_text() for name in (".bashrc", ".zshrc")} == {"# mine\n"}


def test_places_follow_the_user_s_own_settings() -> None:
    environ = {"HOME": "/h", "XDG_DATA_HOME": "/d", "XDG_CONFIG_HOME": "/c", "BASH_COMPLETION_USER_DIR": "/b"}

    assert [str(place_of(name, environ).path) for name in SHELLS] == [
        "/b/completions/pjterm",
        "/d/zsh/site-functions/_pjterm",
        "/c/fish/completions/pjterm.fish",
        "/c/powershell/completions/pjterm.ps1",
    ]


def test_a_place_that_cannot_be_written_is_exit_2(till: Till) -> None:
    (till.root / ".config").write_text("in the way")

    done = pjterm(till, "completions", "install", "fish")

    assert done.returncode == 2
    assert "cannot be written" in done.stderr


def test_without_a_home_directory_the_error_says_what_to_set() -> None:
    def none() -> Path:
        raise RuntimeError("Could not determine home directory.")

    with pytest.raises(UsageFault, match="no home directory") as caught:
        place_of("bash", {}, none)

    assert caught.value.hint == "set HOME"


def test_an_unknown_shell_is_exit_2(till: Till) -> None:
    done = pjterm(till, "completions", "show", "tcsh")

    assert (done.returncode, done.stdout) == (2, "")
    assert "bash, zsh, fish, powershell" in done.stderr


@pytest.mark.parametrize("what", ["profiles", "terminals"])
def test_names_are_printed_without_loading_network_or_journal(till: Till, what: str) -> None:
    argv = [sys.executable, "-c", LOADED, what]
    done = subprocess.run(argv, env=till.environ, capture_output=True, text=True, timeout=60)

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == {"profiles": "simulator\n", "terminals": "T1\nT2\n"}[what]
    assert not (till.root / "state").exists()


def test_the_files_of_a_folder_are_written_once(tmp_path: Path) -> None:
    assert [p.name for p in write_all(tmp_path)] == list(SHELLS.values())
    assert write_all(tmp_path) == []


def test_the_powershell_script_has_balanced_brackets() -> None:
    """There is no PowerShell to run it: without strings and comments, its brackets must be balanced."""
    text = completion_script("powershell")
    bare = re.sub(r"'(?:[^']|'')*'|\"[^\"]*\"|#.*", "", text)
    open_: list[str] = []
    for c in bare:
        if c in "([{":
            open_.append(c)
        elif c in ")]}":
            assert open_.pop() + c in ("()", "[]", "{}")

    assert open_ == []
    assert text.isascii()
    assert text.count("Register-ArgumentCompleter -Native -CommandName pjterm") == 1
    assert 'PYTHONIOENCODING = "cp$([Console]::OutputEncoding.CodePage)"' in text, "names in the console's code page"
    assert "$program = $commandAst.GetCommandName()" in text, "it runs the program that is typed, wherever it is"
    assert "& $program @ask" in text
