"""The result of a command as one value: the JSON object it becomes, and the bare line a pipe gets.

JSON keeps API data unchanged, escaped as JSON requires; `outcome_words` describes a result for people.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from pjterm.core import card, wire
from pjterm.core.exit_codes import exit_code
from pjterm.core.model import Kind, Outcome, Result, Verdict, is_expected
from pjterm.core.money import dollars
from pjterm.core.times import stamp
from pjterm.errors import PjtermError
from pjterm.values import dataclass, field

if TYPE_CHECKING:  # what never followed a request needs none of these
    from pjterm.core.entry import Entry
    from pjterm.core.evidence.facts import Evidence, Fact
    from pjterm.core.evidence.states import Progress
    from pjterm.ui.progress import Header

SCHEMA, SUMMARY = "pjterm.result/1", "pjterm.summary/1"


@dataclass(frozen=True, slots=True)
class Report:
    """Everything in a command's result; None where it does not apply."""

    kind: Kind | None
    outcome: Outcome
    exit_code: int
    request_kind: Kind | None = None
    """What kind of request was cancelled; None where it is not known, and for what cancels nothing."""
    key: str | None = None
    profile: str | None = None
    environment: str | None = None
    login: str | None = None
    """The login that sent it; it is not printed."""
    base_url: str | None = None
    """Where requests went, if not to PayJunction's own host."""
    terminal_name: str | None = None
    smart_terminal_id: str | None = None
    terminal_id: int | None = None
    amount: str | None = None
    amount_total: str | None = None
    """The total booked."""
    asked: str | None = None
    """The total that was requested: shown until something is booked."""
    invoice_number: str | None = None
    request_id: str | None = None
    status: str | None = None
    transaction_id: int | None = None
    signature_id: str | None = None
    prompt_button: str | None = None
    input_value: str | None = field(default=None, repr=False)
    read_data: str | None = field(default=None, repr=False)
    kept: str | None = None
    """All that is kept of one of these after a day: its last two characters."""
    transaction: dict[str, Any] | None = field(default=None, repr=False)
    signature_file: str | None = None
    by: str | None = None
    """Who sold."""
    started_at: datetime | None = None
    sent_at: datetime | None = None
    """When this machine sent it; None if it only found it."""
    result_at: datetime | None = None
    finished_at: datetime | None = None
    evidence: tuple[Evidence, ...] = ()
    error: PjtermError | None = None
    says: str = ""
    hint: str | None = None
    original_id: int | None = None
    """The transaction that a void or linked refund is about."""
    at_reader: bool = True
    """Whether a customer is there with a card; a void and a linked refund need none."""
    key_given: bool = False
    """Whether the user gave the key, so that the same line again means the same request."""
    replayed: bool = False
    """Whether the result was known before this command, which then sent nothing."""
    changed_at: datetime | None = None
    """When it was voided, or its tip changed; None if this journal did not send that."""
    went_back: str | None = None
    """How much of it linked refunds in this journal have given back since."""
    went_back_under: tuple[str, ...] = ()
    """The keys of those refunds."""
    changed_since: str | None = None
    """For a tip: what a later command in this journal did to the same charge."""
    overtaken: bool = False
    """Whether it was to be cancelled meanwhile; if money moved anyway, it can be taken back."""
    held_by: str | None = None
    """The key of this machine's own request that the reader was busy with."""
    holder_ends: str | None = None
    """What to type to end that one, if it can be ended."""
    typed: tuple[str, ...] = ()
    """The command line, if this command sent it."""
    large_tip: bool = False
    """Whether it is a tip that only `--force` adds, as far as its sale was read."""
    again: tuple[str, ...] = ()
    """The words that request it again, apart from key, reader and account, if the journal keeps all of them."""
    next_profile: str | None = None
    """The profile that a command typed next must name, if it must."""
    off_login: bool = False
    """Whether no profile has the login that sent it anymore, so that its key is not sent again."""
    off_account: bool = False
    """Whether it must name the account."""

    @property
    def is_unexpected(self) -> bool:
        """Whether `--expect` was not met; `cancel` of an answered prompt has an exit code of its own."""
        unmet = exit_code(self.outcome, self.kind, expected=False)
        return self.outcome is Outcome.ANSWERED and self.exit_code == unmet

    @property
    def unpaid(self) -> str | None:
        """How much of the base amount is not paid, where an operator took an approval of less as it was."""
        booked = wire.transaction(self.transaction) if self.outcome is Outcome.APPROVED else None
        if booked is None or booked.amount_base is None or self.kind is not Kind.PAYMENT:
            return None
        left = Decimal(self.amount or 0) - booked.amount_base
        taken = any(e.source == "operator" for e in self.evidence)  # else the shop has lowered it since
        return dollars(left) if taken and left > 0 else None

    def summary(self) -> dict[str, Any]:
        """The result in a list: without its evidence, and with a schema that does not promise any."""
        return {name: value for name, value in self.json().items() if name != "evidence"} | {"schema": SUMMARY}

    def json(self) -> dict[str, Any]:
        """The result object; every key always there."""
        return {
            "schema": SCHEMA,
            "type": "result",
            "key": self.key,
            "kind": None if self.kind is None else self.kind.value,
            "outcome": self.outcome.value,
            "exitCode": self.exit_code,
            "profile": self.profile,
            "environment": self.environment,
            "baseUrl": self.base_url,
            "terminal": {
                "name": self.terminal_name,
                "smartTerminalId": self.smart_terminal_id,
                "terminalId": self.terminal_id,
            },
            "amount": self.amount,
            **self._booked(),
            "invoiceNumber": self.invoice_number,
            "requestId": self.request_id,
            "status": self.status,
            "transactionId": self.transaction_id,
            "signatureId": self.signature_id,
            "promptButton": self.prompt_button,
            "inputValue": self.input_value,
            "readData": self.read_data,
            "transaction": self.transaction,
            "signatureFile": self.signature_file,
            "by": self.by,
            "startedAt": _stamp(self.started_at),
            "resultAt": _stamp(self.result_at),
            "finishedAt": _stamp(self.finished_at),
            "evidence": [{"at": stamp(e.at), "source": e.source, "says": e.says} for e in self.evidence],
            "replayed": self.replayed,
            "error": None if self.error is None else _error_json(self.error),
        }

    def _booked(self) -> dict[str, Any]:
        """What the transaction says about the money and the card; `null` until there is one."""
        booked, used = wire.transaction(self.transaction), card.card_of(self.transaction)
        total = None if booked is None else wire.total(booked)
        tip = None if self.transaction is None else wire.money(self.transaction.get("amountTip"))
        return {
            "amountTotal": None if total is None else dollars(total),
            "amountTip": None if tip is None else dollars(tip),
            "card": None if used is None else used.json(),
            "approvalCode": card.approval_code(self.transaction),
        }


