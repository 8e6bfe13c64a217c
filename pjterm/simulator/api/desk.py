"""What a handler of one call has before it: the world at this moment, the call, its parameters."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from pjterm.simulator.api.forms import Form
from pjterm.simulator.api.replies import Call, Refused, Wrong
from pjterm.simulator.shop.books import Books
from pjterm.simulator.shop.moment import Moment

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
        """The transaction of a path, or 404 (also for what is no number)."""
        found = self.books.transaction(int(number)) if _NUMBER.fullmatch(number) else None
        if found is None:
            raise Refused(404, Wrong("404 Not Found"))
        return found

    def paging(self) -> tuple[int, int]:
        """`offset` and `limit`; a limit above 50 is an error (guess)."""
        offset, limit = self.form.number("offset", MAX_OFFSET), self.form.number("limit", PAGE)
        if limit == 0:
            self.form.wrong("limit")
        self.form.check()
        return offset or 0, limit or PAGE
