"""The answers of the webhook route, over real connections to a real process."""

from __future__ import annotations

import gzip
import json
import socket
import threading

import pytest

from tests.relay.speak import Client, Reply, body, read_reply, request, sign


def newest(relay: Client) -> int:
    cursor: int = relay.get("/status").json["events"]["newest"]
    return cursor


def refused(relay: Client, data: bytes) -> Reply:
    """The answer, after checking that nothing was stored and the relay still works."""
    before = newest(relay)
    reply = relay.send(data)

    assert newest(relay) == before
    return reply


def test_a_signed_event_is_204_and_stored(relay: Client) -> None:
    content = body()
    reply = relay.deliver(content)
    cursor = newest(relay)

    assert (reply.status, reply.body) == (204, b"")
    assert relay.get(f"/events/{cursor}/raw").body == content


def test_a_duplicate_is_204_and_one_event(relay: Client) -> None:
    content = body(request="twice")

    assert [relay.deliver(content).status for _ in range(3)] == [204, 204, 204]
    assert [i["deliveries"] for i in relay.page("?requestId=twice")["items"]] == [3]


def test_the_same_id_with_other_content_is_a_new_event(relay: Client) -> None:
    for status in ("IN_PROGRESS", "COMPLETE"):
        relay.deliver(body(event_id="shared", request="same-id", status=status))
    first, second = relay.page("?requestId=same-id")["items"]

    assert (first["sameIdAs"], second["sameIdAs"]) == (None, first["cursor"])


def test_the_second_secret_of_a_rotation_is_valid_and_each_profile_has_its_own(relay: Client) -> None:
    content = body()

    assert relay.deliver(content, signature=sign(content, b"the-next-secret")).status == 204
    assert relay.deliver(content, path="/webhooks/shop").status == 401
    assert relay.deliver(content, path="/webhooks/shop", signature=sign(content, "clé-✓".encode())).status == 204


@pytest.mark.parametrize("signature", [None, "", "0" * 64, "RIGHT", "sha256=", "with blank"])
def test_a_missing_or_wrong_signature_is_401(relay: Client, signature: str | None) -> None:
    content = body()
    if signature == "RIGHT":
        signature = sign(content).upper()
    elif signature == "with blank":
        signature = f"{sign(content)[:32]} {sign(content)[32:]}"
    reply = refused(relay, request(content, signature=signature))

    assert reply.status == 401
    assert "error" in reply.json


def test_two_signatures_are_401_even_if_both_are_right(relay: Client) -> None:
    content = body()

    assert refused(relay, request(content, headers=(f"X-Pj-Signature: {sign(content)}",))).status == 401


def test_whitespace_around_the_signature_is_ignored(relay: Client) -> None:
    """HTTP strips it from a header's value (RFC 9110 5.5)."""
    content = body()

    assert relay.deliver(content, signature=f" \t{sign(content)} ").status == 204


@pytest.mark.parametrize(
    "content",
    [b"", b"{}", b"not json", b'{"id": "1", "type": "T"}', b'{"id": 1, "id": 1, "type": "T", "data": {}}',
     b'{"id": "1", "type": "T", "data": {"x": NaN}}', b'{"id": "1", "type": "T", "data": {"x": "\xff"}}',
     b"[" * 65_000],
)  # fmt: skip
def test_a_signed_body_that_is_no_event_is_400(relay: Client, content: bytes) -> None:
    assert refused(relay, request(content)).status == 400


def test_an_unsigned_body_is_401_before_it_is_parsed(relay: Client) -> None:
    assert refused(relay, request(b"not json", signature=None)).status == 401


def test_64_kib_are_accepted_and_one_byte_more_is_413(relay: Client) -> None:
    start = b'{"id": "big", "type": "T", "data": {"x": "'
    fits = start + b"x" * (65_536 - len(start) - 3) + b'"}}'

    assert relay.deliver(fits).status == 204
    assert refused(relay, request(fits + b" ")).status == 413
    assert refused(relay, request(b"", headers=("Content-Length: 99999999999",), length=False)).status == 413


@pytest.mark.parametrize(
    "path",
    ["/webhooks/", "/webhooks/other", "/webhooks/labs/", "/webhooks/labs/x", "/webhooks/../webhooks/labs",
     "/webhooks/./labs", "/webhooks//labs", "/webhooks/labs%00", "/webhooks/labs%2F", "/webhooks/%2e%2e/labs",
     "/webhooks/LABS", "/webhooks/%ff", "/webhooks/labs;x", "/webhooks/labs\\", "/webhooks", "/webhook/labs",
     "//webhooks/labs", "/./webhooks/labs", "/x/../webhooks/labs", "http://your.example/webhooks/labs", "/"],
)  # fmt: skip
def test_any_other_path_is_404(relay: Client, path: str) -> None:
    assert refused(relay, request(body(), path=path)).status == 404


