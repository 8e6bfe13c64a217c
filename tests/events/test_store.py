"""The contract of every event store."""

from __future__ import annotations

import json
from dataclasses import replace

from pjterm.events.event import Arrival
from pjterm.events.store import Due, Filters, Store
from tests.relay.speak import body


def arrival(content: bytes | None = None, *, profile: str = "labs", at: int = 1_000, verified: bool = True) -> Arrival:
    text = content or body()
    event = json.loads(text)
    data = event["data"]
    return Arrival(profile, verified, at, event["id"], event["type"], data["requestId"], data["status"], text, b"")


def removal(before_ms: int) -> Due:
    """Remove everything received before that, and nothing else."""
    return Due(now_ms=10**14, cut_ms=0, remove_ms=before_ms)


def test_cursors_start_at_one_and_follow_the_order_of_storing(store: Store) -> None:
    kept = store.append([arrival(), arrival()]) + store.append([arrival()])

    assert [k.cursor for k in kept] == [1, 2, 3]
    assert [e.cursor for e in store.read(0, 10)] == [1, 2, 3]


def test_concurrent_groups_are_all_stored_in_order(store: Store) -> None:
    begun = [store.begin([arrival() for _ in range(5)]) for _ in range(10)]
    kept = [one.cursor for group in begun for one in group.result(10)]

    assert kept == list(range(1, 51))


def test_an_empty_store_has_no_newest_event_and_its_oldest_is_the_next(store: Store) -> None:
    assert (store.oldest(), store.newest(), store.read(0, 5), store.get(1)) == (1, 0, [], None)


def test_an_empty_group_changes_nothing(store: Store) -> None:
    assert store.append([]) == []
    assert store.newest() == 0


def test_an_event_is_returned_byte_for_byte(store: Store) -> None:
    sent = Arrival("labs", True, 1_234, "é", "T", None, None, b'{"\xc3\xa9" :\r\n 1.10}', b"A: \xff\r\n")
    store.append([sent])
    found = store.get(1)

    assert found is not None
    assert found.arrival == sent
    assert (found.arrival.body, found.arrival.headers) == (sent.body, sent.headers)


def test_the_same_delivery_twice_is_one_event_with_two_deliveries(store: Store) -> None:
    once = arrival()
    first, second = store.append([once])[0], store.append([once])[0]

    assert (first.new, second.new, second.cursor) == (True, False, 1)
    assert [(e.cursor, e.deliveries) for e in store.read(0, 10)] == [(1, 2)]


def test_a_repeat_inside_one_group_is_a_repeat(store: Store) -> None:
    once = arrival()
    kept = store.append([once, once, once])

    assert [(k.cursor, k.new) for k in kept] == [(1, True), (1, False), (1, False)]
    assert store.read(0, 10)[0].deliveries == 3


def test_the_same_bytes_for_another_profile_are_another_event(store: Store) -> None:
    text = body()
    kept = store.append([arrival(text), arrival(text, profile="shop")])

    assert [(k.cursor, k.new, k.same_id_as) for k in kept] == [(1, True, None), (2, True, None)]


def test_the_same_id_with_other_content_is_a_new_event_that_names_the_first(store: Store) -> None:
    """In one group as well as across groups."""
    one, two, three = (arrival(body(event_id="same", status=s)) for s in ("CONNECTING", "BUSY", "COMPLETE"))
    kept = store.append([one, two]) + store.append([three]) + store.append([two])

    assert [(k.cursor, k.new, k.same_id_as) for k in kept] == [
        (1, True, None), (2, True, 1), (3, True, 1), (2, False, 1),
    ]  # fmt: skip
    assert [e.same_id_as for e in store.read(0, 10)] == [None, 1, 1]


def test_a_repeat_is_found_after_another_event_with_its_id_in_the_same_group(store: Store) -> None:
    one, two = (arrival(body(event_id="same", status=s)) for s in ("IN_PROGRESS", "COMPLETE"))
    store.append([one])
    kept = store.append([two, one, two])

    assert [(k.cursor, k.new, k.same_id_as) for k in kept] == [(2, True, 1), (1, False, None), (2, False, 1)]


def test_a_verified_repeat_verifies_an_unverified_event_but_not_vice_versa(store: Store) -> None:
    text = body()
    store.append([arrival(text, verified=False)])
    signed = replace(arrival(text, verified=True), headers=b"X-Pj-Signature: s\r\n")
    store.append([signed])
    store.append([arrival(text, verified=False)])
    found = store.get(1)

    assert found is not None
    assert (found.arrival.verified, found.deliveries) == (True, 3)
    assert found.arrival.headers == signed.headers


def test_reading_starts_after_a_cursor_and_respects_its_limits(store: Store) -> None:
    store.append([arrival() for _ in range(10)])

    assert [e.cursor for e in store.read(3, 3)] == [4, 5, 6]
    assert [e.cursor for e in store.read(3, 100, until=5)] == [4, 5]
    assert store.read(10, 5) == []


def test_filters_apply_together(store: Store) -> None:
    store.append([arrival(body(request=r), profile=p) for r in ("r1", "r2") for p in ("labs", "shop")])

    def found(**filters: str) -> list[int]:
        return [e.cursor for e in store.read(0, 10, Filters(**filters))]

    assert found(request_id="r1") == [1, 2]
    assert found(profile="shop") == [2, 4]
    assert found(profile="shop", request_id="r2") == [4]
    assert found(type="SMARTTERMINAL_REQUEST", profile="labs") == [1, 3]
    assert found(type="OTHER") == found(request_id="r3") == found(profile="") == []


