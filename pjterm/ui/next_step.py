"""The next thing to type after a result: a table by outcome and kind, and the commands it names.

Every command stands as a shell reads it, and names the profile where a bare one would mean another.
"""

from __future__ import annotations

import re
from shlex import quote

from pjterm.core.model import Kind, Outcome
from pjterm.ui.report import Report
from pjterm.values import dataclass

_NO_MONEY = (Kind.SIGNATURE, Kind.PROMPT, Kind.INPUT, Kind.READ)
_ANOTHER_CARD = "--another-card"
_LONGEST = 400
"""Characters of a command worth repeating; a longer one (a text to sign, say) is named instead."""


@dataclass(frozen=True, slots=True)
class Row:
    """What to type after this outcome; `kinds` and `tracked` narrow it down, `None` is any."""

    outcome: Outcome
    text: str | None
    kinds: tuple[Kind, ...] | None = None
    tracked: bool | None = None
    """Whether the request is in the journal, under a key."""
    overtaken: bool | None = None
    """Whether it was to be cancelled, and the money moved all the same."""

    def fits(self, report: Report) -> bool:
        """Whether this row is about such a result."""
        return (
            report.outcome is self.outcome
            and (self.kinds is None or report.kind in self.kinds)
            and (self.tracked is None or (report.key is not None) is self.tracked)
            and (self.overtaken is None or report.overtaken is self.overtaken)
        )


_TAKE_BACK = "to take it back: {void}"
NEXT = (
    Row(Outcome.APPROVED, _TAKE_BACK, (Kind.CANCEL,)),
    Row(Outcome.APPROVED, f"the payment came before the cancel; {_TAKE_BACK}", overtaken=True),
    Row(Outcome.REFUNDED, _TAKE_BACK, (Kind.CANCEL,)),
    Row(Outcome.REFUNDED, f"the refund came before the cancel; {_TAKE_BACK}", overtaken=True),
    Row(Outcome.UNKNOWN, "nothing is charged by this; run it again: {fresh}   (see: {why})", _NO_MONEY, True),
    Row(Outcome.UNKNOWN, "look for it: {transactions}   (or follow it again: {follow})", tracked=False),
    Row(Outcome.UNKNOWN, "a void may safely be sent again: {void}", (Kind.VOID,)),
    Row(Outcome.UNKNOWN, "a tip may safely be sent again: {tip}", (Kind.TIP,)),
    Row(Outcome.UNKNOWN, "do not refund again; find out: {resume}", (Kind.REFUND,)),
    Row(Outcome.UNKNOWN, "do not charge again; find out: {resume}"),
    Row(Outcome.OPEN, "see how it ends: {follow}", tracked=False),
    Row(Outcome.OPEN, "see how it ends: {resume}"),
    Row(Outcome.ANSWERED, "the customer pressed another button; see: {why}   (ask again: {fresh})", (Kind.PROMPT,)),
    Row(Outcome.DECLINED, "see why: {why}   (another try needs a new --key)", (Kind.REFUND,)),
    Row(Outcome.DECLINED, "another card? {another}   (see: {why})", tracked=True),
    Row(Outcome.VOIDED, None, (Kind.VOID,)),
    Row(Outcome.VOIDED, "nothing is left to do; see: {why}", (Kind.REFUND,)),
    Row(Outcome.VOIDED, "a new sale needs a new --key (see: {why})", tracked=True),
    Row(Outcome.CANCELLED, None, (Kind.CANCEL,)),
    Row(Outcome.BUSY, None, (Kind.CANCEL,)),
    Row(Outcome.UNREACHABLE, None, (Kind.CANCEL,)),
    Row(Outcome.CANCELLED, "try again: {again}   (see: {why})", _NO_MONEY, True),  # the text is not kept
    Row(Outcome.CANCELLED, "try again: {again}", tracked=True),
    Row(Outcome.BUSY, "wait, or end what runs there: {cancel}   then: {again}", tracked=True),
    Row(Outcome.UNREACHABLE, "check the reader's power and network, then: {again}   (see: {why})", _NO_MONEY, True),
    Row(Outcome.UNREACHABLE, "check the reader's power and network, then: {again}", tracked=True),
    Row(Outcome.UNAVAILABLE, "the same command is safe to retry: {again}", tracked=True),
    *(
        Row(outcome, "see what was booked: {transactions}", tracked=False)  # another program's request, followed
        for outcome in (Outcome.DECLINED, Outcome.VOIDED, Outcome.CANCELLED, Outcome.BUSY, Outcome.UNREACHABLE)
    ),
)
"""The first row that fits counts; where none does, there is nothing to type."""


