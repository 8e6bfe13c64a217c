"""Reading heads and chunks: strict, and the same however the bytes are split."""

from __future__ import annotations

from contextlib import suppress
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pjterm.relay.server.http1 import Chunks, Refused, parse_head


def head(*lines: str, start: str = "POST /webhooks/labs HTTP/1.1") -> bytes:
    return "\r\n".join([start, *lines]).encode("latin-1")


def test_a_head_is_parsed_and_its_lines_kept_as_received() -> None:
    found = parse_head(head("Host: a", "X-Pj-Signature:\t ab ", "content-LENGTH: 12"))

    assert (found.method, found.target, found.version, found.length) == ("POST", "/webhooks/labs", 1, 12)
    assert found.one(b"x-pj-signature") == b"ab"
    assert found.lines == b"Host: a\r\nX-Pj-Signature:\t ab \r\ncontent-LENGTH: 12\r\n"


def test_a_head_without_headers_has_no_body() -> None:
    assert parse_head(b"GET / HTTP/1.0").length == 0


def test_a_repeated_header_is_ambiguous() -> None:
    assert parse_head(head("A: 1", "a: 2")).one(b"a") is None


@pytest.mark.parametrize(
    "block",
    [
        b"",
        b"\r\n",
        b"POST /webhooks/labs",
        b"POST  /webhooks/labs HTTP/1.1",
        b"post /webhooks/labs HTTP/1.1",
        b"POST /webhooks/la\xffbs HTTP/1.1",
        b"POST /webhooks/labs HTTP/2.0",
        b"POST /webhooks/labs HTTP/1.1 ",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        head("Host : a"),
        head("Host: a", " folded"),
        head("no colon"),
        head(": empty"),
        head("A: b\rc"),
        head("A: b\nc"),
        head("A: b\0"),
        head("Content-Length: 1", "Content-Length: 1"),
        head("Content-Length: 1, 1"),
        head("Content-Length: +1"),
        head("Content-Length: -1"),
        head("Content-Length: 0x1"),
        head("Content-Length:"),
        head("Content-Length: 1", "Transfer-Encoding: chunked"),
        head("Transfer-Encoding: gzip"),
        head("Transfer-Encoding: gzip, chunked"),
        head("Transfer-Encoding: chunked", "Transfer-Encoding: chunked"),
    ],
)
def test_ambiguous_heads_are_refused(block: bytes) -> None:
    with pytest.raises(Refused) as caught:
        parse_head(block)

    assert caught.value.status == 400


def test_only_whole_lines_are_headers() -> None:
    found = parse_head(head("X-Note: expect: 100-continue", "Not-Expect: 1", "expect: a", "EXPECT: b"))

    assert found.all(b"expect") == [b"a", b"b"]
    assert found.all(b"note") == []


def feed(pieces: list[bytes], most: int = 100) -> tuple[bool, bytes, bytes]:
    chunks, buffer, done = Chunks(most), bytearray(), False
    for piece in pieces:
        buffer += piece
        done = done or chunks.feed(buffer)
    return done, chunks.body, bytes(buffer)


@settings(deadline=None, max_examples=60)
@given(st.lists(st.integers(1, 60), max_size=8))
def test_chunks_are_the_same_however_they_are_split(cuts: list[int]) -> None:
    data = b'3\r\nabc\r\nA;ext="v"\r\n0123456789\r\n0\r\nTrailer: x\r\n\r\nrest'
    ends = [0, *sorted(set(cuts)), len(data)]
    pieces = [data[a:b] for a, b in pairwise(ends)]

    assert feed(pieces) == (True, b"abc0123456789", b"rest")


@pytest.mark.parametrize(
    "data",
    [b"x\r\n", b"-1\r\n", b"3\r\nabcd\r\n", b"3\nabc\n", b" 3\r\n", b"0\r\nbad trailer\r\n\r\n", b"3" * 300],
)
def test_malformed_chunks_are_refused(data: bytes) -> None:
    with pytest.raises(Refused) as caught:
        feed([data])

    assert caught.value.status == 400


@pytest.mark.parametrize("length", [200, 252, 253, 254, 300, 2000])
def test_a_chunk_extension_s_limit_does_not_depend_on_the_split(length: int) -> None:
    """A size line has at most 256 bytes."""
    data = b"3;" + b"x" * length + b"\r\nabc\r\n0\r\n\r\n"
    results = []
    for pieces in ([data], [data[n : n + 1] for n in range(len(data))], [data[:250], data[250:]]):
        try:
            results.append(feed(pieces))
        except Refused as refused:
            results.append((False, refused.why.encode(), b""))

    assert results == [results[0]] * 3
    assert results[0][0] is (length <= 252)


def test_more_chunks_than_any_proxy_makes_are_refused() -> None:
    with pytest.raises(Refused):
        feed([b"1\r\nx\r\n" * 1025], most=100_000)


@pytest.mark.parametrize("data", [b"65\r\n", b"FFFFFFFF\r\n", b"32\r\n" + b"x" * 50 + b"\r\n33\r\n"])
def test_chunks_beyond_the_limit_are_refused_by_their_announced_size(data: bytes) -> None:
    with pytest.raises(Refused) as caught:
        feed([data])

    assert caught.value.status == 413


@settings(deadline=None, max_examples=60)
@given(st.binary(max_size=200))
def test_any_bytes_are_a_head_or_a_named_refusal(data: bytes) -> None:
    with suppress(Refused):
        parse_head(data)


@settings(deadline=None, max_examples=60)
@given(st.lists(st.binary(max_size=40), max_size=6))
def test_any_bytes_are_chunks_or_a_named_refusal(pieces: list[bytes]) -> None:
    with suppress(Refused):
        _, body, _ = feed(pieces)

        assert len(body) <= 100
