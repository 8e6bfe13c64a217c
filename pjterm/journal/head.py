"""The head: a small file beside the journal that says how far it reached, and how its files looked then.

A journal that is shorter than its head was cut, or is an old copy; one whose file and log look as they did when pjterm
last wrote them needs no second reading. The head is written after each commit and never synced: it may lag behind (that
proves less), but never runs ahead. Two slots of one disk sector each are written by turns, so that one is always whole.
"""

from __future__ import annotations

import functools
import json
import os
import zlib
from pathlib import Path

from pjterm.system.files import O_BINARY, PRIVATE_FILE, private_dir, sync
from pjterm.values import dataclass

SLOT = 512  # bytes: what a disk writes in one piece
_OF_FILE = 4  # what of a look is the file's; the rest is its log's


@dataclass(frozen=True, slots=True)
class Head:
    """How far the chain reached, and the look of the journal when pjterm last wrote it."""

    link: int = 0
    hash: str = ""
    seal: tuple[int, ...] = ()


def look(path: Path) -> tuple[int, ...]:
    """What the system says of a journal and its log: a write to one of them by another program changes it."""
    found = path.stat()
    return found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino, *_look_of_log(path)


def log_of(path: Path) -> Path:
    """The log of a journal, which SQLite keeps beside the file that a link leads to."""
    return Path(f"{os.path.realpath(path)}-wal")


def _look_of_log(path: Path) -> tuple[int, ...]:
    """The same of the log alone; nothing where all of it is folded."""
    try:
        found = log_of(path).stat()
    except OSError:
        return ()
    return (found.st_size, found.st_mtime_ns, found.st_ino) if found.st_size else ()


class HeadFile:
    """The two slots of one head."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._data: bytes | None = None
        self._newest, self._place = Head(), 0
        """What the data says that was read or written last, and where: a commit reads what the one before it wrote."""

    def begin(self) -> None:
        """Make the file, before the journal's own is made: a journal without a head is not a new one.

        Only one process makes it, or replaces it (`JournalPlace.folding`).
        """
        if not self.path.exists():
            self.replace(Head())

    def replace(self, head: Head) -> None:
        """Begin anew at this head, whatever the file said before; whole or not at all. Raises `OSError`."""
        private_dir(self.path.parent)
        beside = self.path.with_name(f"{self.path.name}.new")
        beside.unlink(missing_ok=True)
        file = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | O_BINARY, PRIVATE_FILE)
        try:
            os.write(file, _slot(head) * 2)
            sync(file)
        finally:
            os.close(file)
        os.replace(beside, self.path)
        self._data = None

    def read(self) -> Head | None:
        """The newest of the slots; `None` where there is no head. Raises `ValueError` where none can be read."""
        try:
            file = os.open(self.path, os.O_RDONLY | O_BINARY)
        except FileNotFoundError:
            return None
        try:
            data = os.read(file, 2 * SLOT)
        finally:
            os.close(file)
        if data != self._data:
            found = {place: head for place in (0, SLOT) if (head := _head(data[place : place + SLOT])) is not None}
            if not found:
                raise ValueError(f"{self.path} is unreadable")
            self._place, self._newest = max(found.items(), key=lambda slot: slot[1].link)
            self._data = data
        return self._newest

    def _write(self, head: Head) -> None:
        """Overwrite the older slot, or the newest with what is known of the same link. Raises `OSError`.

        What is in the slots has just been read.
        """
        place, slot = self._place if head.link == self._newest.link else SLOT - self._place, _slot(head)
        file = os.open(self.path, os.O_WRONLY | O_BINARY)
        try:
            os.lseek(file, place, os.SEEK_SET)
            os.write(file, slot)
        finally:
            os.close(file)
        if self._data is not None:
            self._data = self._data[:place] + slot + self._data[place + SLOT :]
            self._newest, self._place = head, place

    def advance(self, link: int, hash_: str, journal: Path) -> None:
        """Record how far the journal reaches since a commit to its log. Raises `OSError`, `ValueError`."""
        head = self.read()
        if head is not None and link > head.link:
            file = head.seal[:_OF_FILE] if head.link else look(journal)[:_OF_FILE]  # the first commit of all
            self._write(Head(link, hash_, (*file, *_look_of_log(journal)) if file else ()))

    def seal(self, seen: tuple[int, ...]) -> None:
        """Record how the journal looks. Raises `OSError`, `ValueError`."""
        head = self.read()
        if head is not None:
            self._write(Head(head.link, head.hash, seen))


def _slot(head: Head) -> bytes:
    text = json.dumps([head.link, head.hash, head.seal])
    return f"{zlib.crc32(text.encode()):08x} {text}".encode().ljust(SLOT - 1) + b"\n"


@functools.lru_cache(4)
def _head(slot: bytes) -> Head | None:
    try:
        checksum, _, text = slot.decode("ascii").partition(" ")
        if int(checksum, 16) != zlib.crc32(text.strip().encode()):
            return None
        link, hash_, seal = json.loads(text)
        return Head(int(link), str(hash_), tuple(int(n) for n in seal))
    except (ValueError, TypeError):
        return None
