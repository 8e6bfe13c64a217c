"""`pjterm simulator play`: the virtual readers of a running simulator, on a terminal.

It calls the control routes of that simulator, on this machine only. `screen` decides about drawing and keys;
this module has the socket and the (POSIX) terminal.
"""

from __future__ import annotations

import http.client
import json
import os
import select
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any
from urllib.parse import urlsplit

from pjterm.errors import Unavailable, UsageFault, reason
from pjterm.simulator.play.screen import Player, Press, Quit, Screen, frame, on_key
from pjterm.values import fields, replace

LOOK_EVERY = 0.25  # seconds
LEASE_SECONDS = 3.0  # how long readers wait for keys after a query; then the scenario's customers are back
PATIENCE = 5.0


class Remote:
    """The control routes of a running simulator."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._host, self._port = parts.hostname or "127.0.0.1", parts.port or 80

    def screens(self) -> list[Screen]:
        """What the readers show now; asking also keeps them waiting for keys."""
        return _screens(self._call("POST", "/-/readers/wait", {"seconds": LEASE_SECONDS}))

    def press(self, press: Press) -> str:
        """Press it; return the reader's objection, or an empty string."""
        said = self._call("POST", f"/-/readers/{press.reader}/{press.key}", {"value": press.value, "within": 0})
        return "; ".join(str(e.get("message")) for e in said.get("errors", []))

    def _call(self, method: str, path: str, body: dict[str, Any]) -> dict[str, Any]:
        connection = http.client.HTTPConnection(self._host, self._port, timeout=PATIENCE)
        try:
            connection.request(method, path, json.dumps(body), {"Content-Type": "application/json"})
            said = json.loads(connection.getresponse().read())
        except (OSError, ValueError, http.client.HTTPException) as e:
            raise Unavailable(
                f"the simulator at {self._host}:{self._port} does not answer: {reason(e)}",
                hint="start one: pjterm simulator serve",
            ) from e
        finally:
            connection.close()
        return dict(said)


def _screens(said: dict[str, Any]) -> list[Screen]:
    names = [f.name for f in fields(Screen)]
    return [Screen(**{n: item[n] for n in names} | {"buttons": tuple(item["buttons"])}) for item in said["items"]]


def run(url: str) -> None:
    """Play until `q` or Ctrl-C. Raises `UsageFault` without a terminal, `Unavailable` if the simulator is gone."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise UsageFault("simulator play needs a terminal to draw on and keys to press")
    with _single_keys(sys.stdin.fileno()), suppress(KeyboardInterrupt):
        _play(Remote(url))


def _play(remote: Remote) -> None:
    player, drawn = Player(), list[str]()
    while True:
        screens = remote.screens()
        drawn = _draw(frame(screens, player, _width()), drawn)
        for char in _typed(sys.stdin.fileno()):
            player, wish = on_key(player, screens, char)
            if isinstance(wish, Quit):
                return
            if wish is not None:
                player = replace(player, notice=remote.press(wish))


def _draw(lines: list[str], before: list[str]) -> list[str]:
    """Draw if something changed: over the old frame, or below it on a terminal that cannot move the cursor."""
    if lines != before:
        home = "" if os.environ.get("TERM", "dumb") == "dumb" else "\x1b[H\x1b[J"
        sys.stdout.write(home + "\r\n".join([*lines, ""]))
        sys.stdout.flush()
    return lines


def _width() -> int:
    try:
        return os.get_terminal_size(sys.stdout.fileno()).columns or 80
    except OSError:
        return 80


def _typed(fd: int) -> str:
    """The characters typed within a moment; the end of input counts as `q`."""
    ready, _, _ = select.select([fd], [], [], LOOK_EVERY)
    if not ready:
        return ""
    return os.read(fd, 64).decode("utf-8", "replace") or "q"


@contextmanager
def _single_keys(fd: int) -> Iterator[None]:
    """Read keys one by one without echo inside this block, however it ends."""
    if sys.platform == "win32":
        raise UsageFault("simulator play needs a POSIX terminal")
    import termios
    import tty

    before = termios.tcgetattr(fd)
    tty.setcbreak(fd)
    try:
        yield
    finally:
        termios.tcsetattr(fd, termios.TCSADRAIN, before)
