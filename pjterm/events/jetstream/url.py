"""Parsing `--store nats://HOST:PORT/STREAM`: which servers, which stream, and how to log in."""

from __future__ import annotations

import re
import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pjterm.errors import UsageFault, reason
from pjterm.system import tls
from pjterm.values import dataclass

DEFAULT_PORT = 4222
_STREAM = re.compile(r"[A-Za-z0-9_-]{1,64}")
_HOST = re.compile(r"(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?::[0-9]{1,5})?")


@dataclass(frozen=True, slots=True)
class StoreUrl:
    """Where the stream is. `servers` are URLs without credentials; one that answers is enough."""

    servers: tuple[str, ...]
    stream: str
    tls: bool

    def __str__(self) -> str:
        return f"{','.join(self.servers)}/{self.stream}"

    @property
    def hosts(self) -> tuple[str, ...]:
        """The servers' host names, each once."""
        return tuple(dict.fromkeys(urlsplit(server).hostname or "" for server in self.servers))


def parse(url: str) -> StoreUrl:
    """Parse `nats://HOST[:PORT][,HOST[:PORT]...]/STREAM` (or `tls://`); raises `UsageFault` for anything else."""
    scheme, _, rest = url.partition("://")
    places, _, stream = rest.partition("/")
    if "@" in places:
        raise UsageFault(
            "--store: credentials do not belong in a URL, where logs and `ps` show them",
            hint="give them as PJTERM_NATS_CREDS (a file), PJTERM_NATS_USER and _PASSWORD, or PJTERM_NATS_TOKEN",
        )
    if not _STREAM.fullmatch(stream):
        raise UsageFault("--store: not nats://HOST:PORT/STREAM (a stream is called A-Z a-z 0-9 _ -)")
    hosts = places.split(",")
    for host in hosts:
        if not _HOST.fullmatch(host) or not 0 < int(_port(host)) <= 65535:
            raise UsageFault(f"--store: {host!r} is not HOST:PORT")
    return StoreUrl(tuple(f"{scheme}://{_with_port(host)}" for host in hosts), stream, scheme == "tls")


def _port(host: str) -> str:
    _, _, port = host.rpartition("]")[2].rpartition(":") if "]" in host else host.rpartition(":")
    return port if port.isdigit() and ":" in host.rpartition("]")[2] else str(DEFAULT_PORT)


def _with_port(host: str) -> str:
    return host if ":" in host.rpartition("]")[2] else f"{host}:{DEFAULT_PORT}"


def login(url: StoreUrl, environ: Mapping[str, str]) -> dict[str, Any]:
    """The client's login options, from the environment or the file that it names."""
    options: dict[str, Any] = {}
    for name, option in (("CREDS", "user_credentials"), ("NKEY", "nkeys_seed")):
        if path := environ.get(f"PJTERM_NATS_{name}"):
            if not Path(path).is_file():
                raise UsageFault(f"PJTERM_NATS_{name}: there is no file {path}")
            options[option] = path
    for name in ("USER", "PASSWORD", "TOKEN"):
        if value := environ.get(f"PJTERM_NATS_{name}"):
            options[name.lower()] = value
    if url.tls:
        options["tls"] = _tls(environ)
    return options


def _tls(environ: Mapping[str, str]) -> ssl.SSLContext:
    try:
        context = tls.bare()
        if authority := environ.get("PJTERM_NATS_CA"):
            context.load_verify_locations(cafile=authority)
        else:
            context.load_default_certs()
        if certificate := environ.get("PJTERM_NATS_CERT"):
            context.load_cert_chain(certificate, environ.get("PJTERM_NATS_KEY"))
    except (OSError, ssl.SSLError) as error:
        raise UsageFault(f"PJTERM_NATS_CA, _CERT or _KEY cannot be used: {reason(error)}") from error
    return context
