"""Values in, text out: the result object, the bare line for a pipe, the words for a person.

Everything that came from outside passes `harmless` before it is shown: control characters and escape
sequences become visible marks. JSON keeps API data as it came, escaped as JSON escapes it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from pjterm.core.model import Kind, Outcome, Result, Verdict, exit_code
from pjterm.core.money import dollars
from pjterm.core.times import stamp
from pjterm.errors import Detail, PjtermError

if TYPE_CHECKING:  # what never followed a request needs none of these
    from pjterm.core.entry import Entry
    from pjterm.core.facts import Evidence, Fact
    from pjterm.core.states import Progress

SCHEMA = "pjterm.result/1"
_SHORT = {
    Outcome.APPROVED: "APPROVED", Outcome.SIGNED: "SIGNED", Outcome.ANSWERED: "ANSWERED",
    Outcome.ENTERED: "ENTERED", Outcome.READ: "READ", Outcome.VOIDED: "VOIDED", Outcome.REFUNDED: "REFUNDED",
    Outcome.OPEN: "STILL OPEN", Outcome.DECLINED: "DECLINED", Outcome.CANCELLED: "CANCELLED",
    Outcome.BUSY: "TERMINAL BUSY", Outcome.UNREACHABLE: "NOT REACHED", Outcome.UNKNOWN: "UNKNOWN",
}  # fmt: skip


def harmless(text: str) -> str:
    """Text from outside with nothing in it that a terminal would obey.

    Control characters, bidirectional overrides and lone surrogates become `\\xNN`-like marks.
    """
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else _mark(c) for c in text)


def _mark(c: str) -> str:
    if c == "\n":
        return "⏎"
    return f"\\x{ord(c):02x}" if ord(c) < 0x100 else f"\\u{ord(c):04x}"


def one_line(value: Any) -> str:
    """A JSON object on one line. Non-ASCII is escaped, so that no code page can break it."""
    return json.dumps(value, ensure_ascii=True, separators=(", ", ": "), allow_nan=False)


@dataclass(frozen=True, slots=True)
class Report:
    """All that a command's result tells; `None` where it does not apply."""

    kind: Kind | None
    outcome: Outcome
    exit_code: int
    key: str | None = None
    profile: str | None = None
    environment: str | None = None
    terminal_name: str | None = None
    smart_terminal_id: str | None = None
    terminal_id: int | None = None
    amount: str | None = None
    invoice_number: str | None = None
    request_id: str | None = None
    status: str | None = None
    transaction_id: int | None = None
    signature_id: str | None = None
    prompt_button: str | None = None
    input_value: str | None = field(default=None, repr=False)
    read_data: str | None = field(default=None, repr=False)
    transaction: dict[str, Any] | None = field(default=None, repr=False)
    signature_file: str | None = None
    started_at: datetime | None = None
    result_at: datetime | None = None
    finished_at: datetime | None = None
    evidence: tuple[Evidence, ...] = ()
    error: PjtermError | None = None
    says: str = ""
    hint: str | None = None
    original_id: int | None = None
    """The transaction that a void or linked refund is about."""
    key_given: bool = False
    """Whether a person gave the key, so that the same line again means the same request."""
    off_default: bool = False
    """Whether a command typed next must name the profile."""

    def json(self, *, with_evidence: bool = True) -> dict[str, Any]:
        """The result object of the contract; every key always there."""
        result: dict[str, Any] = {
            "schema": SCHEMA,
            "type": "result",
            "key": self.key,
            "kind": None if self.kind is None else self.kind.value,
            "outcome": self.outcome.value,
            "exitCode": self.exit_code,
            "profile": self.profile,
            "environment": self.environment,
            "terminal": {
                "name": self.terminal_name,
                "smartTerminalId": self.smart_terminal_id,
                "terminalId": self.terminal_id,
            },
            "amount": self.amount,
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
            "startedAt": _stamp(self.started_at),
            "resultAt": _stamp(self.result_at),
            "finishedAt": _stamp(self.finished_at),
            "evidence": [evidence_json(e) for e in self.evidence],
            "error": None if self.error is None else error_json(self.error),
        }
        if not with_evidence:
            del result["evidence"]
        return result


