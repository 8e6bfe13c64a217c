"""Parameters as the API takes them, from the form body or the query; all errors are reported together."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from urllib.parse import parse_qsl

from pjterm.simulator.api.replies import Call, Refused, Wrong

MAX_FIELDS = 500
LARGEST = Decimal("1000000")  # PAY, RESP
_MONEY = re.compile(r"-?[0-9]{1,12}(\.[0-9]{1,2})?")
_NUMBER = re.compile(r"[0-9]{1,18}")
NOTHING = "Amount Base must be greater than 0."  # am
NO_TERMINAL = "Terminal does not exist or you do not have permission to access it."  # SIG, READ


class Form:
    """What was sent, read field by field; each method notes what is wrong and goes on.

    `check()` raises `Refused` with all errors. If a name is repeated, the first one counts (guess).
    """

    def __init__(self, call: Call) -> None:
        self._pairs = _pairs(call.query) + _pairs(_body_text(call))
        self._first: dict[str, str] = {}
        for name, value in self._pairs:
            self._first.setdefault(name, value)
        self._wrong: list[Wrong] = []
        self._read: set[str] = set()

    def __contains__(self, name: str) -> bool:
        self._read.add(name)
        return name in self._first

    def get(self, name: str) -> str:
        """The value as sent; empty if absent."""
        self._read.add(name)
        return self._first.get(name, "")

    def several(self, name: str) -> list[str]:
        """All values of a bracketed name (`buttons[]`)."""
        names = {f"{name}[]", name}
        self._read |= names
        return [v for n, v in self._pairs if n in names]

    def ignored(self) -> tuple[str, ...]:
        """Parameters that no handler read: PayJunction ignores them, so a typo goes unnoticed."""
        return tuple(n for n in self._first if n not in self._read)

    # -- checks -------------------------------------------------------------------------------

    def wrong(self, parameter: str, message: str = "This field is invalid.", kind: str = "invalid") -> None:
        """Note one error; a parameter has one, its first (ERR)."""
        if all(noted.parameter != parameter for noted in self._wrong):
            self._wrong.append(Wrong(message, parameter, kind))

    def check(self) -> None:
        """Refuse with 400 if anything was wrong."""
        if self._wrong:
            raise Refused(400, *self._wrong)

    def required(self, name: str, message: str = "This field is required.") -> str:
        """A value that must be present and not blank."""
        value = self.get(name)
        if not value.strip():
            self.wrong(name, message, "required")
            return ""
        return value

    def text(self, name: str, most: int, *, required: bool = False) -> str:
        """Text of at most `most` characters."""
        value = self.required(name) if required else self.get(name)
        if len(value) > most:
            self.wrong(name, f"size must be between {1 if required else 0} and {most}")
        return value

    def ascii(self, name: str, most: int) -> str:
        """ASCII text of at most `most` characters."""
        value = self.text(name, most)
        if not value.isascii():
            self.wrong(name)
        return value

    def choice(self, name: str, allowed: Iterable[str], *, required: bool = False) -> str:
        """One of these words; empty if absent."""
        value = self.required(name) if required else self.get(name)
        if value and value not in allowed:
            self.wrong(name)
        return value

    def flag(self, name: str) -> str:
        """`true` or `false`; empty if absent. Existing clients also send `1` and `0`."""
        value = self.choice(name, ("true", "false", "1", "0"))
        return {"1": "true", "0": "false"}.get(value, value)

    def money(self, name: str) -> str:
        """An optional amount from 0 to the largest; blank counts as absent, as one does that is wrong."""
        value = self.get(name)
        if value and not (_MONEY.fullmatch(value) and 0 <= Decimal(value) <= LARGEST):
            self.wrong(name)
            return ""
        return value

    def amount_base(self) -> str:
        """The amount that every payment needs: above 0, at most 1,000,000 (PAY)."""
        value = self.required("amountBase", "Amount Base is required.")
        if value and not _MONEY.fullmatch(value):
            self.wrong("amountBase", "Amount Base is invalid.")
        elif value and Decimal(value) <= 0:
            self.wrong("amountBase", NOTHING)
        elif value and Decimal(value) > LARGEST:
            self.wrong("amountBase", "Amount Base must be less than or equal to 1000000.")
        return value

    def account(self, known: Iterable[int], *, required: bool = True) -> int | None:
        """`terminalId`: an account that this login may use; None if absent or wrong."""
        value = self.required("terminalId") if required else self.get("terminalId")
        found = next((n for n in known if str(n) == value), None)
        if value and found is None:
            self.wrong("terminalId", NO_TERMINAL)
        return found

    def number(self, name: str, most: int) -> int | None:
        """A whole number from 0 up; None if absent."""
        value = self.get(name)
        if not value:
            return None
        if not _NUMBER.fullmatch(value) or int(value) > most:
            self.wrong(name)
            return None
        return int(value)

    def moment(self, name: str) -> float | None:
        """ISO 8601 with a zone (TXLIST), as seconds since 1970; None if absent."""
        value = self.get(name)
        if not value:
            return None
        try:
            when = datetime.fromisoformat(value)
            return _with_zone(when).timestamp()
        except (ValueError, OverflowError):
            self.wrong(name)
            return None


def _with_zone(when: datetime) -> datetime:
    if when.tzinfo is None:
        raise ValueError("no zone")
    return when


def _body_text(call: Call) -> str:
    """The body if it is a form; a body without a type counts as one, JSON is never read."""
    kind = call.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in ("", "application/x-www-form-urlencoded"):
        return ""
    return call.body.decode("utf-8", "replace")


def _pairs(text: str) -> list[tuple[str, str]]:
    try:
        return parse_qsl(text, keep_blank_values=True, max_num_fields=MAX_FIELDS)
    except ValueError:
        raise Refused(400, Wrong("Too many parameters.")) from None
