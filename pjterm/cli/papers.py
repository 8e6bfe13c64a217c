"""`receipt` and `signature`: the papers of a transaction, shown, saved and sent."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pjterm.cli.context import Context, write
from pjterm.cli.frame import command
from pjterm.errors import AnswerLost, PjtermError, UsageFault

if TYPE_CHECKING:
    from pjterm.cli.session import Session
    from pjterm.settle import Standing

READ_PATIENCE = timedelta(seconds=20)


def register(app: typer.Typer) -> None:
    """Add the commands to the tree."""
    command(app, "receipt")(receipt)
    command(app, "signature")(signature)


def receipt(
    context: Context,
    transaction: Annotated[str, typer.Argument(metavar="TRANSACTION_ID", help="Whose receipt.")],
    save: Annotated[
        str | None, typer.Option("--save", metavar="FILE.html", help="Keep it as the API made it.")
    ] = None,
    email: Annotated[
        str | None, typer.Option("--email", metavar="ADDRESS", help="Have it e-mailed there.")
    ] = None,
    reply_to: Annotated[
        str | None, typer.Option("--reply-to", metavar="ADDRESS", help="Default: the profile's reply_to.")
    ] = None,
    ask_signature: Annotated[
        bool, typer.Option("--ask-signature", help="The e-mail asks for a signature if there is none.")
    ] = False,
    thermal: Annotated[bool, typer.Option("--thermal", help="The narrow one (default).")] = False,
    fullpage: Annotated[bool, typer.Option("--fullpage", help="The one for letter paper.")] = False,
) -> None:
    """Show the receipt of a transaction, save it, or have it e-mailed.

    Nothing happens at any reader; with --email the customer gets a mail.

    Examples:

      pjterm receipt 10001

      pjterm receipt 10001 --fullpage --save receipt.html

      pjterm receipt 10001 --email a@example.com --reply-to shop@example.com
    """
    from pjterm.cli.transactions import transaction_id

    number = transaction_id(transaction, "TRANSACTION_ID")
    if thermal and fullpage:
        raise UsageFault("--thermal and --fullpage: give one of them")
    if email is not None:
        if save is not None or thermal or fullpage:
            raise UsageFault("--email: the API makes that one; leave --save, --thermal and --fullpage out")
        _email(context, number, email, reply_to, ask_signature)
        return
    for given, option in ((reply_to, "--reply-to"), (ask_signature or None, "--ask-signature")):
        if given is not None:
            raise UsageFault(f"{option}: only with --email")
    if save is not None:
        check_save(save, (".html", ".htm"), "an HTML page")
    _show(context, number, "fullpage" if fullpage else "thermal", save)


def _show(context: Context, number: int, paper: str, save: str | None) -> None:
    from pjterm.cli.lists import print_item
    from pjterm.core.receipt import as_text, decoded

    reply = _document(context, f"/transactions/{number}/receipts/latest/{paper}", "text/html")
    lines = as_text(decoded(reply.body, reply.headers.get("content-type", "")))
    if save is not None:
        keep(Path(save), reply.body, "--save")
    item = {"transactionId": number, "paper": paper, "text": "\n".join(lines), "file": save,
            "emailedTo": None}  # fmt: skip
    print_item(context, "receipt", item, lines if save is None else [save])


def _email(
    context: Context, number: int, to: str, reply_to: str | None, ask_signature: bool
) -> None:
    from pjterm.cli.lists import print_item
    from pjterm.core.receipt import check_address

    check_address(to, "--email")
    answer_to = reply_to if reply_to is not None else context.profile.reply_to
    if answer_to is None:
        raise UsageFault(
            "--reply-to: the API wants an address that answers go to",
            hint='give --reply-to ADDRESS, or keep one: reply_to = "…" in the profile',
        )
    check_address(answer_to, "--reply-to")
    form = (("to", to), ("replyTo", answer_to), ("requestSignature", "true" if ask_signature else "false"))
    try:
        context.api.change("POST", f"/transactions/{number}/receipts/latest/email", form)
    except AnswerLost as lost:
        lost.hint = "it may have been sent; the same command again may send a second mail"
        raise
    item = {"transactionId": number, "paper": None, "text": None, "file": None, "emailedTo": to}
    print_item(context, "receipt", item, [f"sent to {to}" if context.stdout_is_terminal else to], changed=True)


def signature(
    context: Context,
    id_: Annotated[
        str, typer.Argument(metavar="ID", help="A signatureId, or the id of a signed transaction.")
    ],
    save: Annotated[
        str | None, typer.Option("--save", metavar="FILE.png", help="Keep the image instead of showing it.")
    ] = None,
) -> None:
    """Show the image of a signature, or save it.

    Nothing happens at any reader.

    Examples:

      pjterm signature 10001

      pjterm signature 60d2e500711b4bf2b42f8efe7a8c5cc4 --save signature.png
    """
    from pjterm.cli.lists import print_item
    from pjterm.core.picture import read_png

    path, what = _where(id_)
    if save is not None:
        check_save(save, (".png",), "a PNG image")
    reply = _document(context, path, "image/png")
    if save is not None:
        keep(Path(save), reply.body, "--save")
    picture = read_png(reply.body)
    item = {
        "id": id_, "of": what, "file": save, "bytes": len(reply.body),
        "width": None if picture is None else picture.width,
        "height": None if picture is None else picture.height,
    }  # fmt: skip
    if save is None and context.format == "text":
        write(context.stdout, "".join(line + "\n" for line in drawn(context, reply.body, id_)))
        return
    print_item(context, "signature", item, [save or ""])


def _where(id_: str) -> tuple[str, str]:
    """Digits up to 18 are a transaction's id, all else is a signature's (32 hex digits, STR)."""
    if id_.isascii() and id_.isdigit() and len(id_) <= 18:
        return f"/transactions/{id_}/receipts/latest/signature", "transaction"
    if not (1 <= len(id_) <= 64 and id_.isascii() and id_.replace("-", "").isalnum()):
        raise UsageFault(f"ID: {id_!r} is neither a transaction's id nor a signature's")
    return f"/smartterminals/signatures/{id_}/image", "signature"


def drawn(context: Context, image: bytes, name: str) -> list[str]:
    """An image as lines for this terminal (or pipe); one that cannot be drawn says how to keep it."""
    import shutil

    from pjterm.core.picture import read_png, sketch

    picture = read_png(image)
    columns = min(100, shutil.get_terminal_size().columns - 1)
    lines = [] if picture is None else sketch(picture, columns, blocks=_has_blocks(context))
    if not lines:
        context.notice(f"the image cannot be drawn here; keep it with: pjterm signature {name} --save FILE.png")
    return lines


def _has_blocks(context: Context) -> bool:
    try:
        "▀▄█".encode(getattr(context.stdout, "encoding", None) or "utf-8")
    except UnicodeEncodeError:
        return False
    return context.environ.get("TERM") != "dumb"


# -- files -------------------------------------------------------------------------------------------


def _document(context: Context, path: str, accept: str) -> Any:
    until = context.clock.now() + READ_PATIENCE
    return context.api.retrying(lambda: context.api.document(path, accept), until)


def check_save(save: str, endings: tuple[str, ...], what: str) -> None:
    """A path that the file can be written to, told before anything is fetched."""
    path = Path(save)
    if path.suffix.lower() not in endings:
        raise UsageFault(f"--save: {save!r} must end in {' or '.join(endings)}, for it is {what}")
    if path.is_dir() or not path.parent.is_dir():
        raise UsageFault(f"--save: there is no directory to write {save!r} in")


def keep(path: Path, data: bytes, option: str) -> None:
    """Write a file whole, readable by its owner."""
    from pjterm.files import write_private

    try:
        write_private(path, data)
    except OSError as error:
        raise UsageFault(f"{option}: {str(path)!r} cannot be written: {error.strerror}") from error


# -- the image of what was just signed -----------------------------------------------------------


def signature_image(made: Session, standing: Standing, save: str | None) -> bytes | None:
    """The image of what was just signed, where it is to be saved or a person sees stdout.

    A failure is a notice, no verdict.
    """
    from pjterm.core.model import Outcome

    signature_id = standing.known.result.signature_id or standing.entry.signature_id
    seen = made.context.format == "text" and made.context.stdout_is_terminal
    if standing.verdict.outcome is not Outcome.SIGNED or signature_id is None or not (save or seen):
        return None
    api = made.context.api
    until = made.context.clock.now() + timedelta(seconds=20)
    path = f"/smartterminals/signatures/{signature_id}/image"
    try:
        return api.retrying(lambda: api.document(path, "image/png"), until).body
    except PjtermError as error:
        _not_kept(made, signature_id, error, save)
        return None


def _not_kept(made: Session, signature_id: str | None, error: Exception, save: str | None) -> None:
    again = f"pjterm signature {signature_id}" + (f" --save {save}" if save else "")
    made.watch.audience.notice(f"signed, but the image is not here: {error}; again: {again}")


def save_signature(made: Session, standing: Standing, image: bytes | None, path: str | None) -> str | None:
    """Keep the image as `sign --save` wants it."""
    if path is None or image is None:
        return None
    from pjterm.files import write_private

    try:
        write_private(Path(path), image)
    except OSError as error:
        _not_kept(made, standing.entry.signature_id, error, path)
        return None
    made.watch.keep(lambda: made.context.journal.saved_signature(standing.entry.id, path))
    return path