def _stamp(at: datetime | None) -> str | None:
    return None if at is None else stamp(at)


def evidence_json(e: Evidence) -> dict[str, str]:
    """One line of evidence as JSON."""
    return {"at": stamp(e.at), "source": e.source, "says": e.says}


def error_json(error: PjtermError) -> dict[str, Any]:
    """The `error` object of the contract."""
    return {
        "code": error.code,
        "message": error.message,
        "hint": error.hint,
        "httpStatus": error.http_status,
        "pjRequestId": error.pj_request_id,
        "details": [_detail_json(d) for d in error.details],
    }


def _detail_json(d: Detail) -> dict[str, str | None]:
    return {"parameter": d.parameter, "type": d.type, "message": d.message}


def report_of(
    entry: Entry,
    verdict: Verdict,
    facts: list[Fact],
    known: Progress | None,
    *,
    kind: Kind | None = None,
    exit_as: int | None = None,
    error: PjtermError | None = None,
    signature_file: str | None = None,
) -> Report:
    """A sale as it stands, told for output. `kind` differs from the entry's for `pjterm cancel`."""
    transaction = verdict.transaction.raw if verdict.transaction is not None else entry.transaction
    result = known.result if known is not None else Result()
    transaction_id = result.transaction_id or entry.transaction_id
    if verdict.transaction is not None:
        transaction_id = verdict.transaction.transaction_id
    if transaction_id is None and entry.kind is Kind.VOID:
        transaction_id = entry.original_id
    return Report(
        kind=kind or entry.kind,
        outcome=verdict.outcome,
        exit_code=exit_code(verdict.outcome, kind or entry.kind) if exit_as is None else exit_as,
        key=entry.key,
        profile=entry.profile,
        environment=entry.scope.environment,
        terminal_name=entry.terminal.name,
        smart_terminal_id=entry.terminal.smart_terminal_id,
        terminal_id=entry.terminal.terminal_id,
        amount=None if entry.amount is None else dollars(entry.amount),
        invoice_number=entry.invoice_number,
        request_id=(known.request_id if known is not None else None) or entry.request_id,
        status=known.status.value if known is not None and known.status is not None else entry.status,
        transaction_id=transaction_id,
        signature_id=result.signature_id or entry.signature_id,
        prompt_button=result.prompt_button or entry.prompt_button,
        input_value=result.input_value or entry.input_value,
        read_data=result.read_data or entry.read_data,
        transaction=transaction,
        signature_file=signature_file or entry.signature_file,
        started_at=entry.started_at,
        result_at=entry.result_at,
        finished_at=entry.finished_at,
        evidence=_chain(facts),
        error=error,
        says=verdict.says,
        hint=verdict.hint,
        original_id=entry.original_id,
        key_given=entry.named,
    )


def _chain(facts: list[Fact]) -> tuple[Evidence, ...]:
    if not facts:
        return ()
    from pjterm.core.states import evidence

    return tuple(evidence(f) for f in facts)


def bare_line(report: Report) -> str | None:
    """What a pipe gets: the one value a script wants, or nothing where there is none."""
    if report.exit_code not in (0, 8, 130, 143, 129) and report.outcome is not Outcome.OPEN:
        return None
    if report.outcome is Outcome.OPEN:
        return report.request_id if report.exit_code == 0 else None
    match report.kind:
        case Kind.PAYMENT | Kind.REFUND | Kind.VOID:
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


def person_line(report: Report) -> str:
    """What a person's terminal gets on stdout: the verdict and what it is about, on one line."""
    words = [report.outcome.value]
    if report.amount is not None:
        words.append(report.amount)
    for name, value in (
        ("transaction", report.transaction_id),
        ("signature", report.signature_file or report.signature_id),
        ("answer", report.prompt_button),
        ("value", report.input_value or report.read_data),
        ("request", report.request_id if report.outcome is Outcome.OPEN else None),
    ):
        if value is not None:
            words.append(f"{name} {value}")
    if report.key is not None:
        words.append(f"key {report.key}")
    return harmless("  ".join(words))


def headline(outcome: Outcome) -> str:
    """The verdict as the large word of the live view."""
    return _SHORT.get(outcome, outcome.value.upper())


