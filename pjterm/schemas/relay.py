"""Webhooks and the relay: events as they are kept, and what the commands around them print."""

from __future__ import annotations

from pjterm.schemas.parts import (
    ANY_OBJECT,
    COUNT,
    FLAG,
    NUMBER,
    TEXT,
    TIME,
    Schema,
    by_name,
    item,
    items,
    just,
    listed,
    maybe,
    one_of,
    record,
    said,
)

CURSOR: Schema = {"type": "integer", "minimum": 1}
READY = record({"type": just("ready"), "url": TEXT, "port": {"type": "integer", "minimum": 1, "maximum": 65535}})
_EVENT: dict[str, Schema] = {
    "cursor": said(CURSOR, "Its place in the store; a later event has a larger cursor."),
    "receivedAt": TIME,
    "profile": TEXT,
    "verified": said(FLAG, "Whether its signature is right."),
    "sameIdAs": said(maybe(CURSOR), "An earlier event with this id and other content."),
    "deliveries": COUNT,
    "event": said(ANY_OBJECT, "As PayJunction sent it; its numbers as JSON reads them (events show has each digit)."),
}
_CUT = {"cut": said(FLAG, "Its body was removed after 24 hours: it held personal data.")}
EVENT = record(_EVENT, _CUT)
TAIL: Schema = {
    "oneOf": [
        record({"type": one_of("ready", "reconnecting")}),
        record({"type": just("event"), **_EVENT}, _CUT),
        said(
            record({"type": just("gap"), "after": COUNT, "oldest": CURSOR}),
            "The events between these two cursors are gone.",
        ),
    ]
}
_VALUES = said({"type": ["string", "array"], "items": TEXT}, "A list if the header came more than once.")
_RAW = record({
    "cursor": CURSOR, "profile": TEXT, "headers": maybe(by_name(_VALUES)), "body": maybe(TEXT),
    "verified": said(FLAG, "Whether its signature was right when it came."),
    "signatureVerifies": said(maybe(FLAG), "Whether it is right by a secret of now; null where none can tell."),
    "cut": FLAG,
})  # fmt: skip
_TROUBLE = {"trouble": maybe(TEXT)}
_RELAY = record({
    "url": TEXT, "version": TEXT, "startedAt": TIME, "uptimeSeconds": NUMBER,
    "events": record({"stored": COUNT, "oldest": COUNT, "newest": COUNT}),
    "store": record({"kind": TEXT}, {name: {} for name in ("path", "bytes", "maxBytes", "url", "stream", "connected")}),
    "followers": COUNT,
    "profiles": listed(record({"profile": TEXT, "secrets": COUNT, "lastVerifiedAt": maybe(TIME), **_TROUBLE})),
    "forwards": listed(record({"url": TEXT, "position": COUNT, "lag": COUNT, "dropped": COUNT, **_TROUBLE})),
    "allowUnsigned": FLAG,
})  # fmt: skip
_IN_A_FLEET = record(
    {"relay": TEXT, "state": TEXT, "at": TIME, "startedAt": TIME, "url": TEXT, "version": TEXT, "followers": COUNT,
     "lastVerifiedAt": maybe(TIME), "profiles": by_name(TIME)},
    {"lag": maybe({"type": ["integer", "number"]})},
)  # fmt: skip
_SUBSCRIPTION = {"webhookId": TEXT, "events": listed(TEXT), "url": TEXT, "created": maybe(TEXT)}

EVENTS = items("events", EVENT)
RAW_EVENT = item("events", _RAW)
RELAY = item("relay", _RELAY, record({"token": TEXT}))
FLEET = items("fleet", _IN_A_FLEET)
REPLAY = items("replay", record({"cursor": CURSOR, "to": TEXT, "httpStatus": maybe({"type": "integer"})}))
WEBHOOKS = items("webhooks", record(_SUBSCRIPTION, {
    "relay": said(one_of("serves", "stale", "other"), "Whether this profile's relay serves it."), "why": maybe(TEXT),
}))  # fmt: skip
WEBHOOK = item("webhooks", record(_SUBSCRIPTION), record({"webhookId": TEXT, "deleted": FLAG}))
