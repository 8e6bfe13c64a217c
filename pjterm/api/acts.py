"""What an API call does, for messages, and which permission its login needs."""

from __future__ import annotations

import re

_ACTS = (
    ("POST", r".*/smartterminals/[^/]+/main", "the reset", "reset readers"),
    ("POST", r".*/smartterminals/.+", "the request", "send requests to readers"),
    ("GET", r".*/smartterminals/requests/.+", "the poll", "follow requests on readers"),
    ("GET", r".*/smartterminals", "the list of readers", "see the readers"),
    ("GET", r".*/terminals", "the list of accounts", "see the merchant accounts"),
    ("POST", r".*/transactions/\d+/receipts/.+", "the e-mail", "send receipts"),
    ("GET", r".*/smartterminals/signatures/.+", "the image of the signature", "see signatures"),
    ("GET", r".*/transactions/\d+/receipts/.+/signature", "the signature", "see signatures"),
    ("GET", r".*/transactions/\d+/receipts/.+", "the receipt", "see receipts"),
    ("GET", r".*/transactions/(\d+)", r"transaction \1", "see this transaction"),
    ("GET", r".*/transactions", "the search", "search transactions"),
    ("POST", r".*/transactions", "the refund", "give refunds"),
    ("PUT", r".*/transactions/.+", "the change", "void or change transactions"),
    ("GET", r".*/settlements/.+", "the settlement", "see settlements"),
    ("GET", r".*/settlements", "the list of settlements", "see settlements"),
    ("GET", r".*/deposits/.+", "the deposit", "see deposits"),
    ("GET", r".*/deposits", "the list of deposits", "see deposits"),
    ("GET", r".*/webhooks.*", "the list of webhooks", "see webhooks"),
    (r".*", r".*/webhooks.*", "the webhook", "set up webhooks"),
)  # fmt: skip
"""Method, path (without a trailing slash), what the call is about, and the permission it needs."""


def about(method: str, path: str) -> tuple[str, str]:
    """What a call is about, and what its login must be allowed to do: `the search`, `search transactions`."""
    for known, pattern, what, may in _ACTS:
        if re.fullmatch(known, method) and (found := re.fullmatch(pattern, path.rstrip("/"))):
            return found.expand(what), may
    return "the request", "do this"
