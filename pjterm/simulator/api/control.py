"""Routes PayJunction does not have, under `/-/`: for whoever plays the customer, on this machine only.

    GET  /-/readers                what each reader shows; whoever asks stands before them for 3 s
    POST /-/readers/{name}/{key}   press a key (`customer.Key`), with a form field `value` where one is needed; what
                                   comes next is the scenario's again, unless somebody looks
    POST /-/settle                 close the batch now

A browser is kept out: a call with an Origin, or for another host name, is 403.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from pjterm.simulator.api.forms import Form
from pjterm.simulator.api.replies import Call, Refused, Reply, Wrong, as_json, not_found
from pjterm.simulator.api.world import World
from pjterm.simulator.shop import batches, customer
from pjterm.simulator.shop.inventory import READERS
from pjterm.simulator.shop.moment import Moment

PREFIX = "/-/"
_PRESS = re.compile(r"/-/readers/(\w{1,20})/(\w{1,20})")
_OWN_NAMES = ("127.0.0.1", "localhost")


def handle(world: World, call: Call) -> Reply:
    """Answer one control call."""
    try:
        if "origin" in call.headers or urlsplit(call.base).hostname not in _OWN_NAMES:
            raise Refused(403, Wrong("Not for browsers."))
        form = Form(call)
        with world.moment() as m:
            return _answer(m, call, form)
    except Refused as no:
        return no.reply()


def _answer(m: Moment, call: Call, form: Form) -> Reply:
    pressed = _PRESS.fullmatch(call.path)
    match call.method, call.path:
        case "GET", "/-/readers":
            return as_json({"items": customer.watch(m)})
        case "POST", "/-/settle":
            return as_json({"settled": _settle(m)})
        case "POST", _ if pressed:
            _press(m, pressed[1], pressed[2], form.get("value"))
            return as_json({"items": customer.screens(m)})
        case _:
            raise not_found()


def _press(m: Moment, name: str, key: str, value: str) -> None:
    at = next((r for r in READERS if r.name == name), None)
    if at is None or key not in list(customer.Key):
        raise not_found()
    try:
        customer.press(m, at, customer.Key(key), value)
    except customer.NothingToPress as e:
        raise Refused(409, Wrong(str(e))) from e


def _settle(m: Moment) -> int:
    """Close the batch of every account; answers how many transactions were settled."""
    return sum(batches.close(m, account) for account in m.setting.accounts)
