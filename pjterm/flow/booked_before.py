"""The search before the POST: whether a transaction already has a number that the sale may be booked under."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from pjterm.core import wire
from pjterm.core.model import Sale, Transaction
from pjterm.core.sending import booked_before, send_state
from pjterm.core.sending.send_state import Before, SendState
from pjterm.core.verdicts.found import READ_MOST
from pjterm.errors import NOT_ALLOWED, AnswerLost, ApiRejected, AuthFailed, Unavailable
from pjterm.flow.records import Records
from pjterm.journal.store import Journal
from pjterm.values import dataclass, replace

if TYPE_CHECKING:
    from pjterm.flow.protocols import Transactions


@dataclass(slots=True)
class BookedBefore:
    """Asks PayJunction; `core.sending.booked_before` judges the answer."""

    transactions: Transactions
    journal: Journal
    records: Records

    def search(self, state: SendState, until: datetime) -> Before:
        """Ask for each number that the sale may have been booked under; the first conclusive answer counts."""
        by_invoice = state.spec.invoice_number is not None  # another sale may have this invoice, too
        prior = frozenset[int]()
        for number in send_state.numbers(state, self.journal.oldest_numbered(state.new.scope)):
            sale = replace(state.new.sale() if state.entry is None else state.entry.sale(), invoice_number=number)
            what = f"invoice {number}" if by_invoice else f"key {state.new.key}"
            found = self._answered(partial(self._found, state, sale, until), what, until)
            sale = replace(sale, owned_elsewhere=self._owned(state, found))
            before = booked_before.judge(sale, found, by_invoice=by_invoice, forced=state.options.force)
            if before.answer or before.finding is not None:
                return before
            prior |= before.prior_ids
        return Before(prior_ids=prior)

    def _answered(
        self, read: Callable[[], tuple[Transaction, ...]], what: str, until: datetime
    ) -> tuple[Transaction, ...]:  # fmt: skip
        """The transactions found; an error says that it is not known whether another till was paid."""

        def shown() -> tuple[Transaction, ...]:
            try:
                return read()
            except ApiRejected as refused:  # a search shows it, and it cannot be read yet
                raise AnswerLost(refused.message) from refused

        try:
            return self.transactions.retrying(shown, until)
        except AuthFailed as refused:
            if refused.http_status == NOT_ALLOWED:
                refused.hint = (
                    "whether another till was paid for this cannot be searched for: let this login view transactions, "
                    "or leave out --key and --invoice"
                )
            raise
        except Unavailable as failed:
            failed.message = f"{failed.message}. Whether another till was paid under {what} is not known"
            if isinstance(failed.__cause__, AnswerLost):  # it may never change
                failed.hint = "nothing was sent; run the same command again, or leave out --key and --invoice"
            raise

    def _found(self, state: SendState, sale: Sale, until: datetime) -> tuple[Transaction, ...]:
        """Those that may have the number. Items of a search come trimmed (TXLIST), so they are read by their id."""
        read = self.transactions
        found = read.by_invoice(sale, until)
        own = [t if wire.says_all(t) else read.transaction(t.transaction_id) for t in found.own]
        theirs = self._owned(state, found.perhaps)
        items = [t.transaction_id for t in (*found.perhaps, *found.beside) if t.transaction_id not in theirs]
        others = [read.transaction(i) for i in items[:READ_MOST]]
        if len(items) > READ_MOST and any(t.invoice_number is not None for t in others):
            # the search leaves numbers out, and any of those that were not read may have ours
            raise AnswerLost(f"{len(items)} transactions that it shows do not say their invoice number as sent")
        return (*own, *others)

    def _owned(self, state: SendState, found: Iterable[Transaction]) -> frozenset[int]:
        """Those that other entries of the journal own."""
        return self.records.owned_by_others(found, state.entry, state.new.scope.environment)
