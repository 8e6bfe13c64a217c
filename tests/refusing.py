"""Runs a command under a kernel that refuses certain calls, as some file systems and sandboxes do (Linux only).

`python -m tests.refusing ENOLCK flock,setlk COMMAND…`: a seccomp filter answers these calls with this error, in the
command and in its children.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import struct
import sys

_LOAD, _EQUALS, _RETURN = 0x20, 0x15, 0x06  # BPF: load a word, jump if equal, return
_NUMBER, _SECOND_ARGUMENT = 0, 24  # offsets in the kernel's struct seccomp_data
_ALLOW, _ERROR = 0x7FFF0000, 0x00050000
_NO_NEW_PRIVILEGES, _SECCOMP, _FILTER = 38, 22, 2  # prctl(2)
_SETLK = (6, 7)  # F_SETLK, F_SETLKW
CALLS = {
    "x86_64": {"flock": 73, "setlk": 72, "link": 86, "linkat": 265},
    "aarch64": {"flock": 32, "setlk": 25, "linkat": 37},
}


def refuse(error: int, names: list[str]) -> None:
    """From now on these calls fail with this error, in this process and its children."""
    numbers = CALLS[platform.machine()]
    program = [(_LOAD, 0, 0, _NUMBER)]
    for name in names:
        if name not in numbers:  # an architecture without the older call
            continue
        if name == "setlk":  # fcntl: only these commands
            program += [(_EQUALS, 0, 5, numbers[name]), (_LOAD, 0, 0, _SECOND_ARGUMENT)]
            program += [(_EQUALS, 1, 0, _SETLK[0]), (_EQUALS, 0, 1, _SETLK[1])]
            program += [(_RETURN, 0, 0, _ERROR | error), (_RETURN, 0, 0, _ALLOW)]
        else:
            program += [(_EQUALS, 0, 1, numbers[name]), (_RETURN, 0, 0, _ERROR | error)]
    program.append((_RETURN, 0, 0, _ALLOW))
    code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *line) for line in program))
    filter_ = struct.pack("HxxxxxxQ", len(program), ctypes.addressof(code))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0) or libc.prctl(_SECCOMP, _FILTER, filter_, 0, 0):
        raise OSError(ctypes.get_errno(), "no seccomp filter could be set")


if __name__ == "__main__":
    refuse(getattr(errno, sys.argv[1]), sys.argv[2].split(","))
    os.execvp(sys.argv[3], sys.argv[3:])
