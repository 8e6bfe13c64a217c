"""What the answers to reads mean: polls, transactions, searches across pages, and refunds."""

from __future__ import annotations

import json
import socket
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
import respx

from pjterm.api.answers import http_date
from pjterm.api.client import Api
from pjterm.api.listing import everything
from pjterm.core.evidence.facts import (
    Fact,
    LookedUp,
    LookUpFailed,
    Observed,
    PollFailed,
    Purged,
    Searched,
    SearchFailed,
)
from pjterm.core.model import Kind, Result
from pjterm.errors import AnswerLost, ApiRejected, AuthFailed, PjtermError, RateLimited, Unavailable
from pjterm.values import replace
from tests.api.calls import BASE, BOOKED, FIELD, LIMIT, NUMBER, RESOURCE, SALE, Clock
from tests.api.server import Server, reply


@pytest.mark.parametrize(
    ("status", "body", "fact", "refused"),
    [
        (200, {"status": "IN_PROGRESS", "transactionId": 7}, Observed, False),
        (203, {"status": "IN_PROGRESS", "transactionId": 7}, Observed, False),
        (204, b"", PollFailed, True),
        (200, {"no": "status"}, PollFailed, True),
        (200, b"<html>", PollFailed, True),
        (200, {"status": "COMPLETE", "transactionId": "x7"}, PollFailed, False),
        (404, FIELD, Purged, False),
        (404, b"<html>", PollFailed, True),
        (401, FIELD, PollFailed, True),
        (401, b"<html>", PollFailed, True),
        (403, RESOURCE, PollFailed, True),
        (403, LIMIT, PollFailed, False),
        (429, b"", PollFailed, False),
        (301, b"", PollFailed, True),
        (500, b"<html>", PollFailed, False),
        (503, b"", PollFailed, False),
    ],
)
def test_what_each_status_means_for_a_poll(
    connect: Callable[..., Api], status: int, body: Any, fact: type[Fact], refused: bool
) -> None:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    with respx.mock(base_url=BASE) as mock:
        mock.get("/smartterminals/requests/r-1").respond(status, content=content)
        seen = connect().poll("r-1", Kind.PAYMENT)

    assert type(seen) is fact
    assert getattr(seen, "refused", False) is refused
    if isinstance(seen, Observed):
        assert (seen.status, seen.result) == ("IN_PROGRESS", Result(7))
        assert seen.asked_at == seen.at


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (400, FIELD, ApiRejected), (401, FIELD, AuthFailed), (403, RESOURCE, ApiRejected), (403, LIMIT, RateLimited),
        (404, FIELD, ApiRejected), (429, LIMIT, RateLimited), (408, {}, AnswerLost), (500, {}, AnswerLost),
        (401, {}, AnswerLost), (403, {}, AnswerLost), (404, {}, AnswerLost), (429, {}, AnswerLost),
        (302, {}, AnswerLost), (200, {"transactionId": 8}, AnswerLost), (200, [], AnswerLost),
    ],
)  # fmt: skip
def test_what_each_status_means_for_a_read(
    connect: Callable[..., Api], status: int, body: Any, error: type[PjtermError]
) -> None:
    """An answer about another transaction does not count."""
    with respx.mock(base_url=BASE) as mock:
        mock.get("/transactions/7").respond(status, json=body)
        with pytest.raises(error):
            connect().transaction(7)
        fact = connect().look_up(7)

    assert isinstance(fact, LookUpFailed)
    assert fact.refused is (error is AuthFailed)


@pytest.mark.parametrize("path", ["/smartterminals/signatures/60d2/image", "/transactions/7/receipts/latest/signature"])
def test_a_signature_that_may_not_be_seen_is_reported_as_such(connect: Callable[..., Api], path: str) -> None:
    with respx.mock(base_url=BASE) as mock:
        mock.get(path).respond(403, json={"errors": [{"message": "No permission."}]})
        with pytest.raises(AuthFailed, match="may not see signatures"):
            connect().document(path, "image/png")


