"""The image of a signature: drawn in a terminal, or saved to a file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from pjterm.cli.context import Context
from pjterm.core.hints import by_key, command_line, option
from pjterm.errors import PjtermError, UsageFault

if TYPE_CHECKING:
    from pjterm.cli.shared.session import Session
    from pjterm.flow.results import Resolution


def drawn(context: Context, image: bytes, name: str) -> list[str]:
    """An image as lines for this terminal (or pipe), or how to save it if it cannot be drawn."""
    from pjterm.cli.shared.printing import terminal_width
    from pjterm.ui.signature_image import read_picture, sketch

    picture = read_picture(image)
    columns = min(100, terminal_width(context))
    lines = [] if picture is None else sketch(picture, columns, blocks=_has_blocks(context))
    if not lines:
        save = command_line("signature", name, "--save signature.png")
        context.notice(f"the image cannot be drawn here; to keep it: {save}")
    return lines


def _has_blocks(context: Context) -> bool:
    try:
        "▀▄█".encode(context.stdout_encoding)
    except UnicodeEncodeError:
        return False
    return context.environ.get("TERM") != "dumb"


def check_save(save: str, endings: tuple[str, ...], what: str, option: str = "--save") -> None:
    """Check that the file can be written, before anything is fetched."""
    path = Path(save)
    if path.suffix.lower() not in endings:
        raise UsageFault(f"{option}: {save!r} must end in {' or '.join(endings)}, for it is {what}")
    check_place(path, option)


def check_place(path: Path, option: str) -> None:
    """Refuse a missing directory: the path is probably mistyped."""
    if path.is_dir():
        raise UsageFault(f"{option}: {str(path)!r} is a directory; name a file in it")
    if not path.parent.is_dir():
        raise UsageFault(f"{option}: there is no directory to write {str(path)!r} in")


def keep(path: Path, data: bytes, option: str) -> None:
    """Write a file whole, readable only by its owner."""
    from pjterm.system.files import write_private

    try:
        write_private(path, data)
    except OSError as error:
        raise UsageFault(f"{option}: {str(path)!r} cannot be written: {error.strerror}") from error


def signature_image(made: Session, resolution: Resolution, save: str | None) -> bytes | None:
    """The image of what was just signed, if it is to be saved or stdout is a terminal.

    A failure is only a notice.
    """
    from pjterm.core.model import Outcome

    signature_id = resolution.known.result.signature_id or resolution.entry.signature_id
    seen = made.context.for_person
    if resolution.verdict.outcome is not Outcome.SIGNED or signature_id is None or not (save or seen):
        return None
    api, path = made.context.api, f"/smartterminals/signatures/{signature_id}/image"
    try:
        return api.read_document(path, "image/png").body
    except PjtermError as error:
        _not_kept(made, signature_id, error, save)
        return None


def _not_kept(made: Session, signature_id: str | None, error: Exception, save: str | None) -> None:
    again = command_line("signature", signature_id, *([option("--save", save)] if save else []))
    made.flow.reporter.on_notice(f"signed, but its image could not be fetched or saved: {error}; try again: {again}")


def save_signature(made: Session, resolution: Resolution, image: bytes | None, path: str | None) -> str | None:
    """Save the image as `sign --save` says, or say how to later."""
    from pjterm.core.model import Outcome

    entry, undecided = resolution.entry, resolution.verdict.outcome in (Outcome.OPEN, Outcome.UNKNOWN)
    if path is not None and undecided and entry.request_id is not None:
        later = command_line("signature", by_key(entry.key), option("--save", path))
        made.flow.reporter.on_notice(f"no image was saved yet; once it is signed: {later}")
    if path is None or image is None:
        return None
    from pjterm.system.files import write_private

    try:
        write_private(Path(path), image)
    except OSError as error:
        _not_kept(made, resolution.entry.signature_id, error, path)
        return None
    made.flow.recorder.keep(lambda: made.context.journal.saved_signature(resolution.entry, path))
    return path
