"""The next thing to type after a result: a table by outcome and kind, and the commands it names.

Every command is quoted for a shell, and names the profile if a bare command would use another one.
"""

from __future__ import annotations

from shlex import quote

from pjterm.core.entry import NEVER_TAKEN, WITHOUT_RESULT
from pjterm.core.hints import command_line, for_profile, option, option_words, typed_line
from pjterm.core.model import Kind, Outcome
from pjterm.errors import NOT_ALLOWED, AuthFailed, PjtermError, RateLimited
from pjterm.ui.report import Report
from pjterm.values import dataclass

_NO_MONEY = (Kind.SIGNATURE, Kind.PROMPT, Kind.INPUT, Kind.READ)
_ANOTHER_CARD = "--another-card"
_WHY = "to see what is known: {why}"


@dataclass(frozen=True, slots=True)
class Row:
    """What to type after this outcome; `kinds` and `tracked` narrow it down, `None` is any."""

    outcome: Outcome
    text: str | None
    kinds: tuple[Kind, ...] | None = None
    tracked: bool | None = None
    """Whether the request is in the journal, under a key."""
    overtaken: bool | None = None
    """Whether it was to be cancelled, but the money moved anyway."""
    without: str = f"run the same command again; {_WHY}"
    """The text if the command that sent it is not known: texts, labels and notes are not stored."""

    def fits(self, report: Report) -> bool:
        """Whether this row applies to such a result."""
        return (
            (self.kinds is None or report.kind in self.kinds)
            and (self.tracked is None or (report.key is not None) is self.tracked)
            and (self.overtaken is None or report.overtaken is self.overtaken)
        )

    def filled(self, report: Report) -> str | None:
        """The text with its commands."""
        if self.text is None:
            return None
        try:
            return self.text.format_map(_Commands(report))
        except _NotKnown:
            return self.without.format_map(_Commands(report))


class _NotKnown(Exception):
    """The command that sent it is not known, or cannot be pasted."""


_TAKE_BACK = "to take it back: {void}"
_POWER = "check the reader's power and network, then"
_OTHER_CARD = "another login sent it, so another card needs a new --key; see: {why}"
_LATER = "another login sent it; 15 minutes after its end the same --key may be sent again; look first: {why}"
_FRESH = "run the same command again under another --key; "
NEXT = (
    Row(Outcome.APPROVED, _TAKE_BACK, (Kind.CANCEL,)),
    Row(Outcome.APPROVED, f"the payment came before the cancel; {_TAKE_BACK}", overtaken=True),
    Row(Outcome.REFUNDED, _TAKE_BACK, (Kind.CANCEL,)),
    Row(Outcome.REFUNDED, f"the refund came before the cancel; {_TAKE_BACK}", overtaken=True),
    Row(Outcome.UNKNOWN, "nothing is charged by this; run it again: {fresh}", _NO_MONEY, True, without=_FRESH + _WHY),
    Row(Outcome.UNKNOWN, "look for it: {transactions}\nor follow it again: {follow}", tracked=False),
    Row(Outcome.UNKNOWN, "a void may safely be sent again: {void}", (Kind.VOID,)),
    Row(Outcome.UNKNOWN, "a tip may safely be sent again: {tip}", (Kind.TIP,)),
    Row(Outcome.UNKNOWN, "do not refund again; find out: {resume}", (Kind.REFUND,)),
    Row(Outcome.UNKNOWN, "do not charge again; find out: {resume}"),
    Row(Outcome.OPEN, "see how it ends: {follow}", tracked=False),
    Row(Outcome.OPEN, "see how it ends: {resume}"),
    Row(
        Outcome.ANSWERED,
        "the customer pressed another button; to ask again: {fresh}",
        (Kind.PROMPT,),
        without="the customer pressed another button; see: {why}",
    ),
    Row(Outcome.DECLINED, "another try needs a new --key; see why: {why}", (Kind.REFUND,)),
    Row(
        Outcome.DECLINED,
        "with another card: {another}",
        tracked=True,
        without=f"with another card: run the same command again with {_ANOTHER_CARD}; {_WHY}",
    ),
    Row(Outcome.VOIDED, None, (Kind.VOID,)),
    Row(Outcome.VOIDED, "nothing is left to do; see: {why}", (Kind.REFUND,)),
    Row(Outcome.VOIDED, "a new sale needs a new --key; see: {why}", tracked=True),
    Row(Outcome.CANCELLED, None, (Kind.CANCEL,)),
    Row(Outcome.BUSY, None, (Kind.CANCEL,)),
    Row(Outcome.UNREACHABLE, None, (Kind.CANCEL,)),
    Row(Outcome.CANCELLED, "try again: {again}", tracked=True),
    Row(
        Outcome.BUSY,
        "{wait}\nthen: {again}",
        tracked=True,
        without="wait, then run the same command again{or first}",
    ),
    Row(
        Outcome.UNREACHABLE,
        f"{_POWER}: {{again}}",
        tracked=True,
        without=f"{_POWER} run the same command again; {_WHY}",
    ),
    Row(Outcome.UNAVAILABLE, "the same command is safe to retry{when}: {again}", tracked=True),
    *(
        Row(outcome, "see what was booked: {transactions}", tracked=False)  # another program's request, followed
        for outcome in (Outcome.DECLINED, Outcome.VOIDED, Outcome.CANCELLED, Outcome.BUSY, Outcome.UNREACHABLE)
    ),
)
"""The first row that fits counts; if none does, there is nothing to type."""


