"""What is rejected before anything happens, and the messages."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pjterm.simulator.shop.guesses import Guesses
from pjterm.simulator.shop.scenario_files import read
from pjterm.simulator.shop.scenarios import Fault, HttpRule, Scenario
from tests.simulator.driver import CARD, T1, Driver, wrong

PAYMENT = f"/smartterminals/{T1}/request-payment"
PROMPT = f"/smartterminals/{T1}/request-prompt"


@pytest.mark.parametrize(
    "headers",
    [
        {"authorization": ""},
        {"authorization": "Basic !!!"},
        {"authorization": "Basic c2ltdWxhdG9yOndyb25n"},
        {"authorization": "Bearer simulator"},
        {"x_pj_application_key": ""},
        {"x_pj_application_key": "11111111-0000-4000-8000-000000000000"},
        {"x_pj_application_key": "\udcff"},
    ],
)
def test_wrong_login_and_wrong_key_are_both_401(shop: Driver, headers: dict[str, str]) -> None:
    reply = shop.call("GET", "/terminals", None, **headers)

    assert reply.status == 401
    assert json.loads(reply.body)["errors"][0]["message"]


@pytest.mark.parametrize(
    ("headers", "about"),
    [
        ({"authorization": "", "x_pj_application_key": ""}, "application key"),
        ({"x_pj_application_key": "nobody's"}, "application key"),
        ({"authorization": "Basic c2ltdWxhdG9yOndyb25n"}, "password"),
    ],
)
def test_the_key_is_checked_before_the_login(shop: Driver, headers: dict[str, str], about: str) -> None:
    assert about in shop.get("/terminals", **headers)["errors"][0]["message"]


@pytest.mark.parametrize(
    "accept",
    ["", "*/*", "application/*", "application/json", "text/html, Application/JSON;q=0.9", "text/html, */*;q=0.1",
     "application/json;q=1.0"],
)  # fmt: skip
def test_an_accept_that_allows_json_or_is_absent_gets_json(shop: Driver, accept: str) -> None:
    reply = shop.call("GET", "/terminals", accept=accept)

    assert (reply.status, reply.content_type) == (200, "application/json")


@pytest.mark.parametrize("accept", ["text/html", "image/png", "application/xml", "*/*;q=0", "application/json; q=0.0"])
def test_an_accept_that_excludes_json_is_406(shop: Driver, accept: str) -> None:
    assert shop.call("GET", "/terminals", accept=accept).status == 406


def test_json_is_formatted_like_the_service_s(shop: Driver) -> None:
    """Two spaces, a space on both sides of the colon, LF, no final newline."""
    number = shop.paid("5.00", showSignaturePrompt="false")
    text = shop.call("GET", f"/transactions/{number}").body.decode()

    assert text.startswith(f'{{\n  "transactionId" : {number},\n  "uri" : "')
    assert '\n  "response" : {\n    "approved" : true,\n' in text
    assert text.endswith("\n  }\n}")


@pytest.mark.parametrize(("sent", "asked"), [("true", True), ("1", True), ("false", False), ("0", False)])
def test_a_boolean_has_four_spellings(shop: Driver, sent: str, asked: bool) -> None:
    number = shop.paid(showSignaturePrompt=sent)

    assert ("signatureStatus" in shop.get(f"/transactions/{number}")) is asked


def test_parameters_that_are_not_used_are_ignored_and_named(shop: Driver) -> None:
    form = {"amountBase": "5.00", "terminalId": "10001", "showReciptPrompt": "false", "limit": "50"}
    reply = shop.call("POST", PAYMENT, form)

    assert (reply.status, reply.ignored) == (200, ("showReciptPrompt", "limit"))


@pytest.mark.parametrize(
    ("call", "form"),
    [
        ("PUT /transactions/invalid", {"status": "VOID", "amountBase": "5.00"}),
        ("POST /transactions", {"action": "REFUND", "transactionId": "77", "amountBase": "5.00", "x": "1"}),
    ],
)
def test_a_rejected_call_reports_no_ignored_parameters(shop: Driver, call: str, form: dict[str, str]) -> None:
    """Which ones it would have used is not known."""
    method, path = call.split(" ")
    reply = shop.call(method, path, form)

    assert (reply.status >= 400, reply.ignored) == (True, ())


def test_a_hold_at_the_reader_is_rejected_instead_of_silently_captured(shop: Driver) -> None:
    form = {"amountBase": "5.00", "terminalId": "10001", "status": "HOLD"}

    assert wrong(shop.call("POST", PAYMENT, form)) == [("status", "invalid")]


def test_a_guess_allows_a_hold_at_the_reader(tmp_path: Path) -> None:
    shop = Driver(tmp_path, Scenario("hold", "", guesses=Guesses(reader_takes_hold=True)))

    assert shop.get(f"/transactions/{shop.paid('5.00', status='HOLD')}")["status"] == "HOLD"


@pytest.mark.parametrize(
    "path", ["/customers/1/addresses", "/customers/1/notes/2", "/invoices/files", "/invoices/x/reopen"]
)
def test_a_documented_but_unsimulated_call_says_so(shop: Driver, path: str) -> None:
    reply = shop.call("POST", path)

    assert reply.status == 501
    assert "this simulator does not have it" in json.loads(reply.body)["errors"][0]["message"]


@pytest.mark.parametrize(
    "path",
    ["/", "/nothing", "/transactions/abc", "/transactions/1/2", "/transactions/%00",
     "/smartterminals/requests/00000000-0000-4000-8000-000000000000", f"/smartterminals/{T1}",
     "/transactions/99999999999999999999999999", "/transactions/²"],
)  # fmt: skip
def test_an_unknown_path_is_404_in_the_error_shape(shop: Driver, path: str) -> None:
    reply = shop.call("GET", path)

    assert reply.status == 404
    assert json.loads(reply.body) == {"errors": [{"message": "404 Not Found"}]}


@pytest.mark.parametrize(("number", "said"), [("99999999", 99999999), ("0000", 0)])
def test_an_unknown_transaction_number_is_named_as_it_was_parsed(shop: Driver, number: str, said: int) -> None:
    reply = shop.call("GET", f"/transactions/{number}")

    assert reply.status == 404
    assert json.loads(reply.body) == {"errors": [{"message": f"Transaction Id {said} does not exist"}]}


@pytest.mark.parametrize(
    ("method", "path"),
    [("DELETE", "/transactions"), ("GET", PAYMENT), ("PATCH", "/terminals"), ("BREW", "/terminals")],
)
def test_a_wrong_method_is_405(shop: Driver, method: str, path: str) -> None:
    assert shop.call(method, path).status == 405


def test_one_trailing_slash_is_allowed(shop: Driver) -> None:
    assert shop.call("GET", "/terminals/").status == 200
    assert shop.call("GET", "/terminals//").status == 404


def test_all_errors_are_reported_at_once_sorted_by_parameter(shop: Driver) -> None:
    reply = shop.call("POST", PAYMENT, {"amountBase": "1,000.00", "allowTips": "yes", "note": "x" * 2049})

    assert reply.status == 400
    assert wrong(reply) == [("allowTips", "invalid"), ("amountBase", "invalid"), ("note", "invalid"),
            ("terminalId", "required")]  # fmt: skip


@pytest.mark.parametrize("amount", ["$5", "1,000.00", "1000.000", "0", "0.00", "-5", "1000000.01", "1e3", " 5", "٥"])
def test_bad_amounts_are_rejected(shop: Driver, amount: str) -> None:
    reply = shop.call("POST", PAYMENT, {"amountBase": amount, "terminalId": "10001"})

    assert wrong(reply) == [("amountBase", "invalid")]


@pytest.mark.parametrize("amount", ["1000", "1000.00", "0.01", "1000000", "12.5"])
def test_good_amounts_are_accepted(shop: Driver, amount: str) -> None:
    assert shop.call("POST", PAYMENT, {"amountBase": amount, "terminalId": "10001"}).status == 200


def test_the_documented_messages_of_a_payment(shop: Driver) -> None:
    said = shop.post(PAYMENT, {"terminalId": "77"})

    assert said["errors"] == [
        {"message": "Amount Base is required.", "parameter": "amountBase", "type": "required"},
        {"message": "Terminal does not exist or you do not have permission to access it.",
         "parameter": "terminalId", "type": "invalid"},
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ([("buttons[]", "Yes")], [("text", "required")]),
        ([("text", "Hi")], [("buttons", "required")]),
        ([("text", "Hi"), *[("buttons[]", str(n)) for n in range(4)]], [("buttons", "invalid")]),
        ([("text", "a"), ("buttons[]", "b"), ("buttons[]", "")], [("buttons[1].<list element>", "invalid")]),
        ([("text", "Hi"), ("buttons[]", "123456789")], [("buttons[0].<list element>", "invalid")]),
        ([("text", "x" * 10_001), ("buttons[]", "a")], [("text", "invalid")]),
    ],
)
def test_prompts_are_checked(shop: Driver, form: list[tuple[str, str]], expected: list[tuple[str, str]]) -> None:
    assert expected == wrong(shop.call("POST", PROMPT, [("terminalId", "10001"), *form]))


def test_input_supports_only_phone(shop: Driver) -> None:
    path = f"/smartterminals/{T1}/request-input"

    assert wrong(shop.call("POST", path, {"terminalId": "10001", "type": "ZIP"})) == [("type", "invalid")]
    assert wrong(shop.call("POST", path, {"terminalId": "10001"})) == [("type", "required")]


def test_parameters_may_be_in_the_query(shop: Driver) -> None:
    assert shop.call("POST", f"{PAYMENT}?amountBase=5.00&terminalId=10001").status == 200


def test_json_bodies_are_not_read(shop: Driver) -> None:
    form = {"amountBase": "5", "terminalId": "10001"}
    reply = shop.call("POST", PAYMENT, form, content_type="application/json")

    assert wrong(reply) == [("amountBase", "required"), ("terminalId", "required")]


BOOKING = CARD | {"amountBase": "5.00"}


@pytest.mark.parametrize(
    ("call", "form", "parameter"),
    [
        ("POST /transactions", BOOKING | {"vaultId": "1"}, "cardNumber"),
        ("POST /transactions", BOOKING | {"transactionId": "10001"}, "cardNumber"),
        ("POST /transactions", BOOKING | {"cardTrack": "%B4444333322221111^?"}, "cardTrack"),
        ("POST /transactions", BOOKING | {"cardExpYear": "999"}, "cardExpYear"),
        ("POST /transactions", BOOKING | {"cardExpYear": "20300"}, "cardExpYear"),
        ("POST /transactions", BOOKING | {"cardExpMonth": "0"}, "cardExpMonth"),
        ("POST /transactions", BOOKING | {"metadata[externalId]": "é"}, "metadata[externalId]"),
        ("PUT /transactions/10001", {"metadata[externalData]": "é"}, "metadata[externalData]"),
        ("GET /transactions?metadata%5BexternalId%5D=%C3%A9", {}, "metadata[externalId]"),
        ("POST /transactions/10001/level3", {"items[]": "{}", "summaryCommodityCode": "é"}, "summaryCommodityCode"),
        ("POST /transactions/10001/level3", {"items[]": "{}", "amountDuty": "a lot"}, "amountDuty"),
        ("POST /customers", {"phone": "123"}, "phone"),
        ("PUT /customers/1", {"phone2": "555-0100 ext. 3"}, "phone2"),
    ],
)
def test_what_the_documentation_rules_out_is_rejected(
    shop: Driver, call: str, form: dict[str, str], parameter: str
) -> None:
    customer = shop.post("/customers", {"phone": "+1 (555) 555-0100"})["customerId"]
    shop.post(f"/customers/{customer}/vaults", CARD)
    shop.paid("1.00")

    method, path = call.split(" ")
    assert wrong(shop.call(method, path, form)) == [(parameter, "invalid")]


def test_a_client_may_send_a_vault_beside_the_transaction_and_a_two_digit_year(shop: Driver) -> None:
    sold = str(shop.post("/transactions", BOOKING | {"cardExpYear": "30"})["transactionId"])
    customer = shop.post("/customers")["customerId"]
    vault = str(shop.post(f"/customers/{customer}/vaults", CARD)["vaultId"])

    assert shop.post("/transactions", {"transactionId": sold, "vaultId": vault})["response"]["approved"]


def test_a_login_may_call_every_100_ms_but_not_more_often(shop: Driver) -> None:
    seen = []
    for wait in (1.0, 0.07, 0.03, 0.1, 0.05):
        shop.now += wait
        seen.append(shop.raw("GET", "/terminals").status)

    assert seen == [200, 429, 200, 200, 429]


def test_a_request_may_be_polled_every_half_second(shop: Driver) -> None:
    path = f"/smartterminals/requests/{shop.pay()}"
    seen = []
    for wait in (0.2, 0.3, 0.3, 0.5):
        shop.now += wait
        reply = shop.raw("GET", path)
        seen.append(reply.status)

    assert seen == [200, 429, 200, 200]
    assert "errors" in json.loads(shop.raw("GET", path).body)


def test_a_clock_that_was_set_back_delays_no_call(shop: Driver) -> None:
    polled = f"/smartterminals/requests/{shop.pay()}"
    shop.now += 1.0
    shop.raw("GET", polled)
    shop.now -= 3600.0
    seen = []
    for seconds in (0.0, 0.1, 0.4):
        shop.now += seconds
        seen.append(shop.raw("GET", polled).status)

    assert seen == [200, 429, 200]


def test_limits_are_not_scaled_by_speed(tmp_path: Path) -> None:
    shop = Driver(tmp_path, speed=100.0)
    path = f"/smartterminals/requests/{shop.pay()}"
    shop.now += 0.2

    assert [shop.raw("GET", path).status, shop.raw("GET", path).status] == [200, 429]


def test_the_status_of_a_limit_is_a_configurable_guess(tmp_path: Path) -> None:
    shop = Driver(tmp_path, Scenario("older", "403", guesses=Guesses(limit_status=403)))
    shop.raw("GET", "/terminals")

    assert shop.raw("GET", "/terminals").status == 403


def test_the_status_of_the_limit_fault_is_configurable_too(tmp_path: Path) -> None:
    rules = (HttpRule(Fault.RATE_LIMITED),)
    shop = Driver(tmp_path, Scenario("older", "403", http=rules, guesses=Guesses(limit_status=403)))

    assert [shop.call("POST", PAYMENT, {"amountBase": "5.00", "terminalId": "10001"}).status for _ in range(2)] == [
        403, 200
    ]  # fmt: skip


@pytest.mark.parametrize(("file", "status"), [("", 403), ("[guesses]\nlimit_status = 429", 429)])
def test_a_scenario_file_outranks_the_findings_of_a_probe(tmp_path: Path, file: str, status: int) -> None:
    shop = Driver(tmp_path, read("own", file), facts=Guesses(limit_status=403))
    shop.raw("GET", "/terminals")

    assert shop.raw("GET", "/terminals").status == status


@pytest.mark.parametrize(
    ("version", "keys"),
    [
        ("", {"terminalId", "accountId", "companyLegal", "companyDba", "merchantNumber", "nickName", "type",
              "enabled", "surcharge"}),
        ("2023-05-15", {"terminalId", "accountId", "companyLegal", "companyDba", "merchantNumber", "nickName",
                        "type", "enabled"}),
        ("2018-05-31", {"terminalId", "nickname", "type", "enabled"}),
    ],
)  # fmt: skip
def test_accounts_look_as_in_their_api_version(shop: Driver, version: str, keys: set[str]) -> None:
    (item,) = shop.get("/terminals", pj_version=version)["results"]

    assert (keys, 10001) == (set(item), item["terminalId"])


def test_the_service_field_exists_since_2020_04_21(shop: Driver) -> None:
    number = shop.paid()

    assert shop.get(f"/transactions/{number}")["service"] == "SMART_TERMINAL"
    assert "service" not in shop.get(f"/transactions/{number}", pj_version="2020-04-20")


def test_an_invalid_version_is_rejected(shop: Driver) -> None:
    assert shop.call("GET", "/terminals", pj_version="newest").status == 400


def test_the_devices(shop: Driver) -> None:
    items = shop.get("/smartterminals")["results"]

    assert [i["nickName"] for i in items] == ["T1", "T2"]
    assert {"smartTerminalId", "nickName", "serialNumber", "created"} == set(items[0])


def test_the_merchant(shop: Driver) -> None:
    assert len(shop.get("/merchants")["results"]) == 1