def test_aging_removes_the_oldest_in_small_steps_and_never_reuses_a_cursor(store: Store) -> None:
    store.append([arrival(at=at) for at in (10, 20, 30, 40)])
    went = [store.age(removal(35), 2) for _ in range(3)]

    assert went == [2, 1, 0]
    assert (store.oldest(), store.newest()) == (4, 4)

    store.age(removal(100), 10)

    assert (store.oldest(), store.newest()) == (5, 4)
    assert store.append([arrival()])[0].cursor == 5


def test_an_event_received_while_the_clock_was_fast_is_removed_with_its_neighbors(store: Store) -> None:
    """It neither stays forever nor retains later events."""
    year = 365 * 86_400_000
    store.append([arrival(at=at) for at in (10, year, year + 5, 20, 60)])
    went = store.age(Due(now_ms=100, cut_ms=0, remove_ms=50), 10)

    assert went == 4
    assert store.oldest() == 5


def test_if_all_events_were_received_while_the_clock_was_fast_they_age_from_now_on(store: Store) -> None:
    year = 365 * 86_400_000
    store.append([arrival(at=year) for _ in range(3)])
    went = [store.age(Due(now_ms=now, cut_ms=0, remove_ms=now - 50), 10) for now in (100, 140, 151)]

    assert went == [0, 0, 3]


def test_a_repeat_of_a_removed_event_is_recognized(store: Store) -> None:
    once, other = arrival(body(event_id="e"), at=10), arrival(body(event_id="e", status="BUSY"), at=10)
    store.append([once])
    store.age(Due(100, cut_ms=0, remove_ms=50, forget_ms=5), 10)
    known, different = store.append([replace(once, received_ms=100)])[0], store.append([other])[0]

    assert (known.cursor, known.new) == (1, False)
    assert (different.cursor, different.new) == (2, True)


def test_a_private_event_is_shortened_and_a_repeat_restores_nothing(store: Store) -> None:
    phone = replace(arrival(body(request="r", inputValue="8006010230"), at=10), private=True, headers=b"A: b\r\n")
    store.append([phone, arrival(body(request="r", promptButton="Yes"), at=10)])
    changed = [store.age(Due(100, cut_ms=50), 10), store.age(Due(100, cut_ms=50), 10)]
    repeat = store.append([replace(phone, received_ms=100)])[0]
    cut, whole = store.read(0, 10)

    assert changed == [1, 0]
    assert (repeat.cursor, repeat.new) == (1, False)
    assert (cut.cut, cut.arrival.body, cut.arrival.headers, cut.deliveries) == (True, b"", b"", 2)
    assert (whole.cut, whole.item()["event"]["data"]["promptButton"]) == (False, "Yes")
    assert cut.item() == {
        "cursor": 1, "receivedAt": "1970-01-01T00:00:00.010Z", "profile": "labs", "verified": True, "sameIdAs": None,
        "deliveries": 2, "cut": True,
        "event": {
            "id": phone.event_id, "type": "SMARTTERMINAL_REQUEST", "data": {"requestId": "r", "status": "COMPLETE"},
        },
    }  # fmt: skip


def test_the_reception_time_at_a_share_of_all_events_is_found(store: Store) -> None:
    empty = store.received_at(0.5)
    store.append([arrival(at=at) for at in range(100)])

    assert empty is None
    assert [store.received_at(share) for share in (0, 0.5, 0.9, 1)] == [0, 49, 89, 99]


def test_forward_positions_are_kept_per_url(store: Store) -> None:
    store.set_position("https://a/", 5)
    store.set_position("https://b/", 7)
    store.set_position("https://a/", 6)

    assert (store.position("https://a/"), store.position("https://b/"), store.position("x")) == (6, 7, None)


def test_the_last_verified_delivery_is_known_per_profile_including_repeats(store: Store) -> None:
    again = arrival(at=10)
    store.append([again, arrival(at=20, profile="shop"), arrival(at=30, verified=False)])
    store.append([Arrival(**{f: getattr(again, f) for f in again.__dataclass_fields__} | {"received_ms": 40})])

    assert store.last_verified() == {"labs": 40, "shop": 20}


def test_an_item_is_one_line_with_the_event_as_received(store: Store) -> None:
    content = b'{\r\n "id" : "1",\n "type" : "T", "data" : {"n" : 1.10, "big" : 12345678901234567890123}}'
    store.append([Arrival('la"bs', True, 1_700_000_000_123, "1", "T", None, None, content, b"")])
    line = store.read(0, 1)[0].line()

    assert line == (
        '{"cursor": 1, "receivedAt": "2023-11-14T22:13:20.123Z", "profile": "la\\"bs", "verified": true, '
        '"sameIdAs": null, "deliveries": 1, "event": '
        '{   "id" : "1",  "type" : "T", "data" : {"n" : 1.10, "big" : 12345678901234567890123}}}'
    )
    assert list(json.loads(line)) == [
        "cursor", "receivedAt", "profile", "verified", "sameIdAs", "deliveries", "event",
    ]  # fmt: skip
