"""Lists as commands print them on a terminal; the API's answers are defined here.

`shown` runs one command in this process at a given width and returns the lines of stdout.
"""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pjterm.api.answers import Reply
from pjterm.api.client import Api
from pjterm.api.transport import Transport
from pjterm.cli.app import run
from pjterm.cli.context import Context
from pjterm.system.clock import Clock
from tests.terminal import Tty

NOW = datetime(2026, 11, 25, 17, 3, 30, tzinfo=UTC)
CONFIG = """
default_profile = "till-1"
[profiles.till-1]
environment = "labs"
login = "boulangerie-du-coin-api"
terminal = "Front desk"
account = 10001
timezone = "UTC"
secrets = "file"
[profiles.till-1.aliases]
T1 = "88888888-4444-4444-4444-cccccccccccc"
[profiles.till-2-production]
environment = "production"
login = "boulangerie-du-coin-live"
terminal = "T2"
account = 10002
secrets = "file"
[profiles.demo]
environment = "simulator"
"""
SECRETS = '[till-1]\npassword = "p"\napp_key = "00000000-0000-4000-8000-000000000000"\n'


def _deposit(n: int, batch: float, fee: float, chargeback: float = 0.0) -> dict[str, Any]:
    return {
        "depositId": f"7d36ace0-d5a5-43e5-814e-99e20deb5bd{n}", "depositDate": f"2026-11-2{n}",
        "merchantNumber": "8788290123456", "amountBatch": batch, "amountFee": fee, "amountChargeback": chargeback,
        "amountOther": 0.0, "amountNet": batch + fee + chargeback,
    }  # fmt: skip


def _booked(
    n: int, action: str, brand: str, *, approved: bool = True, status: str = "CAPTURE", **amounts: str
) -> dict[str, Any]:
    total = sum(round(float(amount) * 100) for amount in amounts.values()) / 100
    return {
        "transactionId": 10040 + n, "terminalId": 10001, "action": action, "status": status,
        "created": f"2026-11-25T1{n % 6}:20:00Z", "invoiceNumber": f"41{n}", "amountTotal": f"{total:.2f}",
        **{f"amount{name.capitalize()}": amount for name, amount in amounts.items()},
        "response": {"approved": approved, "code": "00" if approved else "05", "message": "", "processor": {}},
        "vault": {"type": "CARD", "accountType": brand, "lastFour": "1111"}, "service": "SMART_TERMINAL",
    }  # fmt: skip


ANSWERS: dict[str, Any] = {
    "/settlements/": [
        {"settlementId": 512, "terminalId": 10001, "created": "2026-11-25T01:00:03Z", "amountNet": 1234.5,
         "status": "SETTLED"},
        {"settlementId": 511, "terminalId": 10001, "created": "2026-11-24T01:00:04Z", "amountNet": -20.0,
         "status": "SETTLED"},
    ],
    "/settlements/512": {
        "settlementId": 512, "terminalId": 10001, "created": "2026-11-25T01:00:03Z", "amountNet": 1234.5,
        "status": "COMPLETE", "breakdown": [
            {"brand": "VISA", "action": "CHARGE", "status": "CAPTURED", "count": 12, "amount": 1180.25},
            {"brand": "VISA", "action": "REFUND", "status": "CAPTURED", "count": 1, "amount": 45.75},
            {"brand": "AMERICAN_EXPRESS", "action": "CHARGE", "status": "CAPTURED", "count": 2, "amount": 100.0},
            {"brand": "MASTERCARD", "action": "CHARGE", "status": "DECLINED", "count": 1, "amount": 9.1},
        ],
    },
    "/deposits/": [_deposit(4, 1234.5, -31.12), _deposit(3, 980.0, -24.5, -57.25)],
    "/smartterminals": [
        {"smartTerminalId": "88888888-4444-4444-4444-cccccccccccc", "nickName": "Front desk",
         "serialNumber": "6110512345678901"},
        {"smartTerminalId": "99999999-4444-4444-4444-cccccccccccc", "nickName": "Terrace, left of the door",
         "serialNumber": "6110512345678902"},
    ],
    "/terminals": [
        {"terminalId": 10001, "nickName": "Credit Card Batch", "type": "CARD", "enabled": True,
         "companyDba": "Boulangerie du Coin"},
    ],
    "/transactions": [
        _booked(1, "CHARGE", "VISA", base="1184.20", tip="212.40", tax="98.11", shipping="12.00", surcharge="35.52"),
        _booked(2, "CHARGE", "MASTERCARD", base="410.00", tip="61.50", tax="33.82"),
        _booked(3, "CHARGE", "AMERICAN_EXPRESS", approved=False, status="DECLINED", base="80.00"),
        _booked(4, "REFUND", "VISA", base="42.00", tax="3.46"),
    ],
}  # fmt: skip
"""The API's answers, by path."""
LISTS = (
    ("settlements",), ("settlements", "show", "512"), ("deposits",), ("terminals",), ("accounts",),
    ("profiles", "list"), ("report",), ("transactions", "list", "--since", "2026-11-25"),
)  # fmt: skip


BOOKS = ((("reconcile",), 13), (("close", "--yes", "--force"), 0), (("log",), 0))
"""The reports of a day, and the exit codes."""
LOG = """\
2026-11-25T17:03:28.104Z 4711 GET /smartterminals 200 41 ms a3c1f0aa-0000-4000-8000-5e6f7a8b9c0d
2026-11-25T17:03:28.390Z 4711 POST /smartterminals/88888888-4444-4444-4444-cccccccccccc/request-payment no answer
"""


class _Answers(Transport):
    """Answers every GET from the table above."""

    def call(self, method: str, path: str, **more: Any) -> Reply:
        found = ANSWERS[urlsplit(path).path]
        said = {"results": found, "next": None} if isinstance(found, list) else found
        return Reply(200, {}, json.dumps(said).encode())


def shown(root: Path, argv: tuple[str, ...], columns: int, exit_code: int = 0, **environ: str) -> str:
    """What a command prints on a terminal of this width; without colors unless TERM says otherwise."""
    for name, text in (("config.toml", CONFIG), ("credentials.toml", SECRETS)):
        (root / name).write_text(text)
        (root / name).chmod(0o600)
    screen = Tty()
    places = {"PJTERM_CONFIG_DIR": str(root), "PJTERM_STATE_DIR": str(root / "state"), "COLUMNS": str(columns)}

    class Desk(Context):
        """A command's context whose API answers at once."""

        def __init__(self, *args: Any, **more: Any) -> None:
            super().__init__(*args, **more)
            self.environ = {"TERM": "dumb", **places, **environ}
            self.stdout, self.stderr = screen, io.StringIO()
            self.clock = Clock(lambda: NOW, lambda: 0.0)

        def make_api(self, *args: Any, **more: Any) -> Api:
            return Api(*args, exchanges=_Answers, **more)

    code = run(list(argv), Desk)
    assert code == exit_code, screen.getvalue()
    return screen.getvalue()