_HARMLESS_KINDS = (Kind.SIGNATURE, Kind.PROMPT, Kind.INPUT, Kind.READ)


def next_command(report: Report) -> str | None:
    """The exact next thing to type after an exit of 3 and 5 to 9, and after leaving early."""
    following = _next(report)
    return following if following is None or not report.off_default else for_profile(following, report.profile)


def for_profile(text: str, profile: str | None) -> str:
    """The commands in a text, said to this profile: each ends before `)`, three blanks or the text's end."""
    import re
    from shlex import quote

    if profile is None:
        return text

    def said(found: re.Match[str]) -> str:
        command, dashes, name = found[0].partition(" -- ")
        return f"{command} -p {quote(profile)}{dashes}{name}"

    return re.sub(r"pjterm [^)]+?(?=\)|   |$)", said, text)


def _next(report: Report) -> str | None:
    from shlex import quote

    name = report.key or report.request_id or ""
    name = f"-- {quote(name)}" if name.startswith("-") else quote(name)
    reader = report.terminal_name or report.smart_terminal_id
    terminal = f" -t {quote(reader)}" if reader else ""
    if report.hint is not None:
        return report.hint
    match report.outcome:
        case Outcome.UNKNOWN if report.kind in _HARMLESS_KINDS and report.key_given:
            return f"run it again with a new --key; nothing is charged by it (see: pjterm why {name})"
        case Outcome.UNKNOWN if report.kind in _HARMLESS_KINDS:
            return f"run it again; nothing is charged by it (see: pjterm why {name})"
        case Outcome.UNKNOWN if report.key is None:
            return f"look for it: pjterm transactions list   (again: pjterm follow {report.request_id})"
        case Outcome.UNKNOWN if report.kind is Kind.VOID:
            return f"a void may safely be sent again: pjterm void {report.original_id}"
        case Outcome.UNKNOWN if report.kind is Kind.REFUND:
            return f"do not refund again; settle it: pjterm resume {name}"
        case Outcome.UNKNOWN:
            return f"do not charge again; settle it: pjterm resume {name}"
        case Outcome.OPEN:
            return f"pjterm resume {name}" if report.key else f"pjterm follow {report.request_id}"
        case Outcome.DECLINED if report.kind is Kind.PROMPT:
            return f"another answer was given (see: pjterm why {name})"
        case Outcome.DECLINED if report.kind is Kind.REFUND:
            return f"see why: pjterm why {name}   (another try needs a new --key)"
        case Outcome.DECLINED:
            return f"another card needs a new sale, with a new --key (see: pjterm why {name})"
        case Outcome.VOIDED if report.kind is Kind.REFUND:
            return f"nothing is to be done; see: pjterm why {name}"
        case Outcome.VOIDED if report.kind is not Kind.VOID:
            return f"it was voided; a new sale needs a new --key (see: pjterm why {name})"
        case Outcome.CANCELLED | Outcome.BUSY | Outcome.UNREACHABLE if report.kind is Kind.CANCEL:
            return None
        case Outcome.CANCELLED:
            return f"run the same command with --key {report.key} to try again"
        case Outcome.BUSY:
            return f"wait, or free the terminal: pjterm cancel{terminal}   then again with --key {report.key}"
        case Outcome.UNREACHABLE:
            return f"check the reader's power and network, then again with --key {report.key}"
        case _:
            return None


def evidence_lines(report: Report) -> list[str]:
    """The chain of evidence for a person: local time, source, what it says."""
    return [
        harmless(f"{e.at.astimezone():%Y-%m-%d %H:%M:%S}  {e.source:<11} {e.says}") for e in report.evidence
    ]


def error_lines(error: PjtermError) -> list[str]:
    """A named failure: what is wrong, the API's own words, what to type next."""
    lines = [f"pjterm: {harmless(error.message)}"]
    if len(error.details) > 1:
        lines += [harmless(f"  {d.parameter or '-'}: {d.message}") for d in error.details]
    if error.pj_request_id is not None:
        lines.append(harmless(f"  X-Pj-Request-Id: {error.pj_request_id}"))
    if error.hint is not None:
        lines.append(f"  {harmless(error.hint)}")
    return lines
