"""The control routes: a test plays the customer and controls the world."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pjterm.simulator.api import control
from pjterm.simulator.api.replies import Call
from tests.simulator import documented
from tests.simulator.driver import T1, T2, Driver

FORM = {"amountBase": "12.50", "terminalId": "10001"}


@pytest.fixture
def shop(tmp_path: Path) -> Driver:
    """A shop whose readers wait for keys."""
    made = Driver(tmp_path)
    do(made, "/-/readers/wait")
    return made


def answer(shop: Driver, method: str, path: str, body: bytes = b"", **headers: str) -> tuple[int, Any]:
    given = {k.replace("_", "-"): v for k, v in headers.items()}
    call = Call(method, path, "", given, body)
    reply = control.handle(shop.world, call)
    documented.check(call, reply)
    return reply.status, json.loads(reply.body) if reply.body else None


def do(shop: Driver, path: str, **body: Any) -> tuple[int, Any]:
    """A call that changes something."""
    return answer(shop, "POST", path, json.dumps(body).encode(), content_type="application/json")


def look(shop: Driver) -> dict[str, Any]:
    """The display of T1."""
    first: dict[str, Any] = answer(shop, "GET", "/-/readers")[1]["items"][0]
    return first


def press(shop: Driver, key: str, **body: Any) -> int:
    return do(shop, f"/-/readers/T1/{key}", **body)[0]


def request(shop: Driver, kind: str, form: list[tuple[str, str]]) -> str:
    path = f"/smartterminals/{T1}/request-{kind}"
    reply = shop.raw("POST", path, [("terminalId", "10001"), *form])
    return str(json.loads(reply.body)["requestId"])


# -- readers that wait ----------------------------------------------------------------------------


def test_a_waiting_reader_never_acts_by_itself(shop: Driver) -> None:
    request_id = shop.pay(invoiceNumber="7", allowTips="true")

    assert shop.poll(request_id, 86_400.0) == {"status": "IN_PROGRESS"}
    assert look(shop) == {
        "reader": "T1", "plugged": True, "state": "waiting", "kind": "payment", "amount": "12.50", "text": None,
        "buttons": [], "asksTip": True, "status": "IN_PROGRESS", "requestId": request_id, "result": None,
        "planned": [], "total": "12.50", "approved": None, "charged": None,
    }  # fmt: skip


def test_a_tap_pays(shop: Driver) -> None:
    request_id = shop.pay()
    shop.now += 1.0

    assert press(shop, "tap") == 200
    assert shop.poll(request_id) == {"status": "IN_PROGRESS", "transactionId": 10001}
    assert (look(shop)["state"], look(shop)["result"]) == ("done", 10001)
    assert shop.poll(request_id, 0.5) == {"status": "COMPLETE", "transactionId": 10001}
    assert look(shop)["state"] == "idle"


@pytest.mark.parametrize(
    ("key", "body", "status", "codes"),
    [
        ("tap", {}, "COMPLETE", ["00"]),
        ("decline", {}, "COMPLETE", ["05"]),
        ("decline", {"code": "51"}, "COMPLETE", ["51"]),
        ("second-card", {"code": "51"}, "COMPLETE", ["51", "00"]),
        ("cancel", {}, "COMPLETE", []),
        ("leave", {}, "COMPLETE", []),
    ],
)
def test_what_a_key_does_to_a_payment(
    shop: Driver, key: str, body: dict[str, Any], status: str, codes: list[str]
) -> None:
    request_id = shop.pay()
    shop.now += 1.0
    press(shop, key, **body)
    end = shop.poll(request_id, 10.0)
    booked = answer(shop, "GET", "/-/transactions")[1]["items"]

    assert end == {"status": status} | ({"transactionId": booked[-1]["transactionId"]} if booked else {})
    assert [t["response"]["code"] for t in booked] == codes


@pytest.mark.parametrize("early", [True, False])
def test_a_tap_pays_before_another_till_resets_the_reader(shop: Driver, early: bool) -> None:
    do(shop, "/-/scenario", toml='[[till]]\ndoes = "reset"\nafter = 5')
    if early:
        press(shop, "tap", next=True)
    request_id = shop.pay()
    shop.now += 1.0
    if not early:
        press(shop, "tap")

    assert shop.poll(request_id, 9.0) == {"status": "COMPLETE", "transactionId": 10001}


def test_after_the_red_x_no_card_is_accepted(shop: Driver) -> None:
    request_id = shop.pay()
    shop.now += 1.0
    press(shop, "cancel")

    assert (press(shop, "tap"), look(shop)["state"]) == (409, "done")
    assert shop.poll(request_id, 9.0) == {"status": "COMPLETE"}


def test_a_card_that_is_booked_later_is_accepted_once(shop: Driver) -> None:
    request_id = shop.pay()
    shop.now += 1.0

    assert [press(shop, "tap", booked=3) for _ in range(2)] == [200, 409]
    assert shop.poll(request_id, 9.0) == {"status": "COMPLETE", "transactionId": 10001}


def test_a_customer_may_differ_from_the_scenario_s(shop: Driver) -> None:
    shop.pay(allowTips="true")
    shop.now += 1.0

    assert press(shop, "tap", tip="2.00", brand="MASTERCARD", entry="tap") == 200
    (booked,) = answer(shop, "GET", "/-/transactions")[1]["items"]
    assert (booked["amountTotal"], booked["vault"]["accountType"], booked["method"]) == ("14.50", "MASTERCARD", "TAP")


@pytest.mark.parametrize(
    ("kind", "form", "key", "value", "result"),
    [
        ("prompt", [("text", "?"), ("buttons[]", "Yes"), ("buttons[]", "No")], "press", "No", "No"),
        ("input", [("type", "PHONE")], "digits", "1234567890", "1234567890"),
        ("read", [], "swipe", "", ";7090112233654321?"),
        ("read", [], "swipe", ";123?", ";123?"),
    ],
)
def test_each_kind_has_its_keys(
    shop: Driver, kind: str, form: list[tuple[str, str]], key: str, value: str, result: str
) -> None:
    request_id = request(shop, kind, form)
    shop.now += 1.0

    assert press(shop, "tap") == 409
    assert press(shop, "digits", value="12") == 409
    assert press(shop, key, value=value) == 200
    assert result in shop.poll(request_id).values()
    assert press(shop, key, value=value) == 409, "already done"


def test_signing(shop: Driver) -> None:
    request_id = request(shop, "signature", [("terms", "Sign here.")])
    shop.now += 1.0

    assert look(shop)["text"] == "Sign here."
    assert press(shop, "sign") == 200
    assert "signatureId" in shop.poll(request_id)


def test_unplugged_is_no_connection_until_plugged_in(shop: Driver) -> None:
    press(shop, "unplug")
    seen = [shop.poll(shop.pay(), 3.0)]
    press(shop, "plug")
    seen.append(shop.poll(shop.pay(), 3.0))

    assert [s["status"] for s in seen] == ["NO_CONNECTION", "IN_PROGRESS"]


def test_an_unplugged_reader_takes_no_card_until_it_is_plugged_in(shop: Driver) -> None:
    request_id = shop.pay()
    shop.now += 1.0
    press(shop, "unplug")
    status, said = do(shop, "/-/readers/T1/tap")
    press(shop, "plug")

    assert (status, said["errors"][0]["message"]) == (409, "T1 is unplugged.")
    assert press(shop, "tap") == 200
    assert shop.poll(request_id, 1.0) == {"status": "COMPLETE", "transactionId": 10001}


@pytest.mark.parametrize("customer", ["pays", "cancels"])
def test_the_scenario_s_customer_does_nothing_at_an_unplugged_reader(tmp_path: Path, customer: str) -> None:
    shop = Driver(tmp_path)
    do(shop, "/-/scenario", toml=f'[[request]]\ncustomer = "{customer}"')
    request_id = shop.pay()
    shop.now += 1.0
    press(shop, "unplug")

    assert shop.poll(request_id, 60.0) == {"status": "IN_PROGRESS"}
    assert shop.poll(request_id, 120.0) == {"status": "COMPLETE"}


def test_a_key_is_refused_before_the_reader_shows_anything(shop: Driver) -> None:
    shop.pay()
    status, said = do(shop, "/-/readers/T1/tap")

    assert (status, said["errors"][0]["message"]) == (409, "T1 waits for no customer.")


# -- planned in advance ---------------------------------------------------------------------------


def test_a_planned_key_is_for_the_next_matching_request(shop: Driver) -> None:
    """A test that pays and waits in one thread can act only in advance."""
    for key, body in [("decline", {"code": "51"}), ("press", {"value": "No"}), ("tap", {"tip": "2.00"})]:
        assert press(shop, key, next=True, **body) == 200
    assert look(shop)["planned"] == ["decline", "press", "tap"]
    shop.paid(invoiceNumber="1")
    asked = request(shop, "prompt", [("text", "?"), ("buttons[]", "Yes"), ("buttons[]", "No")])
    answered = shop.poll(asked, 3.0)
    shop.paid(invoiceNumber="2", allowTips="true")
    booked = answer(shop, "GET", "/-/transactions")[1]["items"]

    assert answered == {"status": "COMPLETE", "promptButton": "No"}
    assert [(t["response"]["code"], t["amountTotal"]) for t in booked] == [("51", "12.50"), ("00", "14.50")]
    assert look(shop)["planned"] == []


def test_a_planned_key_is_pressed_at_once_if_its_reader_waits(shop: Driver) -> None:
    request_id = shop.pay()
    shop.now += 1.0
    press(shop, "tap", next=True)

    assert shop.poll(request_id)["transactionId"] == 10001
    assert look(shop)["planned"] == []


def test_another_till_s_payment_uses_no_planned_key(shop: Driver) -> None:
    do(shop, "/-/scenario", toml='[[till]]\ndoes = "charge"')
    press(shop, "tap", next=True)
    shop.pay()
    shop.now += 10.0

    assert look(shop)["planned"] == ["tap"]


# -- how long they wait ---------------------------------------------------------------------------


def test_reading_the_display_changes_nothing(tmp_path: Path) -> None:
    """Another page could send a GET with an <img>."""
    shop = Driver(tmp_path)
    look(shop)

    assert shop.poll(shop.pay(), 2.5)["transactionId"] == 10001


def test_readers_may_wait_for_a_few_seconds_only(tmp_path: Path) -> None:
    shop = Driver(tmp_path)
    do(shop, "/-/readers/wait", seconds=3)
    first = shop.pay()

    assert shop.poll(first, 60.0) == {"status": "IN_PROGRESS"}
    assert shop.poll(first, 60.0) == {"status": "COMPLETE"}, "no customer came for two minutes"
    assert shop.poll(shop.pay(), 2.5)["transactionId"] == 10001


def test_readers_wait_until_they_are_released(shop: Driver) -> None:
    do(shop, "/-/readers/act")

    assert shop.poll(shop.pay(), 2.5)["transactionId"] == 10001


@pytest.mark.parametrize("end", [("/-/readers/act", {}), ("/-/readers/wait", {"seconds": 3})])
def test_a_customer_waited_for_without_limit_leaves_two_minutes_after_its_end(
    shop: Driver, end: tuple[str, dict[str, Any]]
) -> None:
    waited_for = shop.pay()
    shop.now += 1.0
    connecting = shop.pay(terminal=T2)
    do(shop, end[0], **end[1])

    seen = [(shop.poll(waited_for, seconds), shop.poll(connecting)) for seconds in (119.9, 0.1)]

    assert seen == [({"status": "IN_PROGRESS"},) * 2, ({"status": "COMPLETE"},) * 2]
    assert shop.poll(shop.pay(), 2.5)["transactionId"] == 10001


# -- controlling the world ------------------------------------------------------------------------


def test_batches_can_be_closed_by_hand(tmp_path: Path) -> None:
    shop = Driver(tmp_path)
    number = shop.paid()

    assert do(shop, "/-/settle") == (200, {"settled": 1})
    assert shop.get(f"/transactions/{number}")["settlement"]["settled"]


def test_the_clock_moves_forward_by_at_most_a_billion_seconds_in_all(shop: Driver) -> None:
    """No time after the year 9999 can be written, and the books store how far it was moved."""
    went = [do(shop, "/-/clock", forward=seconds)[0] for seconds in (0.9e9, 0.2e9, 0.1e9)]

    assert (went, shop.call("GET", "/transactions").status) == ([204, 400, 204], 200)


def test_the_clock_moves_forward_and_due_events_happen(tmp_path: Path) -> None:
    shop = Driver(tmp_path)
    number = shop.paid(invoiceNumber="7")
    do(shop, "/-/clock", forward=86_400)

    assert shop.get(f"/transactions/{number}")["settlement"] == {"settled": True, "settlementId": 501}
    assert shop.get(f"/transactions/{shop.paid(invoiceNumber='7')}")["response"]["code"] == "00", "no duplicate"


def test_limits_keep_real_time(tmp_path: Path) -> None:
    shop = Driver(tmp_path)
    shop.raw("GET", "/terminals")
    do(shop, "/-/clock", forward=3600)

    assert shop.raw("GET", "/terminals").status == 429


@pytest.mark.parametrize("body", [{"name": "declined"}, {"toml": '[[request]]\ncustomer = "declined"'}])
def test_the_scenario_can_be_changed(tmp_path: Path, body: dict[str, str]) -> None:
    shop = Driver(tmp_path)
    before = shop.paid()
    do(shop, "/-/scenario", **body)

    assert [shop.get(f"/transactions/{n}")["status"] for n in (before, shop.paid())] == ["CAPTURE", "DECLINED"]


def test_a_reset_leaves_a_clean_world(shop: Driver) -> None:
    shop.post("/webhooks", {"event": "TRANSACTION", "url": "http://127.0.0.1:1/"})
    do(shop, "/-/readers/T1/unplug")
    do(shop, "/-/scenario", name="declined")
    do(shop, "/-/clock", forward=60)
    do(shop, "/-/reset")
    first = shop.paid()

    assert (first, shop.get(f"/transactions/{first}")["status"]) == (10001, "CAPTURE")
    assert shop.get("/webhooks")["results"] == []
    assert shop.get(f"/transactions/{first}")["created"][11:16] == "12:00"
    assert shop.world.now() == shop.now


def test_after_a_reset_no_call_has_been_made(tmp_path: Path) -> None:
    shop = Driver(tmp_path)
    shop.raw("GET", "/terminals")
    do(shop, "/-/reset")

    assert shop.raw("GET", "/terminals").status == 200


def test_webhooks_can_be_sent_to_a_url(tmp_path: Path) -> None:
    shop = Driver(tmp_path)
    url = "http://127.0.0.1:9/hook"

    assert do(shop, "/-/webhooks", url=url) == (200, {"url": url, "secret": "simulator"})
    shop.pay()
    with shop.world.moment() as m:
        (sent,) = m.books.deliveries(m.now)
        assert (json.loads(sent.body)["type"], m.books.subscriptions()[0].url) == ("SMARTTERMINAL_REQUEST", url)


def test_a_client_s_calls_can_be_inspected(tmp_path: Path) -> None:
    shop = Driver(tmp_path, "reply-lost")
    shop.call("GET", "/terminals", {"limti": "1"})
    shop.call("POST", f"/smartterminals/{T1}/request-payment", FORM)

    assert answer(shop, "GET", "/-/calls")[1]["items"] == [
        {"method": "GET", "path": "/terminals", "status": 200, "answered": True, "ignored": ["limti"]},
        {"method": "POST", "path": f"/smartterminals/{T1}/request-payment", "status": 200, "answered": False,
         "ignored": []},
    ]  # fmt: skip


# -- access ---------------------------------------------------------------------------------------

ROUTES = [
    "/-/readers/T1/tap", "/-/readers/wait", "/-/readers/act", "/-/settle", "/-/clock", "/-/scenario", "/-/reset",
    "/-/webhooks",
]  # fmt: skip


@pytest.mark.parametrize(
    ("headers", "body", "status"),
    [
        ({"origin": "https://example.com", "host": "127.0.0.1:8700"}, b"", 403),
        ({"origin": "null", "host": "127.0.0.1:8700"}, b"", 403),
        ({"origin": "http://127.0.0.1:9999", "host": "127.0.0.1:8700"}, b"", 403),
        ({"sec_fetch_site": "cross-site", "host": "127.0.0.1:8700"}, b"", 403),
        ({"sec_fetch_site": "same-site", "host": "127.0.0.1:8700"}, b"", 403),
        ({"host": "rebound.example"}, b"", 421),
        ({"host": "127.0.0.1.rebound.example:8700"}, b"", 421),
        ({"host": "localhost."}, b"", 421),
        ({"host": "10.0.0.1:8700"}, b"", 421),
        ({"content_type": "application/x-www-form-urlencoded"}, b"a=b", 403),
        ({"content_type": "text/plain"}, b"{}", 403),
        ({"content_type": "multipart/form-data; boundary=x"}, b"", 403),
        ({}, b"{}", 403),
    ],
)
def test_a_web_page_can_press_no_key(shop: Driver, headers: dict[str, str], body: bytes, status: int) -> None:
    shop.pay()
    shop.now += 1.0
    for path in ROUTES:
        refused, said = answer(shop, "POST", path, body, **headers)

        assert (refused, bool(said["errors"][0]["message"])) == (status, True), path
        assert look(shop)["state"] == "waiting", path


@pytest.mark.parametrize("host", ["127.0.0.1:8700", "localhost:8700", "[::1]:8700", "127.9.9.9", "LOCALHOST"])
def test_the_simulator_s_own_page_and_programs_have_access(shop: Driver, host: str) -> None:
    shop.pay()
    shop.now += 1.0
    own = {"origin": f"http://{host}", "sec_fetch_site": "same-origin"}

    assert answer(shop, "POST", "/-/readers/T1/tap", b"", host=host, **own)[0] == 200


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/-/nothing"), ("POST", "/-/readers/T9/tap"), ("POST", "/-/readers/T1/kick"), ("GET", "/-/settle"),
     ("GET", "/-/readers/T1/tap"), ("DELETE", "/-/readers")],
)  # fmt: skip
def test_an_unknown_control_route_is_404(shop: Driver, method: str, path: str) -> None:
    assert answer(shop, method, path)[0] == 404


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("/-/readers/T9/tap", "reader: 'T9' is not one of T1, "),
        ("/-/readers/T1/kick", "key: 'kick' is not one of tap, "),
    ],
)  # fmt: skip
def test_an_unknown_reader_or_key_is_named(shop: Driver, path: str, says: str) -> None:
    assert do(shop, path)[1]["errors"][0]["message"].startswith(says)


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/-/readers/wait", b'{"seconds": "soon"}'), ("/-/readers/wait", b"[]"), ("/-/readers/wait", b"{"),
        ("/-/clock", b'{"forward": -1}'), ("/-/scenario", b'{"name": "nix"}'), ("/-/scenario", b"{}"),
        ("/-/scenario", b'{"name": "/etc/passwd"}'), ("/-/scenario", b'{"toml": "x = 1"}'),
        ("/-/scenario", b'{"toml": "["}'), ("/-/readers/T1/tap", b'{"tip": 2}'),
        ("/-/readers/T1/tap", b'{"nonsense": 1}'), ("/-/clock", b'{"forward": true}'),
        ("/-/webhooks", b"{}"), ("/-/webhooks", b'{"url": "http://example.com/"}'),
    ],
)  # fmt: skip
def test_an_unusable_body_is_400(shop: Driver, path: str, body: bytes) -> None:
    shop.pay()
    shop.now += 1.0

    assert answer(shop, "POST", path, body, content_type="application/json")[0] == 400
