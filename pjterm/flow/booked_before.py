"""The search before the POST: whether somebody else was paid under a number that the sale may have been booked by."""

from __future__ import annotations

from datetime import datetime

from pjterm.core import send_guards, send_state, wire
from pjterm.core.model import Sale, Transaction
from pjterm.core.send_state import Before, SendState
from pjterm.errors import NOT_ALLOWED, AuthFailed
from pjterm.flow.records import Records
from pjterm.flow.runtime import Transactions
from pjterm.journal.store import Journal
from pjterm.values import dataclass, replace


@dataclass(slots=True)
class BookedBefore:
    """Asks PayJunction; what an answer means is for `core.send_guards` to say."""

    transactions: Transactions
    journal: Journal
    records: Records

    def search(self, s: SendState, until: datetime) -> Before:
        """Ask for each number that the sale may have been booked under; the first that says something counts."""
        by_invoice = s.spec.invoice_number is not None  # somebody else's sale may have this invoice, too
        prior = frozenset[int]()
        for number in send_state.numbers(s, self.journal.oldest_numbered(s.new.scope)):
            sale = replace(s.new.sale() if s.entry is None else s.entry.sale(), invoice_number=number)
            found = self._found(sale, until)
            owned = self.records.owned_by_others(found, s.entry, s.new.scope.environment)
            sale = replace(sale, owned_elsewhere=owned)
            before = send_guards.search_before(sale, found, by_invoice=by_invoice, forced=s.options.force)
            if before.answer or before.finding is not None:
                return before
            prior |= before.prior_ids
        return Before(prior_ids=prior)

    def _found(self, sale: Sale, until: datetime) -> tuple[Transaction, ...]:
        read = self.transactions
        try:
            return read.retrying(lambda: tuple(map(self._read_whole, read.by_invoice(sale))), until)
        except AuthFailed as refused:
            if refused.http_status == NOT_ALLOWED:
                refused.hint = (
                    "whether another till was paid for this cannot be searched for: let this login view transactions, "
                    "or leave out --key and --invoice"
                )
            raise

    def _read_whole(self, t: Transaction) -> Transaction:
        """Items of a search come trimmed (TXLIST): what does not say all is read by its id."""
        return t if wire.says_all(t) else self.transactions.transaction(t.transaction_id)
