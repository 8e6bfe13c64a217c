"""All schemas, by name."""

from __future__ import annotations

from pjterm.schemas import files, nouns, relay, result
from pjterm.schemas.parts import Schema, document, just, listed, record

ENVELOPE: Schema = {"pattern": r"^pjterm\.[a-z]+/[0-9]+$", "type": "string"}

_SCHEMAS: dict[str, tuple[str, Schema]] = {
    "result": ("The result of a request, or of any command that failed", result.RESULT),
    "summary": ("A result in a list of requests: all but its evidence", result.SUMMARY),
    "request": ("A line of -o ndjson before those of each request: what was sent", result.REQUEST),
    "status": ("A line of -o ndjson: what a request shows", result.STATUS),
    "error": ("The error of a result", result.ERROR),
    "dryrun": ("What --dry-run would send", result.DRYRUN),
    "ready": ("The line of a server that answers", relay.READY),
    "event": ("An event that the relay keeps; a line of events export", relay.EVENT),
    "tail": ("A line of events tail", relay.TAIL),
    "list": ("Any list", record({"schema": ENVELOPE, "items": listed({})})),
    "item": ("Any single thing", record({"schema": ENVELOPE, "item": {}})),
    "requests": ("Requests of this machine", result.REQUESTS),
    "resume": ("What resume found out", result.RESUME),
    "ping": ("Readers that were pinged", result.PING),
    "events": ("Events", relay.EVENTS),
    "raw-event": ("An event as it was received", relay.RAW_EVENT),
    "relay": ("The relay", relay.RELAY),
    "fleet": ("The relays of one stream", relay.FLEET),
    "replay": ("Events that were sent again", relay.REPLAY),
    "webhooks": ("Subscriptions", relay.WEBHOOKS),
    "webhook": ("A subscription", relay.WEBHOOK),
    **nouns.LISTS,
    **nouns.ITEMS,
    "config": ("config.toml", files.CONFIG),
    "facts": ("facts.toml, written by a probe", files.FACTS),
    "scenario": ("A scenario file of the simulator", files.SCENARIO),
}


def names() -> dict[str, str]:
    """The names, each with its title."""
    return {name: title for name, (title, _) in sorted(_SCHEMAS.items())}


def schema(name: str) -> Schema | None:
    """The schema with this name."""
    if name not in _SCHEMAS:
        return None
    title, shape = _SCHEMAS[name]
    same = [s for _, s in _SCHEMAS.values() if _envelope(s) == just(f"pjterm.{name}/1")]
    return document(name, title, {"oneOf": same} if len(same) > 1 else shape)


def _envelope(shape: Schema) -> Schema | None:
    """What the `schema` key says: a list and a single thing of one noun say the same."""
    found: Schema | None = shape.get("properties", {}).get("schema")
    return found
