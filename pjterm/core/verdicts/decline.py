"""When a decline is final: until then the customer may present another card on the same request."""

from __future__ import annotations

from datetime import datetime

from pjterm.core.evidence.states import AFTER_RESET, Progress, after_the_end
from pjterm.core.hints import command_line
from pjterm.core.model import Outcome, Sale, Status, Transaction, Verdict


def no_card_since(known: Progress, decline: int) -> datetime | None:
    """From when on a search can show that no further card follows a decline; `None` while its end is not proven.

    NO_CONNECTION, BUSY and a bare COMPLETE say that no card was read, which the decline disproves: a later poll must
    say the same again.
    """
    if known.ended_at is None or not known.end_polled:
        return None
    if known.end is Status.COMPLETE and decline in known.polled:
        since = known.ended_at
    else:
        since = known.ended_at + AFTER_RESET
        if known.agreed_at is None or known.agreed_at < since:
            return None
    return since if known.reset_at is None else max(since, known.reset_at + AFTER_RESET)


def decline_is_final(sale: Sale, known: Progress, decline: Transaction) -> bool:
    """Whether its end is proven, and a search sent after that was answered; until then another card may follow.

    A search that does not even show the decline may have numbers in another spelling, so a wider one follows it.
    A linked refund has no reader. The end of a request whose answer was lost is never seen: there time decides.
    """
    if sale.original_id is not None:
        return True
    if unshown(known, decline.transaction_id) is not None:
        return False
    if known.is_forgotten and known.purged_at is not None:
        return known.searched_at is not None and known.searched_at >= known.purged_at
    since = no_card_since(known, decline.transaction_id)
    if since is None or known.searched_at is None or known.searched_at < since:
        return False
    return decline.transaction_id in known.listed or after_the_end(known, known.looked_around_at)


def unshown(known: Progress, decline: int) -> str | None:
    """Why a search that does not show the decline may not show a further card's approval either."""
    return None if decline in known.listed else known.gap


def declined(sale: Sale, known: Progress, t: Transaction) -> Verdict | None:
    """The verdict of a decline that is final.

    DT says that a paid original exists. If it is this sale's, it counts as approved by itself; if it is another
    sale's, it is named here; while none is found, nothing is proven.
    """
    words = f"{t.message or 'declined'}" + (f" (code {t.code})" if t.code else "")
    if t.code != "DT" or sale.invoice_number is None:
        return Verdict(Outcome.DECLINED, words, t)
    taken = sale.owned_elsewhere | sale.prior_ids
    others = [o for o in known.transactions.values() if o.transaction_id in taken]
    originals = [o for o in others if o.approved and not o.is_void and o.amount_base == sale.amount]
    if not originals:
        return None
    original = originals[-1].transaction_id
    key = dict(sale.owner_keys).get(original)
    look = f"pjterm transactions show {original}" if key is None else command_line("why", key)
    return Verdict(
        Outcome.DECLINED, words, t, (original,),
        hint=f"the gateway calls it a duplicate of the approved transaction {original}: it is paid already, "
        f"take no other card; see: {look}",
    )  # fmt: skip
