"""Control routes under `/-/`, which PayJunction does not have: a test or a person plays the customer.

    GET  /-/                         the readers in a browser, to watch and press
    GET  /-/readers                  what each reader shows: {"items": [{"reader": "T1", "state": "waiting", ...}]};
                                     with `Accept: text/event-stream` as `readers` events, live
    POST /-/readers/wait             readers wait for keys from now on, forever or for {"seconds": 3}
    POST /-/readers/act              the scenario's customer is back
    POST /-/readers/{name}/{key}     press a key (below); answers as GET /-/readers
    GET  /-/transactions             everything that is booked, oldest first, as GET /transactions/{id}
    GET  /-/calls                    the last API calls, oldest first: method, path, status, ignored parameters
    POST /-/settle                   close the batch of every account now: {"settled": 2}
    POST /-/clock                    {"forward": 3600}: move the world's clock forward; rate limits keep real time
    POST /-/scenario                 {"name": "declined"} or {"toml": "..."}: another scenario from now on
    POST /-/webhooks                 {"url": "http://127.0.0.1:9000/"}: SMARTTERMINAL_REQUEST goes there, signed with
                                     the secret `simulator`, as with `serve --webhook-url`
    POST /-/reset                    empty books (ids begin anew), plugged-in readers, the first scenario,
                                     this machine's time

Keys, and what a JSON body may say:

    tap          the card is approved        any name of a [[request]] of a scenario file: "tip", "brand", "entry",
    decline      "code": "51"                "approves", "completes", ...
    second-card  the first card is declined, a second one approved
    press        "value": the label          digits   "value": ten digits
    swipe        at a read                   cancel   the red X
    sign         "value": the strokes on a field of 320 x 100, "10,20 30,40;50,60 70,80"; without it one is made up
    leave        the customer goes away      unplug, plug

A key pressed before the reader shows what it is for waits up to {"within": 5} seconds (5 by default, 60 at
most); then the answer is 409, with what the reader shows. With {"next": true} it never waits: unless it fits what
the reader shows, the customer of the next request that it fits will press it. A body is JSON or absent:

    curl -X POST http://127.0.0.1:8700/-/readers/T1/tap
    curl --json '{"next": true}' http://127.0.0.1:8700/-/readers/T1/tap
    curl --json '{"value": "Yes"}' http://127.0.0.1:8700/-/readers/T1/press
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping
from hashlib import sha256
from itertools import islice
from typing import Any

from pjterm.simulator.api import guard, page, subscriptions, views
from pjterm.simulator.api.replies import Call, Refused, Reply, Wrong, as_json, not_found
from pjterm.simulator.api.routes import NEWEST
from pjterm.simulator.api.world import World
from pjterm.simulator.shop import batches, customer, inventory, webhooks
from pjterm.simulator.shop.inventory import WEBHOOK_SECRET, reader_named
from pjterm.simulator.shop.keys import Key, Press
from pjterm.simulator.shop.named import named
from pjterm.simulator.shop.scenario_files import conduct_of, read
from pjterm.simulator.shop.scenario_values import BadScenario
from pjterm.simulator.shop.scenarios import Scenario

PREFIX = "/-/"
READERS = "/-/readers"
SHOWN = 8  # transactions on the page
PATIENCE, LONGEST = 5.0, 60.0
_PRESS = re.compile(r"/-/readers/(\w{1,20})/([\w-]{1,20})")
_Body = Mapping[str, Any]


def handle(world: World, call: Call) -> Reply:
    """Answer one control call."""
    try:
        guard.check(call)
        return _route(call)(world, call)
    except Refused as no:
        return no.reply()


def patience(call: Call) -> float:
    """How long a key may wait for its reader to show something."""
    pressed = call.method == "POST" and _PRESS.fullmatch(call.path)
    try:
        return _seconds(_body(call), "within", PATIENCE, LONGEST) if pressed else 0.0
    except Refused:
        return 0.0


_Answer = Callable[[World, Call], Reply]


def _route(call: Call) -> _Answer:
    if call.method == "GET" and call.path in _LOOKS:
        return _LOOKS[call.path]
    if call.method == "POST" and (call.path in _ACTS or _PRESS.fullmatch(call.path)):
        guard.check_press(call)
        return _ACTS.get(call.path, _press)
    raise not_found()


# -- looking --------------------------------------------------------------------------------------


def _page(_world: World, _: Call) -> Reply:
    return Reply(200, page.page(), "text/html; charset=utf-8", headers=page.headers())


def _readers(world: World, _: Call) -> Reply:
    with world.moment() as m:
        return as_json({"items": customer.screens(m)})


def watched(world: World) -> dict[str, Any]:
    """What the readers show, and a mark that changes with the newest transactions."""
    with world.moment() as m:
        newest = json.dumps(list(islice(m.books.transactions(), SHOWN)))
        return {"items": customer.screens(m), "booked": sha256(newest.encode()).hexdigest()[:16]}


def _transactions(world: World, call: Call) -> Reply:
    with world.moment() as m:
        records = reversed(list(m.books.transactions()))
        return as_json({"items": [views.whole(r, NEWEST, call.base) for r in records]})


def _calls(world: World, _: Call) -> Reply:
    return as_json({"items": [
        {"method": c.method, "path": c.path, "status": r.status, "answered": r.fault is None or not r.fault.fault.lost,
         "ignored": list(r.ignored)}
        for c, r in world.calls
    ]})  # fmt: skip


# -- acting ---------------------------------------------------------------------------------------


def _press(world: World, call: Call) -> Reply:
    found = _PRESS.fullmatch(call.path)
    name, word = (found[1], found[2]) if found is not None else ("", "")
    at = reader_named(name)
    if at is None:
        raise Refused(404, Wrong(f"reader: {name!r} is not one of {', '.join(r.name for r in inventory.READERS)}."))
    if word not in list(Key):
        raise Refused(404, Wrong(f"key: {word!r} is not one of {', '.join(Key)}."))
    body = dict(_body(call))
    body.pop("within", None)
    do = customer.press_or_plan if body.pop("next", False) is True else customer.press
    value = str(body.pop("value", ""))
    try:
        pressed = Press(Key(word), value, conduct_of(body))
        with world.moment() as m:
            do(m, at, pressed)
            return as_json({"items": customer.screens(m)})
    except BadScenario as e:
        raise Refused(400, Wrong(str(e))) from e
    except customer.NothingToPress as e:
        raise Refused(409, Wrong(str(e))) from e


def _wait(world: World, call: Call) -> Reply:
    seconds = _seconds(_body(call), "seconds", math.inf, 1e7)
    with world.moment() as m:
        customer.wait_for_keys(m, seconds)
        return as_json({"items": customer.screens(m)})


def _act(world: World, _: Call) -> Reply:
    with world.moment() as m:
        customer.wait_for_keys(m, 0.0)
        return as_json({"items": customer.screens(m)})


def _settle(world: World, _: Call) -> Reply:
    with world.moment() as m:
        return as_json({"settled": sum(batches.close(m, account) for account in m.setting.accounts)})


def _clock(world: World, call: Call) -> Reply:
    world.go_forward(_seconds(_body(call), "forward", 0.0, 1e9))
    return Reply(204)


def _scenario(world: World, call: Call) -> Reply:
    world.play(_named(_body(call)))
    return Reply(204)


def _named(body: _Body) -> Scenario:
    """A scenario by its name, or as TOML; no file is read for a caller."""
    name, toml = body.get("name"), body.get("toml")
    if isinstance(toml, str):
        try:
            return read("given", toml)
        except (ValueError, RecursionError, BadScenario) as e:
            raise Refused(400, Wrong(f"toml: {e}")) from e
    found = named(name) if isinstance(name, str) else None
    if found is None:
        raise Refused(400, Wrong(f"name: {str(name)[:40]!r} is not a scenario."))
    return found


def _webhooks(world: World, call: Call) -> Reply:
    url = _body(call).get("url")
    if not isinstance(url, str) or not url or subscriptions.fault_of_url(url) is not None:
        says = f"url: {str(url)[:100]!r} is neither an https URL nor http on loopback."
        raise Refused(400, Wrong(says, "url", "invalid"))
    with world.moment() as m:
        webhooks.subscribe_hidden(m, url)
    return as_json({"url": url, "secret": WEBHOOK_SECRET})


def _reset(world: World, _: Call) -> Reply:
    world.reset()
    return Reply(204)


_LOOKS: dict[str, _Answer] = {
    "/-/": _page, READERS: _readers, "/-/transactions": _transactions, "/-/calls": _calls,
}  # fmt: skip
_ACTS: dict[str, _Answer] = {
    "/-/readers/wait": _wait, "/-/readers/act": _act, "/-/settle": _settle, "/-/clock": _clock,
    "/-/scenario": _scenario, "/-/webhooks": _webhooks, "/-/reset": _reset,
}  # fmt: skip


def _body(call: Call) -> _Body:
    """The JSON object of a call, empty when it has no body."""
    if not call.body:
        return {}
    try:
        value = json.loads(call.body)
    except (ValueError, RecursionError):
        raise Refused(400, Wrong("The body is no JSON.")) from None
    if not isinstance(value, dict):
        raise Refused(400, Wrong("The body is no JSON object."))
    return value


def _seconds(body: _Body, name: str, default: float, most: float) -> float:
    value = body.get(name)
    if value is None:
        return default
    if type(value) not in (int, float) or not 0 <= value <= most:
        raise Refused(400, Wrong(f"{name}: {str(value)[:40]!r} is not a number from 0 to {most:g}.", name, "invalid"))
    return float(value)
