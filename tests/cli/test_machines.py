"""The command on real machines that refuse it locks, links, disk space or its own files.

The kernel itself refuses (a seccomp filter, a full tmpfs, another user); `tests/system` and `tests/journal`
inject the same faults, for machines that do not allow this.
"""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.till import COMMAND, Run, Shop, Till
from tests.refusing import CALLS

REFUSING = (sys.executable, "-m", "tests.refusing")
ROOT = str(Path(__file__).parents[2])
AS_ANOTHER = ("unshare", "--user", "--map-user=1000", "--map-group=1000")
WITH_A_DISK_OF_ITS_OWN = ("unshare", "--user", "--map-root-user", "--mount")

filtered = pytest.mark.skipif(
    sys.platform != "linux" or platform.machine() not in CALLS, reason="seccomp is Linux's; its numbers are a machine's"
)


def may(command: tuple[str, ...]) -> bool:
    return shutil.which(command[0]) is not None and subprocess.run([*command, "true"], check=False).returncode == 0


def refused(till: Till, error: str, calls: str, *words: str) -> Run:
    return till.start(error, calls, COMMAND, *words, command=REFUSING, PYTHONPATH=ROOT).end()


@filtered
@pytest.mark.parametrize(("error", "calls"), [("ENOLCK", "flock"), ("EPERM", "link,linkat")])
def test_a_sale_works_without_whole_file_locks_or_links(
    shop_and_till: tuple[Shop, Till], error: str, calls: str
) -> None:
    shop, till = shop_and_till
    runs = [refused(till, error, calls, "charge", "12.50", "--key", "K1") for _ in range(2)]

    assert [(r.code, r.out) for r in runs] == [(0, runs[0].out)] * 2
    assert shop.posts == ["request-payment"]
    assert list(till.state.glob("*.held")) == []


@filtered
def test_without_sqlite_s_locks_nothing_is_sent_and_the_disk_is_named(
    shop_and_till: tuple[Shop, Till],
) -> None:
    shop, till = shop_and_till
    run = refused(till, "ENOSYS", "setlk", "charge", "12.50", "--key", "K1")
    doctor = refused(till, "ENOLCK", "setlk", "doctor")

    assert (run.code, run.out, shop.posts) == (12, "", [])
    assert "its file system has no locks of the kind that SQLite needs" in run.err
    assert "Nothing was sent. Use a local disk" in run.err
    assert "bad\tjournal" in doctor.out
    assert "no locks of the kind that SQLite needs" in doctor.out


@filtered
def test_a_relay_needs_those_locks_too(shop_and_till: tuple[Shop, Till]) -> None:
    _, till = shop_and_till
    run = refused(till, "ENOLCK", "setlk", "relay", "serve", "--port", "0")

    assert (run.code, run.out) == (12, "")
    assert "no locks of the kind that SQLite needs" in run.err
    assert "--store on a local disk" in run.err


@pytest.fixture
def of_another_user(tmp_path: Path) -> Path:
    """A directory owned by a user who is not ours once the ids are mapped."""
    if sys.platform == "win32" or os.geteuid() != 0:
        return Path("/")
    others = tmp_path / "others"
    others.mkdir()
    others.chmod(0o777)
    os.chown(others, 54321, 54321)
    return others


@pytest.mark.skipif(not may(AS_ANOTHER), reason="no user of one's own may be made here")
def test_files_of_another_user_are_named_with_their_owner(
    shop_and_till: tuple[Shop, Till], of_another_user: Path
) -> None:
    shop, till = shop_and_till
    others = str(of_another_user)
    run = till.start(COMMAND, "charge", "12.50", command=AS_ANOTHER, PJTERM_STATE_DIR=others).end()
    doctor = till.start(COMMAND, "doctor", command=AS_ANOTHER, PJTERM_CONFIG_DIR=others).end()

    assert (run.code, run.out, shop.posts) == (12, "", [])
    assert f"{others} belongs to" in run.err
    assert f"{others} belongs to" in doctor.out


@pytest.mark.skipif(not may((*WITH_A_DISK_OF_ITS_OWN, "sh", "-c", "mount -t tmpfs none /mnt")), reason="no mounts")
def test_on_a_full_disk_nothing_is_sent(shop_and_till: tuple[Shop, Till]) -> None:
    shop, till = shop_and_till
    till.state.mkdir(mode=0o700)
    full = 'mount -t tmpfs -o size=8k,mode=700 none "$PJTERM_STATE_DIR" && exec "$@"'
    run = till.start("sh", "-c", full, "sh", COMMAND, "charge", "12.50", command=WITH_A_DISK_OF_ITS_OWN).end()

    assert (run.code, run.out, shop.posts) == (12, "", [])
    assert "make room" in run.err.lower()


FILLED = """
mount -t tmpfs -o size=1m,mode=700 none "$PJTERM_STATE_DIR" && "$1" charge 12.50 -k before
(umask 077 && head -c 2000000 /dev/urandom > "$PJTERM_STATE_DIR/pjterm.log.1")
"$1" doctor
for key in 1 2 3; do "$1" charge 12.50 --key $key; done
"""


@pytest.mark.skipif(not may((*WITH_A_DISK_OF_ITS_OWN, "sh", "-c", "mount -t tmpfs none /mnt")), reason="no mounts")
def test_a_disk_that_became_full_is_called_full_by_doctor_and_by_a_charge(
    shop_and_till: tuple[Shop, Till],
) -> None:
    """`doctor` used to say that all is well, and a charge that the database is readonly."""
    shop, till = shop_and_till
    till.state.mkdir(mode=0o700)
    run = till.start("-c", FILLED, "sh", COMMAND, command=(*WITH_A_DISK_OF_ITS_OWN, "sh")).end()
    doctor = {line.split("\t")[1]: line.split("\t")[0] for line in run.out.splitlines() if "\t" in line}

    assert (doctor["state"], len(shop.posts), run.code) == ("bad", 1, 12)
    assert "No space left on device" in run.out
    assert run.err.count("disk is full") == 3
    assert run.err.count("Make room, then") == 3
