"""Decides whether a stream may be used: it must take our subjects and sizes, and keep what it acknowledges."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from nats.js import api

from pjterm.errors import UsageFault
from pjterm.events.jetstream import messages, settings


def check_stream(stream: str, info: api.StreamInfo, max_payload: int) -> None:
    """Refuse a stream that does not take our subject, or a message as large as a webhook."""
    wanted = messages.subjects(stream)
    if wanted not in (info.config.subjects or []):
        raise UsageFault(
            f"--store: the stream {stream} exists and does not take {wanted}",
            hint="name another stream; one that does not exist is made",
        )
    largest = min(size for size in (max_payload, info.config.max_msg_size) if size and size > 0)
    if largest < messages.LARGEST:
        raise UsageFault(
            f"--store: the stream {stream} takes messages of up to {largest:,} bytes, and a webhook "
            f"with its headers may have {messages.LARGEST:,}",
            hint="raise max_payload in the server's configuration, or the stream's max_msg_size",
        )


def admit(remarks: Iterable[settings.Remark], allow_unsynced: bool, say: Callable[[str], None]) -> None:
    """Report the remarks; raise `UsageFault` if an acknowledged event may be lost, unless that is allowed."""
    found = list(remarks)
    for remark in found:
        say(remark.says)
    if not allow_unsynced and any(remark.unsynced for remark in found):
        reasons = "; ".join(remark.says for remark in found if remark.unsynced)
        raise UsageFault(
            f"--store: {reasons}",
            hint="set `sync_interval: always` in the server's jetstream block and let it show that (http: 8222, or "
            "--monitor URL); or take the risk: --allow-unsynced",
        )


def settings_of(config: api.StreamConfig) -> settings.StreamSettings:
    """The stream's settings that matter here."""
    limits = [
        f"{name} {value}"
        for name, value in (
            ("max_msgs", config.max_msgs), ("max_bytes", config.max_bytes),
            ("max_msgs_per_subject", config.max_msgs_per_subject),
        )
        if value is not None and value > 0
    ]  # fmt: skip
    return settings.StreamSettings(
        storage=str(getattr(config.storage, "value", config.storage)),
        replicas=config.num_replicas or 1,
        duplicate_window=config.duplicate_window,
        max_age=config.max_age or 0,
        retention=str(config.retention),
        discard=str(getattr(config.discard, "value", config.discard)),
        limits=tuple(limits),
        consumers=config.max_consumers or 0,
        asynchronous=str(getattr(config.persist_mode, "value", config.persist_mode)) == "async",
        acknowledges=not config.no_ack,
    )