def test_reading_a_transaction_gives_a_fact(connect: Callable[..., Api]) -> None:
    with respx.mock(base_url=BASE) as mock:
        mock.get("/transactions/7").respond(200, json=BOOKED)
        fact = connect().look_up(7)

    assert isinstance(fact, LookedUp)
    assert fact.transaction.raw == BOOKED


def test_reads_are_retried_on_faults_with_growing_pauses_and_give_up_safely(
    connect: Callable[..., Api], clock: Clock
) -> None:
    client, until = connect(), clock.now() + timedelta(seconds=10)
    with respx.mock(base_url=BASE) as mock:
        mock.get("/transactions/7").side_effect = [
            httpx.Response(503), httpx.ConnectError("no"), httpx.Response(429), httpx.Response(200, json=BOOKED),
        ]  # fmt: skip
        assert client.retrying(lambda: client.transaction(7), until).transaction_id == 7
        assert clock.pauses == [0.25, 0.5, 1.0]

        mock.get("/transactions/7").side_effect = lambda _: httpx.Response(500)
        with pytest.raises(Unavailable):
            client.retrying(lambda: client.transaction(7), until)
    assert clock.now() <= until


def test_a_read_is_tried_three_times_when_the_connection_is_refused(connect: Callable[..., Api], clock: Clock) -> None:
    with socket.create_server(("127.0.0.1", 0)) as door:
        client = connect(f"http://127.0.0.1:{door.getsockname()[1]}")
    with pytest.raises(Unavailable) as error:
        client.patiently(client.smart_terminals, timedelta(seconds=20))

    assert "refused" in error.value.message
    assert clock.pauses == [0.25, 0.5]


def test_a_refusal_is_not_retried(connect: Callable[..., Api], clock: Clock) -> None:
    client = connect()
    with respx.mock(base_url=BASE) as mock:
        route = mock.get("/transactions/7").respond(404, json=FIELD)
        with pytest.raises(ApiRejected):
            client.retrying(lambda: client.transaction(7), clock.now() + timedelta(seconds=10))

        assert route.call_count == 1


