"""Readable names for an object's values: `response.processor.approvalCode` is `approval code`."""

from __future__ import annotations

import re

_KNOWN = {
    "amountBase": "amount", "amountTotal": "total", "amountTip": "tip", "amountTax": "tax",
    "amountShipping": "shipping cost", "amountSurcharge": "surcharge", "amountBatch": "batches", "amountFee": "fees",
    "amountChargeback": "chargebacks", "amountOther": "other", "amountNet": "net", "uri": "API address",
    "terminal.name": "reader", "terminal.smartTerminalId": "reader id", "terminal.terminalId": "account",
    "terminalId": "account", "transactionId": "transaction", "signatureId": "signature",
    "promptButton": "button pressed", "inputValue": "typed", "readData": "read", "by": "sold by",
    "card.brand": "card", "card.lastFour": "card ends in", "vault.accountType": "card",
    "vault.lastFour": "card ends in", "vault.type": "paid by", "settlement.settled": "settled",
    "settlement.settlementId": "settlement", "depositId": "deposit", "depositDate": "date",
    "merchantName": "merchant", "depositAccount.routingNumber": "bank routing number",
    "depositAccount.lastFour": "bank account ends in",
    "response.processor.avs.status": "address check", "response.processor.cvv.status": "security code check",
}  # fmt: skip
"""Names for which the API's words (TXGET, DEP1) are not the usual ones."""
_LEFT_OUT = ("response.processor.",)
_WORD = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def titled(name: str) -> str:
    """A readable name for a dotted one: the usual word, else its own words."""
    if name in _KNOWN:
        return _KNOWN[name]
    for start in _LEFT_OUT:
        name = name.removeprefix(start)
    return " ".join(_WORD.sub(" ", part).lower() if _WORD.search(part) else part for part in name.split("."))
