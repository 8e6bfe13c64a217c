"""What to change in an integration that failed a scenario: one sentence, if the bench can tell."""

from __future__ import annotations

from collections.abc import Sequence

from pjterm.simulator.bench.verdicts import Said, Truth
from pjterm.simulator.server.http_server import Exchange

_TWICE = "before a second POST, search GET /transactions by the sale's own invoiceNumber, and again after a wait"
_LOST = "a POST without PayJunction's own answer may have been taken: search by invoiceNumber, or exit 9"
_LATE = "COMPLETE without a result is not proof: search by invoiceNumber some seconds later, before you try again"
_BY_SCENARIO = {
    "declined": "COMPLETE with a transactionId is not paid: read response.approved of GET /transactions/{id}",
    "declined-then-approved": "a second card may follow a decline: poll until the end, and read the last id",
    "late-result": _LATE,
    "late-booking": _LATE,
    "reset-elsewhere": _LATE,
    "reply-lost": _LOST,
    "http-500": _LOST,
    "http-502-html": _LOST,
    "truncated": _LOST,
    "proxy-page": "a 4xx without PayJunction's JSON errors may have been taken: search by invoiceNumber, or exit 9",
    "search-lag": "a search that finds nothing proves nothing yet: repeat it for some seconds, or exit 9",
    "second-till": "count a transaction as yours by its id or your own invoiceNumber, never by its amount alone",
    "partial": "compare amountBase with what you asked for; another amount is not paid in full: exit 9",
    "numbers-as-text": "take ids as number or string, and amounts as string or number",
    "webhook-bad-signature": "verify X-Pj-Signature, and take no event for true where it is wrong: poll",
    "unknown-status": "ignore a status you do not know, and go on polling",
}


def hint(scenario: str, said: Said, truth: Truth, exchanges: Sequence[Exchange], code: int | None) -> str:
    """The most likely cause first: how the command was started, then its calls, then what the scenario is about."""
    statuses = {e.reply.status for e in exchanges}
    if said is Said.CRASHED and code in (126, 127):
        return f"exit {code} is a shell's: the command {'cannot be run' if code == 126 else 'was not found'}"
    if said is Said.CRASHED and not exchanges:
        return "the command crashed before its first call"
    if not exchanges:
        return "the command made no call: send its requests to PJ_BASE_URL"
    if 401 in statuses:
        return "401: send PJ_LOGIN and PJ_PASSWORD as Basic, and PJ_APP_KEY as X-PJ-Application-Key"
    if 429 in statuses and scenario != "rate-limited":
        return "429: wait 0.1 s between calls, and 0.5 s between polls of one request"
    if code == 1 and len(truth.charges) < 2:
        return "exit 1 counts as a crash: exit 3 to say that it is not paid, 9 that it is not known"
    if truth.others_ended:
        return "send neither interruptBusyTerminal=true nor /main beside another till, and void your own sales only"
    if truth.given_away:
        return "refund a sale by its own transactionId, and no more than it took"
    if len(truth.charges) > 1:
        return _TWICE
    return _BY_SCENARIO.get(scenario, "")