@pytest.fixture
def los_angeles(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A machine eight hours behind UTC."""
    if sys.platform == "win32":
        pytest.skip("its zone cannot be set for one process")
    with monkeypatch.context() as environ:
        environ.setenv("TZ", "America/Los_Angeles")
        time.tzset()
        yield
    time.tzset()


@pytest.mark.usefixtures("los_angeles")
@pytest.mark.parametrize("zone", [" GMT", " -0000", ""])
def test_a_date_without_a_zone_is_utc(zone: str) -> None:
    noon = datetime(2026, 11, 22, 12, tzinfo=UTC)

    assert http_date(f"Sun, 22 Nov 2026 12:00:00{zone}") == noon


# -- pages ------------------------------------------------------------------------------------------------------


def test_a_search_reads_all_pages_and_keeps_only_exact_matches_of_our_number(connect: Callable[..., Api]) -> None:
    """The filter may return others or an empty page. No start date is sent: our clock may be fast."""
    pages = [
        {"results": [BOOKED, {**BOOKED, "transactionId": 8, "invoiceNumber": NUMBER + "0"}],
         "next": f"{BASE}/transactions?offset=2"},
        {"results": [], "next": f"{BASE}/transactions?offset=3"},
        {"results": [{**BOOKED, "transactionId": 9}], "next": None},
    ]  # fmt: skip
    with respx.mock(base_url=BASE) as mock:
        route = mock.get("/transactions")
        route.side_effect = [httpx.Response(200, json=p) for p in pages]
        fact = connect().search(SALE)
        queries = [dict(c.request.url.params) for c in route.calls]

    assert isinstance(fact, Searched)
    assert [t.transaction_id for t in fact.found] == [7, 9]
    assert queries == [{"invoiceNumber": NUMBER, "limit": "50"}, {"offset": "2"}, {"offset": "3"}]


@pytest.mark.parametrize("read", [Api.smart_terminals, Api.accounts, lambda api: list(api.refunds_of(1))])
def test_an_endless_list_is_given_up_at_the_deadline(
    connect: Callable[..., Api], clock: Clock, read: Callable[[Api], object]
) -> None:
    client, until = connect(), clock.now() + timedelta(seconds=5)

    def page(asked: httpx.Request) -> httpx.Response:
        clock.pause(0.4)
        offset = int(asked.url.params.get("offset", 0)) + 1
        return httpx.Response(200, json={"results": [], "next": f"{asked.url.path}?offset={offset}"})

    with respx.mock(base_url=BASE) as mock:
        mock.get(path__regex=".*").side_effect = page
        with pytest.raises(Unavailable, match="not read to its end in time"):
            client.retrying(lambda: read(client), until)

    assert clock.now() <= until + timedelta(seconds=0.5)


@pytest.mark.parametrize("following", [{"href": "/transactions?offset=50"}, 2, True, ["/x"]])
def test_a_next_link_that_is_no_address_is_not_the_end(connect: Callable[..., Api], following: object) -> None:
    with respx.mock(base_url=BASE) as mock:
        mock.get("/transactions").respond(200, json={"results": [], "next": following})
        fact = connect().search(SALE)

    assert isinstance(fact, SearchFailed)


def test_the_address_of_a_next_page_is_kept_and_encoded_only_where_necessary(
    connect: Callable[..., Api], serve: Callable[..., Server]
) -> None:
    following = "/transactions?offset=50&note=Café au lait%20;x"
    server = serve(reply({"results": [], "next": following}), reply({"results": []}))
    connect(server.url).search(SALE)

    assert server.requests[1].startswith(b"GET /transactions?offset=50&note=Caf%C3%A9%20au%20lait%20;x HTTP/1.1\r\n")


TRIMMED = {k: v for k, v in BOOKED.items() if k != "invoiceNumber"}


@pytest.mark.parametrize("listed", [TRIMMED, {**BOOKED, "invoiceNumber": "0" + NUMBER}], ids=["trimmed", "a zero more"])
def test_a_result_without_our_exact_number_may_be_ours(connect: Callable[..., Api], listed: dict[str, Any]) -> None:
    with respx.mock(base_url=BASE) as mock:
        mock.get("/transactions").respond(200, json={"results": [listed]})
        fact = connect().search(SALE)

    assert isinstance(fact, Searched)
    assert ([t.transaction_id for t in fact.found], [t.transaction_id for t in fact.perhaps]) == ([], [7])


@pytest.mark.parametrize(
    ("changes", "perhaps"),
    [({}, True), ({"amountBase": "99.00"}, False), ({"action": "REFUND"}, False), ({"terminalId": 10002}, False)],
    ids=str,
)
def test_a_result_that_may_be_ours_and_never_shows_its_number_proves_nothing(
    connect: Callable[..., Api], changes: dict[str, Any], perhaps: bool
) -> None:
    with respx.mock(base_url=BASE, assert_all_called=False) as mock:
        mock.get("/transactions").respond(200, json={"results": [{**TRIMMED, **changes}]})
        mock.get("/transactions/7").respond(200, json={**TRIMMED, **changes})
        fact = connect().search(SALE)

    assert isinstance(fact, Searched)
    assert bool(fact.perhaps) is perhaps


@pytest.mark.parametrize(
    "following",
    ["https://evil.example/transactions", "http://127.0.0.1:10/transactions", "//evil.example/x",
     "http://127.0.0.1:9@evil.example/", "https://127.0.0.1:9/transactions", "http://[evil", "file:///etc/passwd"],
)  # fmt: skip
def test_a_next_link_to_another_host_gets_no_credentials_and_fails_the_search(
    connect: Callable[..., Api], following: str
) -> None:
    with respx.mock(base_url=BASE) as mock:
        route = mock.get("/transactions").respond(200, json={"results": [BOOKED], "next": following})
        fact = connect().search(SALE)

        assert route.call_count == 1
    assert isinstance(fact, SearchFailed)


@pytest.mark.parametrize(
    "host", ["http://api.example", "https://api.example:443", "https://API.example", "http://api.example:80"]
)
def test_a_front_end_may_name_the_host_that_it_forwards_to(connect: Callable[..., Api], host: str) -> None:
    with respx.mock(base_url="https://api.example") as mock:
        route = mock.get("/transactions")
        route.side_effect = [
            httpx.Response(200, json={"results": [BOOKED], "next": f"{host}/transactions?offset=1"}),
            httpx.Response(200, json={"results": []}),
        ]
        fact = connect("https://api.example").search(SALE)
        asked = str(route.calls[-1].request.url)

    assert (type(fact), asked) == (Searched, "https://api.example/transactions?offset=1")


@pytest.mark.parametrize("following", ["http://127.0.0.1/elsewhere", "https://internal-7/transactions", ""])
def test_a_list_read_by_offset_only_checks_whether_there_is_a_next_page(
    connect: Callable[..., Api], following: str
) -> None:
    def page(asked: httpx.Request) -> httpx.Response:
        first = int(asked.url.params.get("offset", 0))
        items = list(range(first, min(first + 50, 70)))
        return httpx.Response(200, json={"results": items, "next": following if items[-1] < 69 else None})

    with respx.mock(base_url=BASE) as mock:
        mock.get("/transactions").side_effect = page

        assert list(everything(connect(), "/transactions", {}, lambda item: item)) == list(range(70))


ANOTHER = {**BOOKED, "invoiceNumber": "9"}
DECLINED = {**BOOKED, "response": {"approved": False, "code": "05"}}


@pytest.mark.parametrize(("shown", "fact"), [(BOOKED, LookedUp), (ANOTHER, SearchFailed), (DECLINED, SearchFailed)])
def test_an_endless_search_proves_only_the_sale_that_it_shows(
    connect: Callable[..., Api], shown: dict[str, Any], fact: type
) -> None:
    with respx.mock(base_url=BASE) as mock:
        mock.get("/transactions").respond(200, json={"results": [shown], "next": "/transactions"})

        assert isinstance(connect().search(SALE), fact)


def test_an_endless_search_under_an_invoice_proves_nothing(connect: Callable[..., Api]) -> None:
    """The sale that it shows may be another one, as may those on later pages."""
    with respx.mock(base_url=BASE) as mock:
        mock.get("/transactions").respond(200, json={"results": [BOOKED], "next": "/transactions"})

        assert isinstance(connect().search(replace(SALE, shared=True)), SearchFailed)


@pytest.mark.parametrize("page", [{"results": [{"no": "id"}]}, {"results": {}}, {}, [], "x"])
def test_an_invalid_page_is_not_an_empty_search(connect: Callable[..., Api], page: Any) -> None:
    """An empty result is evidence; an unreadable one is not."""
    with respx.mock(base_url=BASE) as mock:
        mock.get("/transactions").respond(200, json=page)
        fact = connect().search(SALE)

    assert isinstance(fact, SearchFailed)


def test_redirects_are_not_followed(connect: Callable[..., Api]) -> None:
    with respx.mock(base_url=BASE, assert_all_called=False) as mock:
        mock.get("/terminals").respond(302, headers={"Location": BASE + "/other"})
        elsewhere = mock.get("/other").respond(200, json={"results": []})
        with pytest.raises(AnswerLost, match="redirects"):
            connect().accounts()

        assert not elsewhere.called


GIVEN_BACK = {
    **BOOKED, "action": "REFUND", "status": "CAPTURE", "purchaseOrderNumber": "refund-of-3", "amountTotal": "12.50",
}  # fmt: skip


def less(*names: str) -> dict[str, Any]:
    return {k: v for k, v in GIVEN_BACK.items() if k not in names}


@pytest.mark.parametrize(
    "listed",
    [
        GIVEN_BACK,
        less("amountTotal"),
        less("response"),
        less("status"),
        less("purchaseOrderNumber"),
        {"transactionId": 7},
        {**GIVEN_BACK, "purchaseOrderNumber": "refund-o"},
        {**GIVEN_BACK, "purchaseOrderNumber": "REFUND-OF-3 "},
    ],
    ids=["whole", "no total", "undecided", "no status", "no number", "only its id", "cut", "in capitals"],
)
def test_a_refund_trimmed_by_a_search_is_read_by_its_id(connect: Callable[..., Api], listed: dict[str, Any]) -> None:
    with respx.mock(base_url=BASE, assert_all_called=False) as mock:
        search = mock.get("/transactions").respond(200, json={"results": [listed]})
        mock.get("/transactions/7").respond(200, json=GIVEN_BACK)
        found = list(connect().refunds_of(3))

    said = [(t.transaction_id, t.approved, t.status, t.raw["amountTotal"]) for t in found]
    assert said == [(7, True, "CAPTURE", "12.50")]
    assert search.calls[0].request.url.params["purchaseOrderNumber"] == "refund-of-3"


@pytest.mark.parametrize("number", ["refund-of-30", "", None, 3])
def test_other_results_beside_the_refunds_are_ignored(connect: Callable[..., Api], number: object) -> None:
    other = {**GIVEN_BACK, "purchaseOrderNumber": number}
    with respx.mock(base_url=BASE, assert_all_called=False) as mock:
        mock.get("/transactions").respond(200, json={"results": [other]})
        mock.get("/transactions/7").respond(200, json=other)

        assert list(connect().refunds_of(3)) == []


def test_a_refund_whose_number_is_cut_even_when_read_by_id_is_not_ignored(connect: Callable[..., Api]) -> None:
    cut = {**GIVEN_BACK, "purchaseOrderNumber": "refund-of-1"}
    with respx.mock(base_url=BASE) as mock:
        mock.get("/transactions").respond(200, json={"results": [cut]})
        mock.get("/transactions/7").respond(200, json=cut)

        with pytest.raises(AnswerLost, match="refund 7 does not say in full"):
            list(connect().refunds_of(10082))


def test_refunds_of_a_sale_whose_id_starts_with_ours_are_ignored_when_the_filter_fails(
    connect: Callable[..., Api],
) -> None:
    other = {**GIVEN_BACK, "purchaseOrderNumber": "refund-of-100"}
    stranger = {**GIVEN_BACK, "transactionId": 8, "purchaseOrderNumber": "PO-5"}
    with respx.mock(base_url=BASE) as mock:
        mock.get("/transactions").respond(200, json={"results": [other, stranger]})
        mock.get("/transactions/7").respond(200, json=other)

        assert list(connect().refunds_of(10082)) == []


def test_charges_in_a_search_are_not_read_one_by_one(connect: Callable[..., Api]) -> None:
    with respx.mock(base_url=BASE, assert_all_called=False) as mock:
        mock.get("/transactions").respond(200, json={"results": [BOOKED]})
        read = mock.get("/transactions/7").respond(200, json=BOOKED)

        assert list(connect().refunds_of(3)) == []
    assert read.call_count == 0


@pytest.mark.parametrize("missing", ["amountTotal", "response", "amountBase"])
def test_a_refund_that_never_shows_its_amount_cannot_be_counted(connect: Callable[..., Api], missing: str) -> None:
    with respx.mock(base_url=BASE) as mock:
        mock.get("/transactions").respond(200, json={"results": [less(missing)]})
        mock.get("/transactions/7").respond(200, json=less(missing))

        with pytest.raises(AnswerLost, match="refund 7"):
            list(connect().refunds_of(3))
