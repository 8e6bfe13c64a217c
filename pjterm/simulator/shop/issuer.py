"""The bank behind the simulated gateway: labs trigger amounts, codes and their messages (RESP)."""

from __future__ import annotations

from decimal import Decimal

from pjterm.values import dataclass

TRIGGERS = {
    "0.01": "01", "0.02": "13", "0.03": "54", "0.04": "14", "0.05": "05", "0.06": "61", "0.07": "65",
    "0.08": "51", "0.09": "12", "0.10": "63", "0.11": "15", "0.12": "04", "0.13": "19", "0.14": "62",
    "0.15": "57", "0.16": "78", "0.91": "91", "0.98": "10",
}  # fmt: skip
WORDS = {
    "01": "call issuer", "04": "pick up card", "05": "do not honor", "10": "partial approval",
    "12": "invalid transaction", "13": "amount invalid", "14": "card number invalid", "15": "no such issuer",
    "19": "re-enter", "51": "insufficient funds", "54": "card expired", "55": "wrong PIN",
    "57": "service not allowed", "61": "exceeds withdrawal limit", "62": "restricted SIC code",
    "63": "restricted", "65": "exceeds activity limit", "75": "PIN tries exceeded", "78": "no account",
    "91": "no reply", "97": "CVV mismatch", "AA": "address mismatch", "AI": "AVS international",
    "AN": "AVS not supported", "AU": "AVS unavailable", "DT": "duplicate transaction",
}  # fmt: skip
APPROVAL_CODE = "PJ20AP"  # the one labs gives (TXGET)
LARGEST_APPROVED = Decimal("4999")


@dataclass(frozen=True, slots=True)
class Answer:
    """What the issuer (or the gateway) decided."""

    code: str
    level3: bool | None = None
    """Whether Level 3 data is taken; None if the reply does not say (labs: 1.03 gives false)."""

    @property
    def approved(self) -> bool:
        return self.code == "00"

    @property
    def message(self) -> str:
        if self.approved:
            return "Approved"
        return f"Declined ({WORDS[self.code]})" if self.code in WORDS else "Declined"


def authorise(action: str, amount: Decimal) -> Answer:
    """Decide by the trigger amounts; refunds and verifications are always approved (guess).

    Amounts that the table leaves out (0.17 to 0.90, 0.92 to 0.97) are approved (guess).
    """
    if action != "CHARGE":
        return Answer("00")
    if amount > LARGEST_APPROVED:
        return Answer("05")
    return Answer(TRIGGERS.get(f"{amount:.2f}", "00"), level3=False if amount == Decimal("1.03") else None)