def _stamp(at: datetime | None) -> str | None:
    return None if at is None else stamp(at)


def _error_json(error: PjtermError) -> dict[str, Any]:
    """The `error` object."""
    return {
        "code": error.code,
        "message": error.message,
        "hint": error.hint,
        "httpStatus": error.http_status,
        "pjRequestId": error.pj_request_id,
        "details": [{"parameter": d.parameter, "type": d.type, "message": d.message} for d in error.details],
    }


def report_of(
    entry: Entry,
    verdict: Verdict,
    facts: list[Fact],
    known: Progress | None,
    error: PjtermError | None = None,
    base_url: str | None = None,
) -> Report:
    """A sale as it stands, for output."""
    from pjterm.core.entry import WITHOUT_RESULT  # loaded already, with the entry
    from pjterm.core.typed import typed_again

    transaction = _booked(entry, verdict)
    result = known.result if known is not None else Result()
    expected = is_expected(entry.expect, result.prompt_button or entry.prompt_button)
    return Report(
        kind=entry.kind,
        outcome=verdict.outcome,
        exit_code=exit_code(verdict.outcome, entry.kind, expected=expected),
        key=entry.key,
        profile=entry.profile,
        environment=entry.scope.environment,
        login=entry.scope.login,
        base_url=base_url,
        terminal_name=entry.terminal.name,
        smart_terminal_id=entry.terminal.smart_terminal_id,
        terminal_id=entry.terminal.terminal_id,
        amount=None if entry.amount is None else dollars(entry.amount),
        amount_total=_amount_total(entry, transaction),
        asked=None if entry.in_all is None else dollars(entry.in_all),
        invoice_number=entry.invoice_number,
        request_id=(known.request_id if known is not None else None) or entry.request_id,
        status=known.status.value if known is not None and known.status is not None else entry.status,
        transaction_id=_transaction_id(entry, verdict, result),
        signature_id=result.signature_id or entry.signature_id,
        prompt_button=result.prompt_button or entry.prompt_button,
        input_value=result.input_value or entry.input_value,
        read_data=result.read_data or entry.read_data,
        transaction=transaction,
        signature_file=entry.signature_file,
        by=entry.by,
        started_at=entry.started_at,
        sent_at=entry.sent_at,
        result_at=entry.result_at,
        finished_at=entry.finished_at,
        evidence=_chain(facts),
        error=error,
        says=verdict.says,
        hint=verdict.hint,
        original_id=entry.original_id,
        at_reader=entry.is_at_reader,
        changed_at=changed_at(entry, verdict.outcome),
        key_given=entry.named,
        large_tip=entry.kind is Kind.TIP and _is_large_tip(entry, known),
        again=() if verdict.outcome not in (Outcome.DECLINED, *WITHOUT_RESULT) else typed_again(entry),
    )


