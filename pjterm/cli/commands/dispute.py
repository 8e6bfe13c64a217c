"""`dispute`: one file for a chargeback, with all that is known of a payment."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pjterm.cli.context import Context
from pjterm.cli.frame import command
from pjterm.cli.shared import options as o
from pjterm.cli.shared.signature import check_save, keep
from pjterm.cli.shared.typed_names import transaction_named
from pjterm.cli.streams import write_bytes
from pjterm.core.hints import command_line, option
from pjterm.core.text import counted
from pjterm.errors import CheckFailed, GuardRefused, UsageFault

if TYPE_CHECKING:
    from pjterm.core.model import Transaction
    from pjterm.reports.dispute.case import Dispute
    from pjterm.reports.document import Document

MOST_BYTES = 10_000_000
"""Bytes that are taken of an answer to a chargeback: 10 MB (S-CB)."""
LONGEST = 1_000_000
"""Characters; some 500 pages, drawn in ten seconds. What is longer is no receipt."""
CASE_LIMIT = 32  # characters
PIPE = "-"


def register(app: typer.Typer) -> None:
    """Add the command to the tree."""
    command(app, "dispute")(dispute)


def dispute(
    context: Context,
    id_: Annotated[str, o.argument("ID", o.ANY_ID)],
    case: Annotated[str | None, o.option("--case", "N", "The case number that the letter names.")] = None,
    signed: Annotated[
        list[str] | None, o.option("--signed", "KEY", "Terms that were signed for this sale: the key of that sign.")
    ] = None,
    out: Annotated[str | None, o.option("--out", "FILE.pdf", "Default: dispute-TRANSACTION.pdf; - for stdout.")] = None,
    force: Annotated[
        bool, o.flag("--force", "Write it although something is missing or the sale was voided; it says so.")
    ] = False,
    yes: o.YesOption = False,
) -> None:
    """Make one file for a chargeback.

    A PDF of at most 10 MB: the payment in short, the transaction, the receipt, the signature, the terms that were
    signed, what was sent and when, and the evidence. No phone number is in it, and of cards the last four digits.
    Nothing happens at any reader. Where something cannot be read, nothing is written, exit 13.

    Examples:

      pjterm dispute order-1042 --case 2026-0042

      pjterm dispute 10001 --signed terms-1042 --out answer.pdf
    """
    from pjterm.cli.shared.disputed import collect

    _check_case(case)
    _check_out(context, out)
    number = transaction_named(context, id_, "ID", "dispute")
    file = out if out is not None else f"dispute-{number}.pdf"
    _check_replaced(context, file, yes=yes)
    t = context.api.read_transaction(number)
    _check_charge(context, t, force=force)
    found = collect(context, t, signed or [], case)
    _check_whole(context, found, force=force)
    data, pages = _drawn(found)
    _write(context, found, file, data, pages)
    _advise(context, found)
    if found.missing:
        raise typer.Exit(CheckFailed.exit_code)


# -- before anything is asked -------------------------------------------------------------------------------------


def _check_case(case: str | None) -> None:
    if case is not None and not (1 <= len(case) <= CASE_LIMIT and case.isprintable() and case.strip() == case):
        raise UsageFault(f"--case: {case!r} is not a case number: use 1 to {CASE_LIMIT} printable characters")


def _check_out(context: Context, out: str | None) -> None:
    if out == PIPE:
        if context.format != "text":
            raise UsageFault("--out -: the file goes to stdout; leave out --json and --output")
        if context.stdout_is_terminal:
            raise UsageFault("--out -: stdout is a terminal", hint="pipe it on, or name a file: --out FILE.pdf")
    elif out is not None:
        check_save(out, (".pdf",), "a PDF", "--out")


def _check_replaced(context: Context, file: str, *, yes: bool) -> None:
    """A file that is there may be evidence that was handed in already."""
    if file != PIPE and Path(file).exists():
        context.confirm_or_refuse(
            f"{file} is there already. Replace it?", f"{file!r} was not replaced", yes=yes,
            hint="pass --yes, or name another file: --out FILE.pdf",
        )  # fmt: skip


# -- before anything is written -----------------------------------------------------------------------------------


def _check_charge(context: Context, t: Transaction, *, force: bool) -> None:
    """Only a charge can be charged back, and only one that took money."""
    number = t.transaction_id
    if t.action not in ("", "CHARGE"):
        ours = context.journal.owners_by_id(number, context.scope.environment)
        charge = next((e.original_id for e in ours if e.original_id is not None), None)
        see = f"pjterm transactions show {number}" if charge is None else f"pjterm dispute {charge}"
        what = "a refund" if t.action == "REFUND" else f"a {t.action.lower()}"
        raise _refused(f"transaction {number} is {what}, and only a charge can be charged back", see, "not-a-charge")
    if t.approved is False:
        see = command_line("explain", t.code) if t.code else f"pjterm transactions show {number}"
        raise _refused(f"transaction {number} was declined: nothing was charged", see, "not-charged")
    if t.is_returned:
        says = f"transaction {number} was returned by the bank: nothing was collected"
        raise _refused(says, f"pjterm transactions show {number}", "not-charged")
    if t.is_void and not force:
        raise _refused(
            f"transaction {number} was voided: nothing was collected", f"pjterm transactions show {number}", "voided",
            "to have the file all the same, for a bank that says otherwise, add --force; ",
        )  # fmt: skip


def _refused(says: str, see: str, code: str, more: str = "") -> GuardRefused:
    return GuardRefused(f"{says}. No file was written.", hint=f"{more}see: {see}", code=code)


def _check_whole(context: Context, d: Dispute, *, force: bool) -> None:
    for says in d.missing:
        context.warn(f"missing: {says}")
    if d.missing and not force:
        raise CheckFailed(
            f"the file would be incomplete: {counted(len(d.missing), 'part is', 'parts are')} missing, listed above. "
            "No file was written.",
            hint="try again; to have it all the same, marked incomplete: --force", code="not-whole",
        )  # fmt: skip


def _drawn(d: Dispute) -> tuple[bytes, int]:
    from pjterm.reports.dispute.pages import dispute_file
    from pjterm.ui.pdf import draw

    made = dispute_file(d)
    _check_length(d, made)
    data, pages = draw(made, d.made_at, f"pjterm {d.version}")
    if len(data) > MOST_BYTES:
        raise _too_large(d, f"{len(data):,} bytes, and PayJunction takes 10 MB at most")
    return data, pages


def _check_length(d: Dispute, made: Document) -> None:
    from pjterm.reports.document import texts

    if (length := sum(map(len, texts(made)))) > LONGEST:
        raise _too_large(d, f"{length:,} characters; at most {LONGEST:,} are allowed")


def _too_large(d: Dispute, says: str) -> GuardRefused:
    number = d.transaction.transaction_id
    return GuardRefused(
        f"the file would have {says}. No file was written.",
        hint=f"leave out a --signed, or hand in the receipt alone: pjterm receipt {number} --save receipt.html",
        code="too-large",
    )


# -- what it says -------------------------------------------------------------------------------------------------


def _write(context: Context, d: Dispute, file: str, data: bytes, pages: int) -> None:
    from pjterm.cli.shared.printing import print_item

    if file == PIPE:
        write_bytes(context.stdout, data)
        return
    keep(Path(file), data, "--out")
    item = {
        "transactionId": d.transaction.transaction_id, "key": None if d.sale is None else d.sale.key,
        "case": d.case, "file": file, "bytes": len(data), "pages": pages, "incomplete": bool(d.missing),
        "missing": list(d.missing),
    }  # fmt: skip
    print_item(context, "dispute", item, [file], changed=True)


def _advise(context: Context, d: Dispute) -> None:
    """What the shop should know that is not for the bank."""
    from pjterm.cli.shared.disputed import nearby
    from pjterm.reports.dispute.summary import NEVER_REFUND, WHY_NOT, other_refunds

    if d.sale is None:
        context.notice("not in this journal: the file has what PayJunction says, and no evidence of its own")
    for says in other_refunds(d):
        context.notice(f"the file says: {says}")
    for e in nearby(context, d):
        where = e.terminal.label
        context.notice(
            f"not in the file: terms that were signed on {where} at about that time; if they are of this sale, "
            f"add {option('--signed', e.key)}"
        )
    context.notice(f"{NEVER_REFUND} {WHY_NOT}")
