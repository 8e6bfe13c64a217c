"""Masks what a document must not contain: phone numbers, and card numbers beyond the last four digits.

Our own ids may look like either, so known ones are not masked, nor is anything in the format of a UUID
or of a signature's id.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from pjterm.values import dataclass

PHONE = "[phone number]"
_CARD = "[card number ending in {}]"
_ID = r"(?<![0-9A-Za-z])(?:[0-9a-f]{32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(?![0-9A-Za-z])"
_GROUPED = r"(?<![\w-])\d{4}(?:[ -]\d{4}){2}[ -]\d{1,7}(?![\w-])|(?<![\w-])\d{4}[ -]\d{6}[ -]\d{4,5}(?![\w-])"
_NATIONAL = r"(?<![\w.-])(?:\+?1[ .-]?)?(?:\(\d{3}\) ?|\d{3}[ .-])\d{3}[ .-]\d{4}(?![\w-])"
_ABROAD = r"(?<!\w)\+\d(?:[ ().-]{0,2}\d){6,16}(?!\w)"
_FOUND = re.compile(
    rf"(?P<id>{_ID})|(?P<card>(?<!\d)\d{{12,19}}(?!\d)|{_GROUPED})|(?P<phone>{_NATIONAL}|{_ABROAD})", re.ASCII | re.I
)
_WIDE = re.compile(r"[^\x00-\x7f]")
_BETWEEN = "[^0-9A-Za-z]{0,2}"
_LEAST = 7  # digits of a known phone number; fewer would match everywhere


@dataclass(frozen=True, slots=True)
class Mask:
    """The known phone numbers, and the numbers that are our own ids."""

    phones: frozenset[str] = frozenset()
    ids: frozenset[str] = frozenset()

    def __call__(self, text: str) -> str:
        """A text without them."""
        text = _WIDE.sub(_plain_digit, text)
        for phone in sorted(self.phones, key=len, reverse=True):
            text = re.sub(rf"(?<!\d)[(+]?{_BETWEEN.join(phone)}(?!\d)", PHONE, text, flags=re.ASCII)
        return _FOUND.sub(self._masked, text)

    def _masked(self, found: re.Match[str]) -> str:
        digits = re.sub(r"\D", "", found[0])
        if found["phone"] is not None:
            return PHONE
        if found["id"] is not None or digits in self.ids or not _is_card(digits):
            return found[0]
        return _CARD.format(digits[-4:])


def mask(phones: Iterable[object], ids: Iterable[object]) -> Mask:
    """A mask for the phone numbers and ids of one sale, as written there."""
    digits = (re.sub(r"[^0-9]", "", str(phone)) for phone in phones if phone is not None)
    known = frozenset(d for d in digits if len(d) >= _LEAST)
    return Mask(known, frozenset(str(i) for i in ids if i is not None))


def _plain_digit(found: re.Match[str]) -> str:
    """Convert a digit of another script to ASCII: a card number may be written in any."""
    return str(int(found[0])) if found[0].isdecimal() else found[0]


def _is_card(digits: str) -> bool:
    """Whether its check digit is right (Luhn)."""
    values = [int(d) for d in reversed(digits)]
    return sum(v if n % 2 == 0 else sum(divmod(2 * v, 10)) for n, v in enumerate(values)) % 10 == 0
