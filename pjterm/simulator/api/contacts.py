"""Contact parameters, `billing…` and `shipping…`, with the maximum length of each (CUST, TXPUT, VPOST)."""

from __future__ import annotations

from pjterm.simulator.api.forms import Form
from pjterm.simulator.shop.ledger import parameter

PERSON = {"firstName": 16, "middleName": 32, "lastName": 32, "companyName": 64, "email": 128, "phone": 24,
          "phone2": 24, "jobTitle": 32, "identifier": 64, "website": 128}  # fmt: skip
ADDRESS = {"address": 128, "city": 32, "state": 32, "country": 32, "zip": 12}
SIDES = ("billing", "shipping")


def given(form: Form) -> dict[str, str]:
    """All contact parameters that were sent, checked; an empty one clears its field (guess)."""
    longest = {parameter(side, name): most for side in SIDES for name, most in (PERSON | ADDRESS).items()}
    return {name: form.text(name, most) for name, most in longest.items() if name in form}
