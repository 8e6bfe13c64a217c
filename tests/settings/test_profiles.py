"""Profiles: what the file may contain, how it is changed, and what survives a crash."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import time
from decimal import Decimal
from pathlib import Path

import pytest

from pjterm.errors import AuthFailed, ConfigBroken, UsageFault
from pjterm.settings import profiles
from pjterm.settings.profile import BUILTIN, Environment, Profile
from pjterm.system.files import mode_problem, write_private
from pjterm.system.locks import LockHeld

UUID = "88888888-4444-4444-4444-cccccccccccc"
EXAMPLE = f'''default_profile = "till-1"

[profiles.till-1]
environment = "labs"                # labs | production | simulator
login = "shop"
terminal = "T1"
account = 10001
relay = "http://127.0.0.1:8710"
max_amount = "500.00"
confirm_above = "200.00"
terms = "I agree to the return policy."
# base_url = "…"
  [profiles.till-1.aliases]
  T1 = "{UUID}"
'''


def written(directory: Path, text: str) -> Path:
    path = directory / "config.toml"
    path.write_text(text, encoding="utf-8")
    return path


def one(directory: Path, line: str, environment: str = "labs") -> Profile:
    written(directory, f'[profiles.a]\nenvironment = "{environment}"\n{line}\n')
    return profiles.load(directory).profiles["a"]


# -- reading ---------------------------------------------------------------------------------------


def test_a_profile_is_read_as_it_is_written(tmp_path: Path) -> None:
    path = written(tmp_path, EXAMPLE)
    loaded = profiles.load(tmp_path)

    assert loaded.path == path
    assert loaded.default_profile == "till-1"
    assert loaded.profiles["till-1"] == Profile(
        name="till-1",
        environment=Environment.LABS,
        login="shop",
        terminal="T1",
        account=10001,
        relay=("http://127.0.0.1:8710",),
        max_amount=Decimal("500.00"),
        confirm_above=Decimal("200.00"),
        terms="I agree to the return policy.",
        base_url="https://api.payjunctionlabs.com",
        aliases={"T1": UUID},
    )


def test_no_file_and_no_directory_mean_no_profiles(tmp_path: Path) -> None:
    assert profiles.load(tmp_path / "nowhere") == profiles.Config(tmp_path / "nowhere" / "config.toml")


@pytest.mark.parametrize(
    ("environment", "base_url", "confirm_above"),
    [
        ("labs", "https://api.payjunctionlabs.com", None),
        ("production", "https://api.payjunction.com", Decimal("0")),
        ("simulator", None, None),
    ],
)
def test_defaults_follow_the_environment(
    tmp_path: Path, environment: str, base_url: str | None, confirm_above: Decimal | None
) -> None:
    profile = one(tmp_path, "", environment)

    assert (profile.base_url, profile.confirm_above) == (base_url, confirm_above)


def test_an_explicit_confirm_above_holds_in_production(tmp_path: Path) -> None:
    assert one(tmp_path, 'confirm_above = "75"', "production").confirm_above == Decimal("75.00")


def test_several_relays_are_a_list(tmp_path: Path) -> None:
    profile = one(tmp_path, 'relay = ["https://a.example/", "http://localhost:1"]')

    assert profile.relay == ("https://a.example", "http://localhost:1")


BROKEN = [
    ('[profiles.a]\nenvironment = "labs"\nlogin = \n', 3),
    ('[profiles.a]\nenvironment = "prod"\n', 2),
    ('[profiles.a]\nlogin = "x"\n', 1),
    ("\n\n[profiles.a]\nenvironment = 7\n", 4),
    ('[profiles.a]\nenvironment = "labs"\naccount = "10001"\n', 3),
    ('[profiles.a]\nenvironment = "labs"\naccount = true\n', 3),
    ('[profiles.a]\nenvironment = "labs"\naccount = 0\n', 3),
    ('[profiles.a]\nenvironment = "labs"\nlogin = 5\n', 3),
    ('[profiles.a]\nenvironment = "labs"\nlogin = "a:b"\n', 3),
    ('[profiles.a]\nenvironment = "labs"\nlogin = "a\\u0007b"\n', 3),
    ('[profiles.a]\nenvironment = "labs"\nmax_amount = "5.005"\n', 3),
    ('[profiles.a]\nenvironment = "labs"\nmax_amount = 500.00\n', 3),
    ('[profiles.a]\nenvironment = "labs"\nconfirm_above = "1e3"\n', 3),
    ('[profiles.a]\nenvironment = "labs"\nreply_to = "a@b@c"\n', 3),
    ('[profiles.a]\nenvironment = "labs"\ntimezone = "America/Nowhere"\n', 3),
    ('[profiles.a]\nenvironment = "labs"\ntimezone = "../etc/passwd"\n', 3),
    ('[profiles.a]\nenvironment = "labs"\nday_starts = "24:00"\n', 3),
    ('[profiles.a]\nenvironment = "labs"\nday_starts = "4:00"\n', 3),
    ('[profiles.a]\nenvironment = "labs"\nday_starts = 4\n', 3),
    ('[profiles.a]\nenvironment = "labs"\ncharge = 5\n', 3),
    ('[profiles.a]\nenvironment = "labs"\n[profiles.a.charge]\ntimeout = 2026-11-23\n', 4),
    ('[profiles.a]\nenvironment = "labs"\nterms = ""\n', 3),
    ('[profiles.a]\nenvironment = "labs"\nrelay = ["https://ok", "ftp://no"]\n', 3),
    ('[profiles.a]\nenvironment = "labs"\nsecrets = "shoebox"\n', 3),
    ('[profiles.a]\nenvironment = "labs"\n[profiles.a.aliases]\nT1 = "reader"\n', 4),
    ('[profiles.a]\nenvironment = "labs"\n# environment\n[profiles."b.c"]\nenvironment = "x"\n', 5),
    ('[profiles]\na.environment = "labs"\nb = {environment = "nope"}\n', 3),
    ('[profiles.".."]\nenvironment = "labs"\n', 1),
    ('[profiles.-x]\nenvironment = "labs"\n', 1),
    ('[profiles."a b"]\nenvironment = "labs"\n', 1),
    ("default_profile = 3\n", 1),
    ("profiles = 3\n", 1),
    ("[profiles]\na = 3\n", 2),
    ("x = 1\nx = 2\n", 2),
    ("x = 1e99999999999999999999\n", 1),
    ("x = " + "[" * 5000 + "\n", 1),
]


@pytest.mark.parametrize(("text", "line"), BROKEN)
def test_a_broken_file_is_named_with_its_line_and_what_to_do(tmp_path: Path, text: str, line: int) -> None:
    path = written(tmp_path, text)

    with pytest.raises(ConfigBroken) as caught:
        profiles.load(tmp_path)

    assert caught.value.message.startswith(f"{path}, line {line}: ")
    assert caught.value.hint
    assert caught.value.exit_code == 2


def test_text_that_is_not_utf8_names_its_line(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_bytes(b'[profiles.a]\nlogin = "\xff"\n')

    with pytest.raises(ConfigBroken, match="line 2: this is not UTF-8"):
        profiles.load(tmp_path)


def test_utf_16_is_named_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_bytes('default_profile = "a"\n'.encode("utf-16"))

    with pytest.raises(ConfigBroken, match="line 1: this is UTF-16") as caught:
        profiles.load(tmp_path)
    assert caught.value.hint == "save the file as UTF-8"


def test_a_directory_in_place_of_the_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "config.toml").mkdir()

    with pytest.raises(ConfigBroken, match=r"config\.toml cannot be read"):
        profiles.load(tmp_path)


# -- where credentials may go ----------------------------------------------------------------------


@pytest.mark.parametrize(
    "url",
    [
        "https://proxy.example/payjunction",
        "http://127.0.0.1:8700",
        "http://127.8.9.10",
        "http://[::1]:8700",
        "http://localhost:8700",
        "https://api.payjunctionlabs.com",
    ],
)
def test_https_and_loopback_are_accepted(tmp_path: Path, url: str) -> None:
    assert one(tmp_path, f'base_url = "{url}"').base_url == url


@pytest.mark.parametrize(
    "url",
    [
        "http://api.payjunctionlabs.com",
        "http://127.0.0.1.example",
        "http://localhost.example",
        "http://2130706433",
        "http://[::ffff:8.8.8.8]",
        "https://user:hunter2@host",
        "https://@host",
        "https://host\\\\@other",
        "https://ho st",
        "https://höst",
        "https://%61pi.payjunction.com",
        "https://host:port",
        "https://[::1",
        "https://",
        "https:host",
        "file:///etc/passwd",
        "host",
        "https://host?x=1",
        "https://host#x",
    ],
)
@pytest.mark.parametrize("key", ["base_url", "relay"])
def test_other_urls_are_refused_without_repeating_a_password(tmp_path: Path, url: str, key: str) -> None:
    with pytest.raises(ConfigBroken, match=rf"line 3: profile a: {key}: ") as caught:
        one(tmp_path, f'{key} = "{url}"')

    assert "hunter2" not in repr(caught.value)


@pytest.mark.parametrize(
    ("environment", "url"),
    [
        ("labs", "https://api.payjunction.com"),
        ("labs", "https://API.PayJunction.com.:443/x"),
        ("labs", "https://www.payjunction.com"),
        ("simulator", "https://api.payjunction.com"),
        ("simulator", "https://api.payjunctionlabs.com"),
        ("production", "https://api.payjunctionlabs.com"),
    ],
)
def test_payjunction_s_hosts_serve_only_their_own_environment(tmp_path: Path, environment: str, url: str) -> None:
    with pytest.raises(ConfigBroken, match=r"line 3: .* is PayJunction's"):
        one(tmp_path, f'base_url = "{url}"', environment)
    with pytest.raises(UsageFault, match="is PayJunction's"):
        profiles.add_profile(tmp_path / "new", "b", {"environment": environment, "base_url": url})


@pytest.mark.parametrize("environment", list(Environment))
def test_loopback_serves_every_environment(tmp_path: Path, environment: Environment) -> None:
    assert one(tmp_path, 'base_url = "http://127.0.0.1:1"', environment).base_url == "http://127.0.0.1:1"


# -- finding ---------------------------------------------------------------------------------------


def test_an_unknown_profile_is_exit_4_and_the_known_ones_are_listed(tmp_path: Path) -> None:
    written(tmp_path, EXAMPLE)
    loaded = profiles.load(tmp_path)

    with pytest.raises(AuthFailed, match="known: till-1") as caught:
        profiles.find(loaded, "till-\x1b2")

    assert caught.value.exit_code == 4
    assert "\x1b" not in caught.value.message
    assert profiles.find(loaded, "till-1").login == "shop"


def test_the_built_in_simulator_is_found_by_name_unless_the_file_has_its_own(tmp_path: Path) -> None:
    assert profiles.find(profiles.load(tmp_path), "simulator") is BUILTIN

    own = profiles.add_profile(tmp_path, "simulator", {"environment": "simulator"})

    assert not profiles.find(own, "simulator").builtin


def test_reading_a_config_loads_neither_keyring_nor_platformdirs_nor_tomli_w(tmp_path: Path) -> None:
    written(tmp_path, EXAMPLE)
    code = (
        "import os, sys; from pjterm.settings import credentials, directories, profiles;"
        "profiles.load(directories.config_dir(os.environ));"
        "print([m for m in ('keyring', 'platformdirs', 'tomli_w', 'json', 'asyncio') if m in sys.modules])"
    )
    done = run(code, tmp_path)

    assert done == "[]\n"


# -- changing --------------------------------------------------------------------------------------


def test_the_first_profile_becomes_the_default_and_later_ones_do_not_change_it(tmp_path: Path) -> None:
    profiles.add_profile(tmp_path / "new" / "dir", "a", {"environment": "labs"})
    changed = profiles.add_profile(tmp_path / "new" / "dir", "b", {"environment": "simulator"})

    assert (changed.default_profile, list(changed.profiles)) == ("a", ["a", "b"])
    assert profiles.load(tmp_path / "new" / "dir") == changed
    assert profiles.use_profile(tmp_path / "new" / "dir", "b").default_profile == "b"


def test_file_and_directory_are_private_from_the_start(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        profiles.add_profile(tmp_path / "new" / "dir", "a", {"environment": "labs"})
    finally:
        os.umask(before)
    modes = {p.name: stat.S_IMODE(p.stat().st_mode) for p in (tmp_path / "new").rglob("*")}

    assert modes == {"dir": 0o700, "config.toml": 0o600, ".lock": 0o600}
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o700
    assert mode_problem(tmp_path / "new" / "dir" / "config.toml") is None


def test_a_file_readable_by_others_is_reported_and_fixed_by_the_next_change(tmp_path: Path) -> None:
    path = written(tmp_path, EXAMPLE)
    path.chmod(0o644)

    assert "0644" in str(mode_problem(path))
    assert profiles.load(tmp_path).profiles

    profiles.use_profile(tmp_path, "till-1")

    assert mode_problem(path) is None
    assert mode_problem(tmp_path / "missing") is None


@pytest.mark.parametrize(
    ("name", "table", "says"),
    [
        ("till-1", {"environment": "labs"}, "exists already"),
        ("b", {}, "environment is missing"),
        ("b", {"environment": "test"}, "'test' is not labs"),
        ("b", {"environment": "labs", "max_amount": "5,00"}, "max_amount"),
        ("b", {"environment": "labs", "password": "hunter2"}, "password is not a setting"),
        ("", {"environment": "labs"}, "not a profile name"),
        ("a/b", {"environment": "labs"}, "not a profile name"),
        ("x" * 65, {"environment": "labs"}, "not a profile name"),
        ("..", {"environment": "labs"}, "not a profile name"),
        ("-x", {"environment": "labs"}, "no - first"),
    ],
)
def test_an_invalid_profile_leaves_the_file_unchanged(
    tmp_path: Path, name: str, table: dict[str, object], says: str
) -> None:
    path = written(tmp_path, EXAMPLE)

    with pytest.raises(UsageFault, match=says) as caught:
        profiles.add_profile(tmp_path, name, table)

    assert path.read_text() == EXAMPLE
    assert "hunter2" not in repr(caught.value)


def test_a_broken_file_is_never_rewritten(tmp_path: Path) -> None:
    path = written(tmp_path, '[profiles.a]\nenvironment = "x"\n')

    with pytest.raises(ConfigBroken, match="line 2"):
        profiles.add_profile(tmp_path, "b", {"environment": "labs"})

    assert path.read_text() == '[profiles.a]\nenvironment = "x"\n'


def test_unknown_keys_survive_a_rewrite_exactly(tmp_path: Path) -> None:
    text = EXAMPLE.replace("account", "rate = 0.10000000000000000001\naccount") + '[future]\nkey = ["x"]\n'
    path = written(tmp_path, text)
    profiles.set_alias(tmp_path, "till-1", "T2", UUID)

    assert "rate = 0.10000000000000000001" in path.read_text()
    assert "[future]" in path.read_text()


LAYOUTS = [
    EXAMPLE,
    EXAMPLE.replace("\n", "\r\n"),
    f'profiles.till-1 = {{environment = "labs", aliases = {{T1 = "{UUID}"}}}} # inline\n# end\n',
    "# top\n\n[profiles.\"till-1\"] # quoted\nenvironment = 'labs'\n\n[[future]] # newer\nx = 1\n",
]


@pytest.mark.parametrize("text", LAYOUTS)
def test_comments_and_order_survive_every_kind_of_change(tmp_path: Path, text: str) -> None:
    """In any TOML style, each comment is still there, and the keys keep their order."""
    path = tmp_path / "config.toml"
    path.write_bytes(text.encode())
    profiles.set_alias(tmp_path, "till-1", "new", UUID)
    profiles.add_profile(tmp_path, "added", {"environment": "production", "relay": ["https://a", "https://b"]})
    profiles.use_profile(tmp_path, "added")
    profiles.unset_alias(tmp_path, "till-1", "new")
    after, loaded = path.read_bytes().decode(), profiles.load(tmp_path)
    comments = [line[line.index("#") :].strip() for line in text.splitlines() if "#" in line]
    before = [key for key in loaded.profiles if key != "added"]

    assert [c for c in comments if c not in after] == []
    assert [after.index(c) for c in comments] == sorted(after.index(c) for c in comments)
    assert (loaded.default_profile, loaded.profiles["added"].relay) == ("added", ("https://a", "https://b"))
    assert [*before, "added"] == list(loaded.profiles)


DESKS = """# the shop
default_profile = "a"