def test_a_query_or_a_percent_encoded_profile_name_still_names_the_profile(relay: Client) -> None:
    assert relay.deliver(body(), path="/webhooks/labs?from=tunnel").status == 204
    assert relay.deliver(body(), path="/webhooks/l%61bs").status == 204


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "OPTIONS", "HEAD"])
def test_other_methods_are_405(relay: Client, method: str) -> None:
    reply = refused(relay, request(body()).replace(b"POST", method.encode(), 1))

    assert (reply.status, reply.headers["allow"]) == (405, "POST")


def test_webhooks_may_have_any_host_and_content_type(relay: Client) -> None:
    data = request(body()).replace(b"yourserver.com", b"anything.trycloudflare.example")

    assert relay.send(data).status == 204
    assert relay.send(request(body()).replace(b"application/json", b"text/plain")).status == 204


def chunked(content: bytes) -> bytes:
    size = len(content) // 2
    parts = (content[:size], content[size:])
    return b"".join(b"%x\r\n%s\r\n" % (len(p), p) for p in parts) + b"0\r\n\r\n"


def test_a_chunked_body_is_reassembled(relay: Client) -> None:
    content = body(request="chunked")
    head = request(b"", signature=sign(content), headers=("Transfer-Encoding: chunked",), length=False)

    assert relay.send(head + chunked(content)).status == 204
    assert relay.page("?requestId=chunked")["items"][0]["event"] == json.loads(content)


def test_a_compressed_body_is_not_decompressed(relay: Client) -> None:
    """The signature covers the bytes on the wire; a small bomb stays small."""
    packed = gzip.compress(body())

    assert refused(relay, request(packed, headers=("Content-Encoding: gzip",))).status == 400
    assert refused(relay, request(packed, signature=sign(body()))).status == 401


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        (("X-Large: " + "x" * 65_536,), 431),
        (tuple(f"X-{n}: {'x' * 100}" for n in range(300)), 431),
        (("Transfer-Encoding: chunked",), 400),
        (("Content-Length: 5",), 400),
        (("Bad Name: x",), 400),
        (("X: a\rb",), 400),
        (("Transfer-Encoding: gzip",), 400),
    ],
)
def test_hostile_heads_are_refused(relay: Client, headers: tuple[str, ...], status: int) -> None:
    assert refused(relay, request(body(), headers=headers)).status == status


@pytest.mark.parametrize(
    "data", [b"\x16\x03\x01\x02\x00\r\n\r\n", b"GET\r\n\r\n", b"\r\n\r\n", b"PRI * HTTP/2.0\r\n\r\n"]
)
def test_invalid_http_is_400(relay: Client, data: bytes) -> None:
    assert refused(relay, data).status == 400


def test_a_client_that_disconnects_early_leaves_nothing_behind(relay: Client) -> None:
    before = newest(relay)
    for data in (b"", b"POST /webh", request(body())[:-1]):
        with relay.connect() as sock:
            sock.sendall(data)
            sock.shutdown(socket.SHUT_WR)

            assert read_reply(sock).status == 0
    assert newest(relay) == before


def test_a_request_may_arrive_byte_by_byte(relay: Client) -> None:
    data = request(body())
    with relay.connect() as sock:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for n in range(len(data)):
            sock.sendall(data[n : n + 1])

        assert read_reply(sock).status == 204


def test_a_client_waiting_for_100_continue_gets_it(relay: Client) -> None:
    data = request(body(), headers=("Expect: 100-continue",))
    head, _, content = data.partition(b"\r\n\r\n")
    with relay.connect() as sock:
        sock.sendall(head + b"\r\n\r\n")
        invited = sock.recv(100)
        sock.sendall(content)

        assert invited == b"HTTP/1.1 100 Continue\r\n\r\n"
        assert read_reply(sock).status == 204


def test_data_after_a_request_on_the_same_connection_is_not_read(relay: Client) -> None:
    before = newest(relay)
    first, second = request(body()), request(body())

    assert relay.send(first + second).status == 204
    assert newest(relay) == before + 1


def test_the_events_of_many_concurrent_senders_are_all_stored(relay: Client) -> None:
    before = newest(relay)
    replies: list[int] = []

    def send() -> None:
        replies.extend(relay.deliver(body()).status for _ in range(10))

    threads = [threading.Thread(target=send) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert replies == [204] * 160
    assert newest(relay) == before + 160
