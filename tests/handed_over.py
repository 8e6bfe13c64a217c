"""`pjterm` as scripts under test start it: a process that requests a warm one (`tests/warm.py`) and exits as it does.

It is started without `site` and imports little: the command that it replaces costs twenty times as much.
Signals are forwarded; if this process dies, the other one is killed.
"""

import json
import os
import signal
import socket
import struct
import sys


def main() -> None:
    if sys.platform == "win32":
        raise NotImplementedError
    door, *args = sys.argv[1:]
    order = {"module": "pjterm", "args": args, "env": dict(os.environ), "cwd": os.getcwd()}
    said = json.dumps(order).encode()
    with socket.socket(socket.AF_UNIX) as channel, channel.makefile("r") as answers:
        channel.connect(door)
        socket.send_fds(channel, [struct.pack("!I", len(said))], [0, 1, 2])
        channel.sendall(said)
        pid = json.loads(answers.readline())["pid"]
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            if signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, lambda n, _: os.kill(pid, n))
        code = json.loads(answers.readline())["code"]
    if code < 0:
        signal.signal(-code, signal.SIG_DFL)
        os.kill(os.getpid(), -code)
    sys.exit(code)


main()
