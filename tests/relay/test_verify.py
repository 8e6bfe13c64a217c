"""Which deliveries are accepted: signatures over raw bytes."""

from __future__ import annotations

import pytest

from pjterm.relay.server.http1 import Refused
from pjterm.relay.server.verify import WebhookSecrets, sign, verify_kept

B1 = (
    b'{\n  "id" : "3df99340-5f86-4a60-9976-b0a7ce3a77a3",\n  "created" : "2023-06-30T21:51:08.131Z",\n'
    b'  "type" : "TRANSACTION",\n  "data" : {\n    "transactionId" : 313875\n  }\n}'
)
B2 = (
    b'{\n  "id" : "870e9f82-4840-4da5-a109-a390df7eb6ab",\n  "created" : "2023-10-03T16:54:21.435Z",\n'
    b'  "type" : "SMARTTERMINAL_REQUEST",\n  "data" : {\n'
    b'    "requestId" : "37fa5c74-6315-4838-a07c-4b73a600e729",\n    "promptButton" : "No",\n'
    b'    "status" : "COMPLETE"\n  }\n}'
)


@pytest.mark.parametrize(
    ("body", "secret", "signature"),
    [
        (B1, "pjterm-test-secret", "1a63128abf107bb3c0565f5a0a5c8c25de933873c59907206630fb54fc3b23dc"),
        (B1, "clé-✓", "bd8c4ad9d997b3ae81d6f30f1e4348cfd2816314ba382e257a9fe4f0272ac480"),
        (B2, "pjterm-test-secret", "634d072488a1f0c4e4094fbdf52e33af5689919b731a01b079713bf1c0970726"),
        ('{"a":"é"}'.encode(), "pjterm-test-secret",
         "8caec03d88b0fa934901902623d4ed013c3513acf6d3c37328c848aa7249566f"),
    ],
)  # fmt: skip
def test_signatures_match_the_recorded_vectors(body: bytes, secret: str, signature: str) -> None:
    assert sign(secret.encode(), body) == signature.encode()


SECRETS = WebhookSecrets({"labs": (b"new", b"old"), "bare": ()})


def refusal(secrets: WebhookSecrets, profile: str, body: bytes, signature: bytes | None) -> tuple[int, str]:
    with pytest.raises(Refused) as caught:
        secrets.verify(profile, body, signature)
    return caught.value.status, caught.value.why


def test_both_secrets_are_valid_during_a_rotation() -> None:
    assert SECRETS.verify("labs", B1, sign(b"new", B1))
    assert SECRETS.verify("labs", B1, sign(b"old", B1))


@pytest.mark.parametrize(
    "signature",
    [b"", b"0" * 64, sign(b"third", B1), sign(b"new", B2), sign(b"new", B1).upper(), sign(b"new", B1) + b"0",
     sign(b"new", B1)[:63], b" " + sign(b"new", B1), sign(b"new", B1)[:32] + b" " + sign(b"new", B1)[32:],
     b"sha256=" + sign(b"new", B1), b"\xff" * 64],
)  # fmt: skip
def test_any_other_signature_is_wrong(signature: bytes) -> None:
    assert refusal(SECRETS, "labs", B1, signature) == (401, "signature wrong")


def test_a_missing_signature_fails_closed() -> None:
    assert refusal(SECRETS, "labs", B1, None) == (401, "signature missing")


def test_a_profile_without_a_secret_is_not_served() -> None:
    """No delivery for it could ever be verified."""
    assert refusal(SECRETS, "bare", B1, None) == (404, "unknown profile")
    assert refusal(SECRETS, "bare", B1, sign(b"", B1)) == (404, "unknown profile")


def test_an_unknown_profile_is_404() -> None:
    assert refusal(SECRETS, "other", B1, sign(b"new", B1))[0] == 404


def test_unsigned_events_are_stored_unverified_where_allowed_and_never_in_production() -> None:
    lax = WebhookSecrets({"labs": (b"s",), "bare": (), "real": (b"s",)}, True, frozenset({"real"}))

    assert lax.verify("labs", B1, None) is False
    assert lax.verify("bare", B1, b"whatever") is False
    assert lax.verify("labs", B1, sign(b"s", B1)) is True
    assert refusal(lax, "labs", B1, sign(b"t", B1)) == (401, "signature wrong")
    assert refusal(lax, "real", B1, None) == (401, "signature missing")


def test_secrets_are_hidden_in_the_repr() -> None:
    assert "old" not in repr(SECRETS)


@pytest.mark.parametrize(
    ("headers", "verified"),
    [
        (b"X-Pj-Signature: " + sign(b"old", B1), True),
        (b"Host: a\r\nx-pj-signature:\t" + sign(b"new", B1) + b" \r\n", True),
        (b"X-Pj-Signature: " + sign(b"third", B1), False),
        (b"X-Pj-Signature: " + sign(b"new", B2), False),
        ((b"X-Pj-Signature: " + sign(b"new", B1) + b"\r\n") * 2, False),
        (b"X-Note: X-Pj-Signature: " + sign(b"new", B1), False),
        (b"", False),
    ],
)
def test_an_event_stored_elsewhere_is_verified_by_its_own_signature(headers: bytes, verified: bool) -> None:
    assert verify_kept(SECRETS, "labs", B1, headers) is verified
    assert verify_kept(SECRETS, "other", B1, headers) is False