# front desk
[profiles.a]
environment = "labs" # test
# base_url = "…"
login = "shop"
  [profiles.a.aliases] # its readers

# back office
[profiles.b]
environment = "labs"
# end
"""


@pytest.mark.parametrize("text", [DESKS, DESKS.replace("\n", "\r\n")], ids=["lines", "Windows line ends"])
def test_removing_a_profile_removes_no_comment_of_another(tmp_path: Path, text: str) -> None:
    path = tmp_path / "config.toml"
    path.write_bytes(text.encode())
    profiles.remove_profile(tmp_path, "a")
    one_left = path.read_bytes().decode().splitlines()
    profiles.remove_profile(tmp_path, "b")
    none_left = path.read_bytes().decode().splitlines()

    assert [line for line in one_left if line] == [
        "# the shop", 'default_profile = "b"', "# front desk", "# back office", "[profiles.b]", 'environment = "labs"',
        "# end",
    ]  # fmt: skip
    assert [line for line in none_left if line] == ["# the shop", "# front desk", "# back office", "# end"]


def test_a_layout_that_cannot_be_edited_in_place_keeps_its_comments_at_the_top(tmp_path: Path) -> None:
    written(tmp_path, DESKS.replace("# back office", '[notes]\nwho = "Mary"\n# back office'))
    profiles.add_profile(tmp_path, "c", {"environment": "simulator"})
    lines = (tmp_path / "config.toml").read_text().splitlines()

    assert lines[:5] == ["# the shop", "# front desk", '# base_url = "…"', "# back office", "# end"]
    assert list(profiles.load(tmp_path).profiles) == ["a", "b", "c"]


def test_a_layout_that_cannot_be_edited_in_place_keeps_its_values(tmp_path: Path) -> None:
    """Dotted keys, then the same table again after another one: valid TOML that few TOML editors support."""
    text = '[profiles]\ntill-1.environment = "labs"\n[other]\nkey = 1\n[profiles.b]\nenvironment = "labs"\n'
    written(tmp_path, text)
    loaded = profiles.set_alias(tmp_path, "till-1", "T1", UUID)

    assert (list(loaded.profiles), loaded.profiles["till-1"].aliases) == (["till-1", "b"], {"T1": UUID})
    assert profiles.load(tmp_path) == loaded


def test_aliases_can_be_added_and_removed(tmp_path: Path) -> None:
    written(tmp_path, EXAMPLE)

    assert profiles.set_alias(tmp_path, "till-1", "bar", UUID).profiles["till-1"].aliases["bar"] == UUID
    assert profiles.unset_alias(tmp_path, "till-1", "T1").profiles["till-1"].aliases == {"bar": UUID}
    with pytest.raises(UsageFault, match="no alias 'T1'; known: bar"):
        profiles.unset_alias(tmp_path, "till-1", "T1")
    with pytest.raises(UsageFault, match="not a smartTerminalId"):
        profiles.set_alias(tmp_path, "till-1", "T3", "T1")
    with pytest.raises(UsageFault, match="not another UUID"):
        profiles.set_alias(tmp_path, "till-1", UUID, UUID)


def test_removing_the_default_never_makes_production_the_default(tmp_path: Path) -> None:
    for name, environment in (("a", "labs"), ("b", "production")):
        profiles.add_profile(tmp_path, name, {"environment": environment})

    assert profiles.remove_profile(tmp_path, "a").default_profile is None


def test_removing_the_default_selects_the_only_other_one_or_none(tmp_path: Path) -> None:
    for name in "abc":
        profiles.add_profile(tmp_path, name, {"environment": "labs"})

    assert profiles.remove_profile(tmp_path, "a").default_profile is None
    profiles.use_profile(tmp_path, "b")
    assert profiles.remove_profile(tmp_path, "b").default_profile == "c"
    assert profiles.remove_profile(tmp_path, "c").default_profile is None


def test_changing_an_unknown_profile_is_exit_4(tmp_path: Path) -> None:
    written(tmp_path, EXAMPLE)

    for change in (profiles.remove_profile, profiles.use_profile):
        with pytest.raises(AuthFailed, match="known: till-1"):
            change(tmp_path, "b")
    with pytest.raises(AuthFailed):
        profiles.set_alias(tmp_path, "b", "T1", UUID)


def test_a_place_that_cannot_be_written_is_a_named_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(UsageFault, match="cannot be written") as caught:
        profiles.add_profile(tmp_path / "file", "a", {"environment": "labs"})
    assert caught.value.hint == "make it writable, or set PJTERM_CONFIG_DIR to the directory that is meant"


def test_a_config_locked_by_another_process_is_not_called_unwritable(tmp_path: Path) -> None:
    held = LockHeld(tmp_path / ".lock", "process 7 (stopped)")

    with pytest.raises(UsageFault, match=r"process 7 \(stopped\) holds") as caught, profiles.changing(tmp_path):
        raise held
    assert caught.value.hint == "let that process go on or end it, then run the same command again"


def test_a_linked_config_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "dotfiles").mkdir()
    real = written(tmp_path / "dotfiles", EXAMPLE)
    (tmp_path / "config.toml").symlink_to(real)
    profiles.set_alias(tmp_path, "till-1", "other", UUID)

    assert (tmp_path / "config.toml").is_symlink()
    assert f'other = "{UUID}"' in real.read_text()


# -- other processes -------------------------------------------------------------------------------


def run(code: str, directory: Path) -> str:
    environ = {"PATH": os.environ["PATH"], "HOME": str(directory), "PJTERM_CONFIG_DIR": str(directory)}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environ, capture_output=True, text=True, timeout=30, check=True
    )
    return done.stdout


ADD_ALIASES = """
import sys
from pathlib import Path
from pjterm.settings import profiles as config
directory, who, uuid = Path(sys.argv[1]), sys.argv[2], "88888888-4444-4444-4444-cccccccccccc"
for n in range(15):
    config.set_alias(directory, "till-1", f"{who}-{n}", uuid)
