"""`receipt` and `signature`: the papers of a transaction, shown, saved and sent."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Any

import typer

from pjterm.cli.context import Context
from pjterm.cli.frame import command
from pjterm.cli.shared import options as o
from pjterm.cli.shared.signature import check_save, drawn, keep
from pjterm.cli.shared.typed_names import name, transaction_named
from pjterm.cli.streams import write, write_bytes
from pjterm.core.hints import command_line
from pjterm.errors import AnswerLost, ApiRejected, PjtermError, UsageFault

_SIGNATURE = re.compile(r"[0-9A-Fa-f]{32}")  # a signatureId (STR)


def register(app: typer.Typer) -> None:
    """Add the commands to the tree."""
    command(app, "receipt")(receipt)
    command(app, "signature")(signature)


def receipt(
    context: Context,
    transaction: Annotated[str, o.argument("ID", o.ANY_ID)],
    save: Annotated[str | None, o.option("--save", "FILE.html", "Keep it as the API made it.")] = None,
    email: Annotated[str | None, o.option("--email", "ADDRESS", "Have it e-mailed there.")] = None,
    reply_to: Annotated[str | None, o.option("--reply-to", "ADDRESS", "Default: the profile's reply_to.")] = None,
    ask_signature: Annotated[
        bool, o.flag("--ask-signature", "The e-mail asks for a signature if there is none.")
    ] = False,
    thermal: Annotated[bool, o.flag("--thermal", "The narrow one (default).")] = False,
    fullpage: Annotated[bool, o.flag("--fullpage", "The one for letter paper.")] = False,
) -> None:
    """Show a receipt, save it, or have it e-mailed.

    Nothing happens at any reader; with --email the customer gets a mail.

    Examples:

      pjterm receipt 10001

      pjterm receipt 10001 --fullpage --save receipt.html

      pjterm receipt 10001 --email a@example.com --reply-to shop@example.com
    """
    if thermal and fullpage:
        raise UsageFault("--thermal and --fullpage: give one of them")
    if email is not None:
        if save is not None or thermal or fullpage:
            raise UsageFault("--email: PayJunction composes that one; leave out --save, --thermal and --fullpage")
        _email(context, transaction, email, reply_to, ask_signature)
        return
    for given, option in ((reply_to, "--reply-to"), (ask_signature or None, "--ask-signature")):
        if given is not None:
            raise UsageFault(f"{option}: only with --email")
    if save is not None:
        check_save(save, (".html", ".htm"), "an HTML page")
    _show(context, transaction_named(context, transaction, "ID"), "fullpage" if fullpage else "thermal", save)


def _show(context: Context, number: int, paper: str, save: str | None) -> None:
    from pjterm.cli.shared.printing import print_item
    from pjterm.reports.receipt_text import decoded, receipt_lines

    try:
        reply = _document(context, f"/transactions/{number}/receipts/latest/{paper}", "text/html")
    except ApiRejected as error:
        raise _no_receipt(context, number, error) or error from None
    lines = receipt_lines(decoded(reply.body, reply.headers.get("content-type", "")))
    if save is not None:
        keep(Path(save), reply.body, "--save")
    item = {"transactionId": number, "paper": paper, "text": "\n".join(lines), "file": save,
            "emailedTo": None}  # fmt: skip
    print_item(context, "receipt", item, lines if save is None else [save])


def _no_receipt(context: Context, number: int, error: ApiRejected) -> ApiRejected | None:
    """Why there is none, where its transaction says so."""
    try:
        t = context.api.transaction(number)
    except PjtermError:
        return None
    if t.approved is not False:
        return None
    see = command_line("explain", t.code) if t.code else f"pjterm transactions show {number}"
    return ApiRejected(
        f"transaction {number} was declined, so it has no receipt", hint=f"why: {see}", details=error.details,
        http_status=error.http_status, pj_request_id=error.pj_request_id,
    )  # fmt: skip


def _email(context: Context, typed: str, to: str, reply_to: str | None, ask_signature: bool) -> None:
    from pjterm.cli.shared.printing import print_item
    from pjterm.reports.receipt_text import check_address

    check_address(to, "--email")
    answer_to = reply_to if reply_to is not None else context.profile.reply_to
    if answer_to is None:
        raise UsageFault(
            "--reply-to is missing: PayJunction needs an address for replies",
            hint='give --reply-to ADDRESS, or keep one: reply_to = "…" in the profile',
        )
    check_address(answer_to, "--reply-to")
    number = transaction_named(context, typed, "ID")
    context.signals.install()
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
    id_: Annotated[str, o.argument("ID", "A signatureId, or a sale key, transaction id or request id.")],
    save: Annotated[str | None, o.option("--save", "FILE.png", "Keep the image instead of showing it.")] = None,
) -> None:
    """Show the image of a signature, or save it.

    Nothing happens at any reader. In a pipe it is the PNG itself.

    Examples:

      pjterm signature 10001

      pjterm signature 60d2e500711b4bf2b42f8efe7a8c5cc4 --save signature.png
    """
    from pjterm.cli.shared.printing import print_item
    from pjterm.ui.signature_image import read_picture

    if save is not None:
        check_save(save, (".png",), "a PNG image")
    path, what = _where(context, id_)
    reply = _document(context, path, "image/png")
    if save is not None:
        keep(Path(save), reply.body, "--save")
    picture = read_picture(reply.body)
    item = {
        "id": id_, "of": what, "file": save, "bytes": len(reply.body),
        "width": None if picture is None else picture.width,
        "height": None if picture is None else picture.height,
    }  # fmt: skip
    if save is None and context.format == "text":
        if context.stdout_is_terminal:
            write(context.stdout, "".join(line + "\n" for line in drawn(context, reply.body, id_)))
        else:
            write_bytes(context.stdout, reply.body)
        return
    print_item(context, "signature", item, [save or ""])


def _where(context: Context, id_: str) -> tuple[str, str]:
    """The path of the image, and what has it: a signature of its own, or a signed transaction."""
    signature = id_ if _SIGNATURE.fullmatch(id_) and not context.journal.find(id_) else None
    if signature is None:
        found = name(context, id_)
        signature = None if found.entry is None else found.entry.signature_id
    if signature is not None:
        return f"/smartterminals/signatures/{signature}/image", "signature"
    return f"/transactions/{transaction_named(context, id_, 'ID')}/receipts/latest/signature", "transaction"


# -- files -------------------------------------------------------------------------------------------


def _document(context: Context, path: str, accept: str) -> Any:
    return context.api.patiently(lambda: context.api.document(path, accept))
