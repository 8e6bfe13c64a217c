"""Customers and their vaults: enough to store a card and charge it again (CUST, CUSTPUT, VPOST, VGET).

Addresses are stored as sent inside a vault; they are not objects of their own here.
"""

from __future__ import annotations

from typing import Any

from pjterm.simulator.api import sources
from pjterm.simulator.api.contacts import ADDRESS, PERSON
from pjterm.simulator.api.desk import Desk
from pjterm.simulator.api.paging import page_of
from pjterm.simulator.api.replies import Refused, Reply, Wrong, as_json, not_found
from pjterm.simulator.shop import webhooks
from pjterm.simulator.shop.spelling import seconds_z

CUSTOMER = "customer"
MOST_VAULTS = 50
LEAST_DIGITS = 10  # of a phone number
_FIELDS = PERSON | {"custom1": 32}
_FILTERS = ("firstName", "lastName", "companyName", "identifier")


def customers(desk: Desk) -> Reply:
    """GET /customers: by name, company or identifier."""
    wanted = {n: desk.form.get(n) for n in _FILTERS if desk.form.get(n)}
    rows = desk.books.documents(CUSTOMER)
    return page_of(desk, [c for c in rows if all(c.get(n) == v for n, v in wanted.items())])


def create(desk: Desk) -> Reply:
    """POST /customers: nothing is required."""
    fields = _given(desk)
    desk.form.check()
    number, now = desk.books.count("customers"), seconds_z(desk.m.now)
    head = {"customerId": number, "uri": f"{desk.call.base}/customers/{number}"}
    desk.books.keep(CUSTOMER, number, head | fields | {"created": now, "lastModified": now})
    webhooks.customer_made(desk.m, number)
    return show(desk, str(number))


def show(desk: Desk, number: str) -> Reply:
    """GET /customers/{id}."""
    found = _known(desk, number)
    return as_json({n: found[n] for n in ("customerId", "uri", *_FIELDS, "created", "lastModified") if n in found})


def change(desk: Desk, number: str) -> Reply:
    """PUT /customers/{id}: only what is sent."""
    found, fields = _known(desk, number), _given(desk)
    desk.form.check()
    desk.books.keep(CUSTOMER, found["customerId"], found | fields | {"lastModified": seconds_z(desk.m.now)})
    return show(desk, number)


def delete(desk: Desk, number: str) -> Reply:
    """DELETE /customers/{id}: 204."""
    desk.books.discard(CUSTOMER, _known(desk, number)["customerId"])
    return Reply(204)


def _given(desk: Desk) -> dict[str, str]:
    for name in ("phone", "phone2"):
        if len(desk.form.get(name)) > 0 and sum(map(str.isdigit, desk.form.get(name))) < LEAST_DIGITS:
            desk.form.wrong(name)
    return {n: desk.form.text(n, most) for n, most in _FIELDS.items() if desk.form.get(n)}


def _known(desk: Desk, number: str) -> dict[str, Any]:
    found = desk.books.document(CUSTOMER, number)
    if found is None:
        raise not_found()
    return found


# -- vaults ---------------------------------------------------------------------------------------


def vaults(desk: Desk, number: str) -> Reply:
    """GET /customers/{id}/vaults: items without the customer's id."""
    hidden = ("customerId", "card")
    return page_of(desk, [{k: v for k, v in row.items() if k not in hidden} for row in _vaults(desk, number)])


def store(desk: Desk, number: str) -> Reply:
    """POST /customers/{id}/vaults: a transaction's card, a card, or a bank account."""
    customer = _known(desk, number)
    if len(_vaults(desk, number)) >= MOST_VAULTS:
        raise Refused(403, Wrong("Max vault limit for customer has been reached."))
    earlier = sources.original(desk)
    card = sources.source(desk, earlier).card
    address = {n: desk.form.text(n, most) for n, most in ADDRESS.items() if desk.form.get(n)}
    desk.form.get("addressId")  # addresses are not objects of their own here
    desk.form.check()
    vault, now = desk.books.count("vaults"), seconds_z(desk.m.now)
    shown: dict[str, Any] = {"vaultId": vault, "uri": f"{desk.call.base}/customers/{number}/vaults/{vault}"}
    shown |= {"customerId": customer["customerId"], "type": card.kind, "accountType": card.brand}
    shown |= {"lastFour": card.number[-4:], "created": now, "lastModified": now}
    shown |= {"address": address} if address else {}
    desk.books.keep(sources.VAULT, vault, shown | {"card": card.number})
    return as_json(shown)


def vault(desk: Desk, number: str, vault_id: str) -> Reply:
    """GET /customers/{id}/vaults/{id}."""
    return as_json({k: v for k, v in _one(desk, number, vault_id).items() if k != "card"})


def forget(desk: Desk, number: str, vault_id: str) -> Reply:
    """DELETE /customers/{id}/vaults/{id}: 204; its transactions stay."""
    desk.books.discard(sources.VAULT, _one(desk, number, vault_id)["vaultId"])
    return Reply(204)


def _vaults(desk: Desk, number: str) -> list[dict[str, Any]]:
    customer = _known(desk, number)["customerId"]
    return [v for v in desk.books.documents(sources.VAULT) if v["customerId"] == customer]


def _one(desk: Desk, number: str, vault_id: str) -> dict[str, Any]:
    found = next((v for v in _vaults(desk, number) if str(v["vaultId"]) == vault_id), None)
    if found is None:
        raise not_found()
    return found