def next_command(report: Report) -> str | None:
    """The exact next thing to type after an exit of 3 and 5 to 9, and after leaving early."""
    if report.hint is not None:
        return for_profile(report.hint, _profile(report))
    if report.outcome is Outcome.ANSWERED and report.exit_code == 0:
        return None
    row = next((row for row in NEXT if row.fits(report)), None)
    return None if row is None or row.text is None else row.text.format_map(_Commands(report))


def for_profile(text: str, profile: str | None) -> str:
    """The commands in a text, addressed to this profile: each ends before `)`, three blanks or the text's end."""
    if profile is None:
        return text

    def address(found: re.Match[str]) -> str:
        command, dashes, name = found[0].partition(" -- ")
        return f"{command} -p {quote(profile)}{dashes}{name}"

    return re.sub(r"pjterm [^)]+?(?=\)|   |$)", address, text)


def _profile(report: Report) -> str | None:
    return report.profile if report.off_default else None


class _Commands(dict[str, str]):
    """The commands that a row may name, each made when it is asked for."""

    def __init__(self, report: Report) -> None:
        super().__init__()
        self._report = report

    def __missing__(self, name: str) -> str:
        report = self._report
        match name:
            case "again":
                return self._again(report.key)
            case "another":
                return self._again(report.key, _ANOTHER_CARD)
            case "fresh":
                return self._again(f"{report.key}-2"[:64] if report.key_given else None)
            case "cancel":
                reader = report.terminal_name or report.smart_terminal_id
                return self._line("cancel" + (f" -t {quote(reader)}" if reader else ""))
            case "transactions":
                return self._line("transactions list")
            case "follow":
                return self._line(name, report.request_id)
            case "void" if report.kind is Kind.VOID:
                return self._line(name, str(report.original_id))
            case "void":
                return self._line(name, report.key or str(report.transaction_id or report.request_id))
            case "tip":
                return self._line(f"tip {report.original_id} {report.amount}")
            case _:
                return self._line(name, report.key or report.request_id)

    def _line(self, command: str, name: str | None = None) -> str:
        """`pjterm COMMAND -p PROFILE NAME`; a name that looks like an option stands behind two dashes."""
        profile = _profile(self._report)
        words = ["pjterm", command]
        if name is not None and not name.startswith("-"):
            words.append(quote(name))
        words += [] if profile is None else ["-p", quote(profile)]
        words += ["--", quote(name)] if name is not None and name.startswith("-") else []
        return " ".join(words)

    def _again(self, key: str | None, *more: str) -> str:
        """The line that sent it, under this key, and with these options."""
        options = [*_key_option(key), *more]
        typed = [w for w in self._report.typed if w not in more]
        line = " ".join(map(quote, _with_key(typed, options))) if typed else self._rebuilt(options)
        if line is None or len(line) > _LONGEST:
            return " ".join(["the same command", *(["with", *options] if options else [])])
        return line

    def _rebuilt(self, options: list[str]) -> str | None:
        """What must have been typed, where another command sent it; texts and labels are not kept."""
        report = self._report
        if report.kind not in (Kind.PAYMENT, Kind.REFUND) or report.amount is None or report.original_id is not None:
            return None
        reader = report.terminal_name or report.smart_terminal_id
        words = ["charge" if report.kind is Kind.PAYMENT else "refund", report.amount]
        words += [] if reader is None else ["-t", quote(reader)]
        return self._line(" ".join([*words, *options]))


def _with_key(words: list[str], options: list[str]) -> list[str]:
    """A command line with these options in the place of its key."""
    found: list[str] = []
    rest = iter(words)
    for word in rest:
        if word in ("-k", "--key"):
            next(rest, None)
        elif word == "--":
            return ["pjterm", *found, *options, word, *rest]
        elif not word.startswith(("--key=", "-k")):
            found.append(word)
    return ["pjterm", *found, *options]


def _key_option(key: str | None) -> list[str]:
    if key is None:
        return []
    return [f"--key={key}"] if key.startswith("-") else ["--key", key]