def next_command(report: Report) -> str | None:
    """The exact next thing to type after exit codes 3 and 5 to 9, and after detaching."""
    error_hint = None if report.error is None else report.error.hint
    own = None if error_hint is None else for_profile(error_hint, report.next_profile)
    if report.hint is not None:
        return for_profile(report.hint, report.next_profile)
    if isinstance(report.error, AuthFailed):  # nothing else helps until that is fixed
        return own or when_login_refused(report.error, report.profile)
    if report.went_back is not None and report.kind is Kind.CANCEL:
        return _what_is_left(report)
    if report.outcome is Outcome.ANSWERED and not report.is_unexpected:
        return None
    if report.unpaid is not None and report.key is not None and report.amount == report.asked:
        return f"${report.unpaid} is not paid; to charge that, too: {_Commands(report)['rest']}"
    ended = report.outcome in (Outcome.DECLINED, *WITHOUT_RESULT) and report.outcome not in NEVER_TAKEN
    if report.off_login and ended and report.kind is not Kind.CANCEL:
        words = _OTHER_CARD if report.outcome is Outcome.DECLINED else _LATER
        return for_profile(words.format_map(_Commands(report)), report.next_profile)
    row = next((row for row in NEXT if row.outcome is report.outcome and row.fits(report)), None)
    filled = None if row is None else row.filled(report)
    return own if filled is None else for_profile(filled, report.next_profile)


def _what_is_left(report: Report) -> str:
    """For a sale with refunds, partial or full: a void would be refused."""
    commands = _Commands(report)
    if report.went_back == report.amount_total:
        return f"all of it went back already; see: {commands['why']}"
    return f"some of it went back already; for what is left: {commands['refund']}"


def when(error: PjtermError | None) -> str:
    """After a rate limit: how long to wait before typing the same command again."""
    if not isinstance(error, RateLimited):
        return ""
    return " in a minute" if error.retry_after is None else f" in {error.retry_after:g} s"


def when_login_refused(refused: AuthFailed, profile: str | None) -> str:
    """What to do if PayJunction refused this profile's login, or does not let it do this."""
    if refused.http_status == NOT_ALLOWED:
        return "ask the manager of the account's API logins to allow it, or use another profile: pjterm profiles list"
    check = "check login, password and application key; "
    return check + ("see: pjterm doctor" if profile is None else
                    f"to set one anew: {command_line('profiles set-secret', profile, 'password')}")  # fmt: skip


class _Commands(dict[str, str]):
    """The commands that a row may name, each built on demand."""

    def __init__(self, report: Report) -> None:
        super().__init__()
        self._report = report

    def __missing__(self, name: str) -> str:
        report = self._report
        match name:
            case "when":
                return when(report.error)
            case "again":
                return self._again(report.key)
            case "another":
                return self._again(report.key, _ANOTHER_CARD)
            case "fresh":
                return self._again(f"{report.key}-2"[-64:] if report.key_given else None)
            case "reset":
                reader = report.terminal_name or report.smart_terminal_id
                return self._line(f"cancel {option('-t', reader)} --any" if reader else "cancel --any")
            case "wait":
                free = self._free()
                return "wait until the customer there is done" if free is None else f"wait, or {free}"
            case "or first":
                free = self._free()
                return f"; {_WHY.format_map(self)}" if free is None else f"\nor first {free}"
            case "transactions":
                return self._line("transactions list")
            case "rest":
                at = option_words("-t", report.terminal_name or report.smart_terminal_id)
                line = ["charge", str(report.unpaid), *at, *option_words("--key", f"{report.key}"[:59] + "-rest")]
                return self._line(" ".join(map(quote, line)))
            case "refund":
                return self._line(f"refund --transaction {report.transaction_id}")
            case "follow":
                return self._line(name, report.request_id)
            case "void" if report.kind is Kind.VOID:
                return self._line(name, report.original_id)
            case "void":
                return self._line(name, report.key or report.transaction_id or report.request_id)
            case "tip":
                force = " --force" if report.large_tip or "--force" in report.typed else ""
                return self._line(f"tip {report.original_id} {report.amount}{force}")
            case _:
                return self._line(name, report.key or report.request_id)

    def _free(self) -> str | None:
        """What ends the request that a busy reader has; None if that has its result already."""
        if self._report.held_by is None:
            return f"reset the reader, which ends what another till runs there: {self['reset']}"
        ends = self._report.holder_ends
        if ends is None:
            return None
        found = ends.startswith("pjterm resume ")
        return f"{'find out what became of that one' if found else 'end what runs there'}: {ends}"

    def _line(self, words: str, name: object = None) -> str:
        profile = self._report.next_profile
        return command_line(words, name, *([] if profile is None else [f"-p {quote(profile)}"]))

    def _again(self, key: str | None, *more: str) -> str:
        """The line that sent it, under this key, and with these options; once tried, another card needs no option."""
        options = [*option_words("--key", key), *more]
        typed = [w for w in self._report.typed if w not in (*more, _ANOTHER_CARD)]
        line = typed_line(_with_key(typed, options)) if typed else self._rebuilt(options)
        if line is None:
            raise _NotKnown
        return line

    def _rebuilt(self, options: list[str]) -> str | None:
        """The reconstructed command line, if another process sent it, and the journal keeps all that it sent."""
        report = self._report
        if not report.again:
            return None
        account = str(report.terminal_id) if report.off_account else None
        reader = option_words("-t", report.terminal_name or report.smart_terminal_id)
        words = [*report.again, *reader, *option_words("--account", account), *options]
        return self._line(" ".join(map(quote, words)))


def _with_key(words: list[str], options: list[str]) -> list[str]:
    """A command line with these options in place of its key."""
    found: list[str] = []
    rest = iter(words)
    for word in rest:
        if word in ("-k", "--key"):
            next(rest, None)
        elif word == "--":
            return [*found, *options, word, *rest]
        elif not word.startswith(("--key=", "-k")):
            found.append(word)
    return [*found, *options]
