"""A request that is not in the journal: another till's, or one from before the journal was lost."""

from __future__ import annotations

from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any

from pjterm.cli.context import Context
from pjterm.cli.shared.result import as_error, finish_report
from pjterm.cli.shared.session import Session, header_of, session
from pjterm.core import wire
from pjterm.core.evidence.chain import evidence
from pjterm.core.evidence.facts import Accepted, LookedUp
from pjterm.core.evidence.states import replay
from pjterm.core.exit_codes import exit_code, signal_exit
from pjterm.core.following.running import DECLINED_SO_FAR
from pjterm.core.hints import command_line, option
from pjterm.core.model import Kind, Outcome, Sale, Terminal, Transaction, Verdict
from pjterm.core.money import dollars
from pjterm.core.plan import Plan, Until
from pjterm.core.verdicts.verdict import decide_by
from pjterm.errors import GuardRefused
from pjterm.flow.results import FollowResult
from pjterm.ui.report import Report
from pjterm.values import replace


def follow(context: Context, request_id: str, deadline: datetime, until: Until, via: str, *, one_word: bool) -> None:
    """Follow a request that is not in the journal."""
    plan = Plan(Sale("", None, Terminal(None, None, None)), None, deadline, until)
    with _session(context, plan.sale.terminal, via) as made:
        ending = _follow(made, request_id, plan, cancel=False)
        finish_report(made, _report(context, request_id, ending), one_word=one_word)


def show_transaction(context: Context, transaction_id: int, *, one_word: bool) -> None:
    """Show a transaction that no entry of the journal booked."""
    t = context.api.read_transaction(transaction_id)
    fact = LookedUp(context.clock.now(), t)
    verdict = Verdict(Outcome.UNKNOWN, f"transaction {transaction_id} does not say whether it was approved", t)
    if t.approved is not None:
        verdict = decide_by(t, t.kind)
    with _session(context, Terminal(None, None, None), "poll") as made:
        report = _report(context, None, FollowResult(verdict, replay([fact]), [fact]))
        finish_report(made, report, one_word=one_word)


def cancel(context: Context, request_id: str, device: Terminal, deadline: datetime, via: str) -> None:
    """Cancel a request that is not in the journal, on the given reader.

    Whether it was a payment is not known here, so an end without a result is `unknown` (exit 9).
    """
    plan = Plan(Sale("", None, device), None, deadline, cancels=True)
    with _session(context, device, via) as made:
        ending = _follow(made, request_id, plan, cancel=True)
        report = _report(context, request_id, ending)
        open_ = report.outcome in (Outcome.OPEN, Outcome.UNKNOWN) and ending.verdict.code != DECLINED_SO_FAR
        code = report.exit_code if open_ else 10
        code = 9 if code == 8 else code
        if ending.verdict.code == DECLINED_SO_FAR:
            reset = command_line("cancel", None, option("-t", device.label), "--any")
            hint = f"press the red X on the reader, or reset it: {reset}"
            report = replace(report, error=GuardRefused(ending.verdict.says, hint=hint, code="too-late"), hint=hint)
        report = replace(
            report, kind=Kind.CANCEL, exit_code=code, terminal_name=device.name,
            smart_terminal_id=device.smart_terminal_id,
        )  # fmt: skip
        finish_report(made, report)


def _session(context: Context, device: Terminal, via: str) -> AbstractContextManager[Session]:
    profile = context.profile
    about = {
        "key": None, "kind": None, "profile": profile.name, "environment": profile.environment.value,
        "terminal": device.json(), "amount": None,
    }  # fmt: skip
    return session(context, header_of(context, None, device.label), via=via, **about)


def _follow(made: Session, request_id: str, plan: Plan, *, cancel: bool) -> FollowResult:
    made.flow.signals.arm()
    now = made.context.clock.now()
    return made.flow.follow(plan, None, [Accepted(now, request_id)], cancel_at=now if cancel else None)


def _report(context: Context, request_id: str | None, ending: FollowResult) -> Report:
    known, verdict = ending.known, ending.verdict
    result = known.result
    transaction = verdict.transaction
    kind = result.kind if transaction is None else transaction.kind
    code = exit_code(verdict.outcome, kind)
    if ending.signum is not None and verdict.outcome is Outcome.OPEN:
        code = signal_exit(ending.signum)
    booked = {} if transaction is None else _booked(transaction)
    return Report(
        kind=kind,
        outcome=verdict.outcome,
        exit_code=code,
        profile=context.profile.name,
        environment=context.profile.environment.value,
        base_url=context.foreign_url,
        request_id=request_id,
        status=None if known.status is None else known.status.value,
        signature_id=result.signature_id,
        prompt_button=result.prompt_button,
        input_value=result.input_value,
        read_data=result.read_data,
        evidence=tuple(evidence(f) for f in ending.facts if not isinstance(f, Accepted)),  # its POST was not ours
        error=as_error(verdict, kind),
        says=verdict.says,
        **({"transaction_id": result.transaction_id} | booked),
    )


def _booked(t: Transaction) -> dict[str, Any]:
    """What its transaction says of it."""
    base, whole = t.amount_base, wire.total(t)
    return {
        "terminal_id": t.terminal_id, "amount": None if base is None else dollars(base),
        "asked": None if whole is None else dollars(whole), "invoice_number": t.invoice_number,
        "transaction_id": t.transaction_id, "transaction": t.raw,
    }  # fmt: skip
