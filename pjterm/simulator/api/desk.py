"""What a handler works with: the world at this moment, the call, and its parameters."""

from __future__ import annotations

import re
from typing import Any

from pjterm.simulator.api.forms import NO_TERMINAL, Form
from pjterm.simulator.api.replies import Call, Refused, Wrong, not_found
from pjterm.simulator.shop.books import Books
from pjterm.simulator.shop.inventory import Account
from pjterm.simulator.shop.moment import Moment
from pjterm.values import dataclass

PAGE = 50  # default and most (PAGE)
MAX_OFFSET = 2**31
_NUMBER = re.compile(r"[0-9]{1,18}")


@dataclass(frozen=True, slots=True)
class Desk:
    """One call being handled."""

    m: Moment
    call: Call
    form: Form
    version: str

    @property
    def books(self) -> Books:
        return self.m.books

    def transaction(self, number: str) -> dict[str, Any]:
        """The transaction of a path, or a refusal; its message shows the number as parsed."""
        if not _NUMBER.fullmatch(number):
            raise not_found()
        found = self.books.transaction(int(number))
        if found is None:
            status = self.m.setting.guesses.unknown_transaction_status
            raise Refused(status, Wrong(f"Transaction Id {int(number)} does not exist"))
        return found

    def account(self, *, required: bool = True) -> Account:
        """The account that the call names, or the default one, which is the first and must be on (INVPOST).

        What is wrong with it is noted; then it is the default one, too.
        """
        accounts = {a.terminal_id: a for a in self.m.setting.accounts if a.enabled}
        number, default = self.form.account(accounts, required=required), self.m.setting.accounts[0]
        if number is None and not default.enabled:
            self.form.wrong("terminalId", NO_TERMINAL)
        return default if number is None else accounts[number]

    def paging(self) -> tuple[int, int]:
        """`offset` and `limit`; a limit above 50 is an error (guess)."""
        offset, limit = self.form.number("offset", MAX_OFFSET), self.form.number("limit", PAGE)
        if limit == 0:
            self.form.wrong("limit")
        self.form.check()
        return offset or 0, limit or PAGE