"""


def test_three_processes_changing_the_config_concurrently_lose_nothing(tmp_path: Path) -> None:
    written(tmp_path, EXAMPLE)
    command = [sys.executable, "-c", ADD_ALIASES, str(tmp_path)]
    writers = [subprocess.Popen([*command, who]) for who in ("a", "b", "c")]

    assert [writer.wait(timeout=30) for writer in writers] == [0, 0, 0]

    wanted = {"T1"} | {f"{who}-{n}" for who in "abc" for n in range(15)}

    assert set(profiles.load(tmp_path).profiles["till-1"].aliases) == wanted
    assert {p.name for p in tmp_path.iterdir()} == {"config.toml", ".lock"}


REWRITE = """
import sys
from pathlib import Path
from pjterm.settings import profiles as config
print("ready", flush=True)
for n in range(100_000):
    config.set_alias(Path(sys.argv[1]), "till-1", f"{n % 10}" * 64, "88888888-4444-4444-4444-cccccccccccc")
"""


def test_a_process_killed_while_rewriting_leaves_a_complete_file(tmp_path: Path) -> None:
    written(tmp_path, EXAMPLE.replace("I agree", "x" * 9_000))
    deadline = time.monotonic() + 30
    for _ in range(8):
        before = (tmp_path / "config.toml").stat().st_mtime_ns
        command = [sys.executable, "-c", REWRITE, str(tmp_path)]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as writer:
            assert writer.stdout is not None
            assert writer.stdout.readline() == b"ready\n"
            while (tmp_path / "config.toml").stat().st_mtime_ns == before:
                assert writer.poll() is None
                assert time.monotonic() < deadline
            writer.kill()
        left = profiles.load(tmp_path).profiles["till-1"]

        assert (len(left.terms or ""), left.aliases["T1"]) == (9_022, UUID)

    profiles.use_profile(tmp_path, "till-1")

    assert {p.name for p in tmp_path.iterdir()} == {"config.toml", ".lock"}


WRITE_MUCH = """
import sys
from pathlib import Path
from pjterm.system.files import mode_problem, write_private
write_private(Path(sys.argv[1]), b"new" * 50_000_000)
"""


def test_a_process_killed_during_a_write_leaves_the_old_content(tmp_path: Path) -> None:
    path = tmp_path / "file"
    write_private(path, b"old")
    deadline = time.monotonic() + 30
    with subprocess.Popen([sys.executable, "-c", WRITE_MUCH, str(path)]) as writer:
        while not any(p.stat().st_size for p in tmp_path.glob(".file.new-*")):
            assert time.monotonic() < deadline
            assert writer.poll() is None
        writer.kill()

    assert path.read_bytes() == b"old"
    assert {stat.S_IMODE(p.stat().st_mode) for p in tmp_path.iterdir()} == {0o600}
