"""Forks: a process that has imported hsync once, and runs commands of it in forks of itself, which may die at a step.

Run as `python -m tests.torture.forks`; for each line of JSON on standard input it runs commands, and prints how they ended:

    {"commands": [["apply", "x.plan.json"], ...], "folders": ["/a", ...], "step": 7, "moved": -86400.0}

A step is what another process can see: a file that is opened for writing, renamed or removed, a process that starts, a
request that is about to be sent, and one whose answer has come. With a step, the only command dies of SIGKILL in front of
it. Several commands start at the same moment. The wall clock shows another time than it is by `moved` seconds, and a watcher
that a command starts is dead at once: it is a command of its own here.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import sys
import time
from collections.abc import Callable
from typing import Any

import httpx

from hsync.cli import main
from hsync.dataplane.embedded.transport import EmbeddedTransport
from hsync.dataplane.wire import Wire
from hsync.session import watcher
from hsync.store import Clock

SEEN = frozenset(
    {"os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.link", "os.chmod", "subprocess.Popen", "os.posix_spawn"}
)
WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT


class Steps:
    """Counts the steps of this process, and kills it in front of one.

    Args:
        last: number of that step, from 1.
    """

    def __init__(self, last: int) -> None:
        self.last = last
        self.done = 0

    def __call__(self) -> None:
        self.done += 1
        if self.done == self.last:
            os.kill(os.getpid(), signal.SIGKILL)

    def watch(self) -> None:
        """Count from now on."""

        def audit(event: str, arguments: tuple[Any, ...]) -> None:
            if event in SEEN or (event == "open" and arguments[2] & WRITES):
                self()

        sys.addaudithook(audit)
        for transport in (EmbeddedTransport, Wire):
            setattr(transport, "handle_request", self.around(transport.handle_request))  # noqa: B010 - a method

    def around(self, handle: Callable[..., httpx.Response]) -> Callable[..., httpx.Response]:
        def counted(this: object, request: httpx.Request) -> httpx.Response:
            self()
            answer = handle(this, request)
            self()
            return answer

        return counted


def arranged(moved: float) -> None:
    """Set the clock, and have watchers die."""
    setattr(Clock, "wall", lambda _: time.time() + moved)  # noqa: B010 - a method
    setattr(watcher, "start", lambda *_: (f"{socket.gethostname()} {os.getpid()} 0", ""))  # noqa: B010 - a function


def child(command: list[str], folder: str, number: int, step: int, gate: int, moved: float) -> None:
    """Run a command in this process, which ends with it. Its output is in `out.NUMBER` of the folder."""
    os.chdir(folder)
    output = os.open(f"out.{number}", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    for stream in (1, 2):
        os.dup2(output, stream)
    sys.argv = ["hsync", *command]
    arranged(moved)
    os.read(gate, 1)  # until the other end is closed
    if step:
        Steps(step).watch()
    code = 70
    try:
        main()
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 0
    finally:
        with contextlib.suppress(OSError, ValueError):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(code)


def run(commands: list[list[str]], folders: list[str], step: int, moved: float) -> list[int]:
    """Run commands at the same time; the exit codes, negative for a signal."""
    gate, opener = os.pipe()
    started = []
    for number, (command, folder) in enumerate(zip(commands, folders, strict=True)):
        if not (found := os.fork()):
            os.close(opener)
            child(command, folder, number, step, gate, moved)
        started.append(found)
    os.close(gate)
    os.close(opener)
    return [os.waitstatus_to_exitcode(os.waitpid(one, 0)[1]) for one in started]


if __name__ == "__main__":
    for line in sys.stdin:
        print(json.dumps(run(**json.loads(line))), flush=True)
