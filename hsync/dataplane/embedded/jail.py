"""jail: become another program, with less than this one has: limits, no network, few files, an end with the parent.

    python -I -S jail.py WISHES PROGRAM ARGUMENT...

Rule 1: what the kernel does not give is left out. `python -I -S jail.py` alone prints what it gives.
Rule 2: this file imports nothing but Python's own: it is run as a script.
Rule 3: the program gets no variable of the environment.

Theory: the calls that take something away from a process hold for itself, so they come between the start of a process
and that of the program in it. `subprocess` has a place for that, which must not be used beside threads; a script can do
it. A network namespace without an interface takes the network away, and a user namespace the need to be root for that.
Landlock takes files away: what is not below one of the given paths cannot be opened any more. It takes TCP away, too,
for where there are no namespaces.

Source: man 2 unshare, man 7 landlock, include/uapi/linux/landlock.h, man 2 prctl; the numbers of the calls are the same
on all machines but Alpha.
"""

from __future__ import annotations

import ctypes
import json
import os
import resource
import struct
import sys
from collections.abc import Iterable, Sequence
from contextlib import suppress

__all__ = ["LIMITS", "main"]

CLONE_NEWUSER, CLONE_NEWNET = 0x10000000, 0x40000000
PR_SET_PDEATHSIG, PR_SET_NO_NEW_PRIVS = 1, 38
SIGKILL = 9
CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446
VERSION = 1
PATH_BENEATH = 1

_BITS = {1: 13, 2: 14, 3: 15, 4: 15}
"""Rights on files that a version of Landlock knows, as the number of bits; newer ones have 16."""
_TCP = 0b11
_SINCE_TCP = 4
_READ_FILE, _READ_FOLDER, _WRITE_FILE, _EXECUTE = 1 << 2, 1 << 3, 1 << 1, 1 << 0

LIMITS: dict[int, int] = {
    resource.RLIMIT_CORE: 0,
    resource.RLIMIT_CPU: 30,
    resource.RLIMIT_FSIZE: 16 * 1024 * 1024,
    resource.RLIMIT_NOFILE: 256,
    resource.RLIMIT_AS: 6 * 1024 * 1024 * 1024,
}
"""What the program may use: seconds, bytes of a file, open files, bytes of memory that it asks for. The largest thing
that a configuration makes HAProxy ask for is a cache of 4,095 MB.
"""


def main(arguments: Sequence[str], libc: ctypes.CDLL | None = None) -> None:
    """Take away what can be taken away, then become the program. Without arguments, say what can be.

    Args:
        arguments: a JSON object with the paths to `read` and to `write`, then the program and its arguments.
        libc: the C library; None outside of Linux, where only the limits are there.
    """
    if not arguments:
        files, network = libc is not None and version(libc) > 0, libc is not None and no_network(libc)
        sys.stdout.write(json.dumps({"files": files, "network": network}))
        return
    wishes = json.loads(arguments[0])
    if libc is not None:
        no_network(libc)
        libc.prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0)  # behind the new namespace, which would forget it
        few_files(libc, wishes["read"], wishes["write"])
    for limit, value in LIMITS.items():
        _, hard = resource.getrlimit(limit)
        least = value if hard == resource.RLIM_INFINITY else min(value, hard)
        with suppress(OSError, ValueError):  # not each system has each limit
            resource.setrlimit(limit, (least, least))
    os.execve(arguments[1], list(arguments[1:]), {})  # noqa: S606 - no shell


def no_network(libc: ctypes.CDLL) -> bool:
    """Go where there is no network; whether that was possible."""
    return bool(libc.unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0 or libc.unshare(CLONE_NEWNET) == 0)


def few_files(libc: ctypes.CDLL, read: Iterable[str], write: Iterable[str]) -> bool:
    """Leave only what lies at some paths or below them; whether that was possible.

    Args:
        libc: the C library.
        read: what may be read and run.
        write: what may be read and written.
    """
    known = version(libc)
    handled = (1 << _BITS.get(known, 16)) - 1
    attributes = struct.pack("=QQ", handled, _TCP) if known >= _SINCE_TCP else struct.pack("=Q", handled)
    rules = libc.syscall(CREATE_RULESET, attributes, len(attributes), 0) if known else -1
    if rules < 0:
        return False
    for path in read:
        _allow(libc, rules, path, _READ_FILE | _READ_FOLDER | _EXECUTE)
    for path in write:
        _allow(libc, rules, path, _READ_FILE | _WRITE_FILE)
    libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    return bool(libc.syscall(RESTRICT_SELF, rules, 0) == 0)


def version(libc: ctypes.CDLL) -> int:
    """The version of Landlock; 0 when there is none."""
    return max(0, int(libc.syscall(CREATE_RULESET, None, 0, VERSION)))


def _allow(libc: ctypes.CDLL, rules: int, path: str, rights: int) -> None:
    try:
        handle = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return  # what is not there needs no right
    if not os.path.isdir(path):  # noqa: PTH112 - pathlib takes a third of the time of a start
        rights &= ~_READ_FOLDER
    libc.syscall(ADD_RULE, rules, PATH_BENEATH, struct.pack("=Qi", rights, handle), 0)
    os.close(handle)


if __name__ == "__main__":
    main(sys.argv[1:], ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None)
