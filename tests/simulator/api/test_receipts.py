"""Receipts and signature images of transactions."""

from __future__ import annotations

import struct
import zlib

import pytest

from pjterm.simulator.shop.spelling import seconds_z
from tests.simulator.driver import Driver, wrong


def test_the_latest_receipt_links_to_its_parts(shop: Driver) -> None:
    number = shop.paid()
    said = shop.get(f"/transactions/{number}/receipts/latest")
    here = f"http://127.0.0.1/transactions/{number}/receipts/latest"

    assert {"uri", "signatureStatus", "terms", "signatureUpToDate", "signature", "documents", "actions",
            "created", "lastModified"} == set(said)  # fmt: skip
    assert (here, "SIGNED", f"{here}/signature") == (
        said["uri"], said["signatureStatus"], said["signature"]["image"]["uri"]
    )  # fmt: skip
    pages = {paper: {"uri": f"{here}/{paper}"} for paper in ("thermal", "fullpage")}
    assert pages == said["documents"]


def test_an_unsigned_payment_has_a_receipt_and_no_image(shop: Driver) -> None:
    number = shop.paid(showSignaturePrompt="false")

    assert "signatureStatus" not in shop.get(f"/transactions/{number}/receipts/latest")
    assert shop.call("GET", f"/transactions/{number}/receipts/latest/signature", accept="*/*").status == 404
    assert shop.get(f"/transactions/{number}/receipts")["results"] == []


def test_a_receipt_shows_when_it_was_signed(shop: Driver) -> None:
    sold, later = (shop.paid(showSignaturePrompt=asked) for asked in ("true", "false"))
    shop.now += 3600.0
    shop.post(f"/transactions/{later}/signature/capture", {"signature": "~"})
    signed = seconds_z(shop.now)
    receipts = [shop.get(f"/transactions/{number}/receipts/latest") for number in (sold, later)]

    assert [r["signature"]["dateSigned"] for r in receipts] == [receipts[0]["created"], signed]


def test_a_captured_signature_marks_the_transaction_as_signed(shop: Driver) -> None:
    number = shop.paid(showSignaturePrompt="false")
    path = f"/transactions/{number}/signature/capture"

    assert wrong(shop.call("POST", path)) == [("signature", "required")]
    assert shop.post(path, {"signature": "~2"})["signatureStatus"] == "SIGNED"
    assert len(shop.get(f"/transactions/{number}/receipts")["results"]) == 1


@pytest.mark.parametrize("which", ["latest", "unsigned", "10001"])
@pytest.mark.parametrize("paper", ["thermal", "fullpage"])
def test_receipts_are_html_with_escaped_text(shop: Driver, which: str, paper: str) -> None:
    number = shop.paid(note="<script>alert(1)</script>", invoiceNumber="A&B")
    path = f"/transactions/{number}/receipts/{which}/{paper}"
    reply = shop.call("GET", path, accept="text/html, application/json")
    text = reply.body.decode()

    assert (reply.status, reply.content_type) == (200, "text/html")
    assert "$12.50" in text
    assert "A&amp;B" in text
    assert "<script>" not in text


@pytest.mark.parametrize("accept", ["text/html", "*/*", "application/json"])
def test_receipt_pages_allow_several_accept_headers(shop: Driver, accept: str) -> None:
    path = f"/transactions/{shop.paid()}/receipts/latest/thermal"

    assert shop.call("GET", path, accept=accept).status == 200
    assert shop.call("GET", path, accept="image/png").status == 406


def test_declined_transactions_have_no_receipt(shop: Driver) -> None:
    assert shop.call("GET", f"/transactions/{shop.paid('0.05')}/receipts/latest").status == 404


def test_mail_needs_two_addresses(shop: Driver) -> None:
    path = f"/transactions/{shop.paid()}/receipts/latest/email"

    assert wrong(shop.call("POST", path)) == [("replyTo", "required"), ("to", "required")]
    assert wrong(shop.call("POST", path, {"to": "nobody", "replyTo": "a@b.c"})) == [("to", "invalid")]
    reply = shop.call("POST", path, {"to": "a@b.c", "replyTo": "d@e.f", "requestSignature": "false"})
    assert (reply.status, reply.body) == (204, b"")


def test_a_signature_is_a_drawn_png(shop: Driver) -> None:
    """Decoded by hand: 320 x 100 gray, mostly paper, some ink, the same drawing each time."""
    path = f"/transactions/{shop.paid()}/receipts/latest/signature"
    image = shop.call("GET", path, accept="image/png, application/json").body
    again = shop.call("GET", path, accept="image/*").body
    other = shop.call("GET", path.replace("10001", str(shop.paid())), accept="*/*").body

    assert struct.unpack(">IIBB", image[16:26]) == (320, 100, 8, 0)
    length = struct.unpack(">I", image[33:37])[0]
    assert image[37:41] == b"IDAT"
    assert zlib.crc32(image[37 : 41 + length]) == struct.unpack(">I", image[41 + length : 45 + length])[0]
    pixels = zlib.decompress(image[41 : 41 + length])
    assert len(pixels) == 100 * 321
    assert 500 < sum(p < 128 for p in pixels) - 100 < 16_000
    assert image == again != other