def changed_at(entry: Entry, outcome: Outcome) -> datetime | None:
    """When this entry voided its original or changed its tip; None if that was done before, so nothing was sent."""
    own = (entry.kind, outcome) in ((Kind.VOID, Outcome.VOIDED), (Kind.TIP, Outcome.ADJUSTED))
    return entry.result_at or entry.finished_at if own and entry.sent_at is not None else None


def _booked(entry: Entry, verdict: Verdict) -> dict[str, Any] | None:
    """The transaction that decides it."""
    if verdict.transaction is not None:
        return verdict.transaction.raw
    return None if _is_unbooked(entry, verdict) else entry.transaction


def _is_unbooked(entry: Entry, verdict: Verdict) -> bool:
    """Whether no transaction is its own, though one may have been shown before an operator denied it."""
    from pjterm.core.entry import WITHOUT_RESULT  # loaded already, with the entry

    return verdict.outcome in WITHOUT_RESULT and not entry.kind.is_change


def _transaction_id(entry: Entry, verdict: Verdict, result: Result) -> int | None:
    if verdict.transaction is not None:
        return verdict.transaction.transaction_id
    if _is_unbooked(entry, verdict):
        return None
    named = result.transaction_id or entry.transaction_id
    return entry.original_id if named is None and entry.kind.is_change else named


def _is_large_tip(entry: Entry, known: Progress | None) -> bool:
    from pjterm.core.tips import is_large

    original = None if known is None else known.transactions.get(entry.original_id or 0)
    return original is not None and entry.amount is not None and is_large(entry.amount, original)


def _amount_total(entry: Entry, transaction: dict[str, Any] | None) -> str | None:
    booked = wire.transaction(transaction) if entry.kind.is_money else None
    whole = None if booked is None else wire.total(booked)
    return None if whole is None else dollars(whole)


def report_so_far(verdict: Verdict, header: Header, at: datetime, known: Progress) -> Report:
    """A verdict shown as soon as it is known, while the reader is still finishing."""
    transaction, kind = verdict.transaction, header.kind
    return Report(
        kind, verdict.outcome, exit_code(verdict.outcome, kind), key=header.key, terminal_name=header.terminal,
        amount=header.amount, asked=header.amount,
        transaction_id=None if transaction is None else transaction.transaction_id,
        transaction=None if transaction is None else transaction.raw,
        sent_at=known.sent_at, result_at=at, says=verdict.says, hint=verdict.hint, held_by=verdict.held_by,
        prompt_button=known.result.prompt_button,
        at_reader=header.at_reader, changed_at=at if kind is not None and kind.is_change else None,
        error=None if verdict.code is None else PjtermError(verdict.says, code=verdict.code),
    )  # fmt: skip


def _chain(facts: list[Fact]) -> tuple[Evidence, ...]:
    if not facts:
        return ()
    from pjterm.core.evidence.chain import evidence

    return tuple(evidence(f) for f in facts)


def bare_line(report: Report) -> str | None:
    """What a pipe gets: the one value a script wants, or None."""
    if report.exit_code not in (0, 8, 130, 143, 129) and report.outcome not in (Outcome.OPEN, Outcome.ANSWERED):
        return None
    if report.outcome is Outcome.OPEN:
        return report.request_id if report.exit_code == 0 else None
    match report.kind:
        case Kind.PAYMENT | Kind.REFUND | Kind.VOID | Kind.TIP:
            return None if report.transaction_id is None else str(report.transaction_id)
        case Kind.SIGNATURE:
            return report.signature_file or report.signature_id
        case Kind.PROMPT:
            return report.prompt_button
        case Kind.INPUT:
            return report.input_value
        case Kind.READ:
            return report.read_data
        case _:
            return None
