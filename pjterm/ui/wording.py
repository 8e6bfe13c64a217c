"""The words for a person: headline, next command, evidence and errors."""

from __future__ import annotations

from pjterm.core.model import Kind, Outcome
from pjterm.core.text import harmless
from pjterm.errors import PjtermError
from pjterm.ui.report import Report

_SHORT = {
    Outcome.APPROVED: "APPROVED", Outcome.SIGNED: "SIGNED", Outcome.ANSWERED: "ANSWERED",
    Outcome.ENTERED: "ENTERED", Outcome.READ: "READ", Outcome.VOIDED: "VOIDED", Outcome.REFUNDED: "REFUNDED",
    Outcome.ADJUSTED: "ADJUSTED",
    Outcome.OPEN: "STILL OPEN", Outcome.DECLINED: "DECLINED", Outcome.CANCELLED: "CANCELLED",
    Outcome.BUSY: "TERMINAL BUSY", Outcome.UNREACHABLE: "NOT REACHED", Outcome.UNKNOWN: "UNKNOWN",
}  # fmt: skip


def person_line(report: Report) -> str:
    """What a person's terminal gets on stdout: the verdict and what it is about, on one line."""
    words = [report.outcome.value]
    amount = report.amount_total or report.amount
    if amount is not None:
        words.append(amount)
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
        case Outcome.UNKNOWN if report.kind is Kind.TIP:
            return f"a tip may safely be sent again: pjterm tip {report.original_id} {report.amount}"
        case Outcome.UNKNOWN if report.kind is Kind.REFUND:
            return f"do not refund again; settle it: pjterm resume {name}"
        case Outcome.UNKNOWN:
            return f"do not charge again; settle it: pjterm resume {name}"
        case Outcome.OPEN:
            return f"pjterm resume {name}" if report.key else f"pjterm follow {report.request_id}"
        case Outcome.ANSWERED if report.exit_code != 0:
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
    return [harmless(f"{e.at.astimezone():%Y-%m-%d %H:%M:%S}  {e.source:<11} {e.says}") for e in report.evidence]


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
