"""processes: run a program with a limit of time and output, and kill its remaining child processes; or start one that
outlives this process.

Rule 1: a program is a list of words, run without a shell; its standard input has only the bytes from the caller.
Rule 2: each program has its own process group. hsync kills the group when the program has ended, at the time limit, and
    when hsync is interrupted. A process that must survive has to leave the group, as daemons do.
Rule 3: output is kept up to a limit; the rest is read and dropped, so that the program does not block.
Rule 4: no program gets hsync's own environment variables: one of them is the password. The only exception is hsync
    itself: `detach`.

Theory: the system may reuse a process id as soon as its process was reaped. So hsync detects the end of the program
without reaping it (`WNOWAIT`), then kills the group, then reaps the program.
"""

from __future__ import annotations

import os
import selectors
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, ClassVar

__all__ = ["MAX_OUTPUT", "Ended", "StartError", "detach", "environment", "run"]

MAX_OUTPUT = 1024 * 1024
"""Bytes of standard output, and of standard error, that are kept."""

_OWN = "HSYNC_"
_TICK_S = 0.02
"""Maximum seconds until the end of a program is detected, if other processes of its group keep its outputs open."""

_PIECE = 65536


@dataclass(frozen=True, slots=True)
class Ended:
    """How a program ended.

    Args:
        code: its exit code; for a signal its negative number.
        stdout: the beginning of its standard output.
        stderr: the beginning of its standard error.
    """

    code: int
    stdout: bytes = b""
    stderr: bytes = b""


def environment() -> dict[str, str]:
    """The environment variables of this process without hsync's own."""
    return {name: value for name, value in os.environ.items() if not name.startswith(_OWN)}


def run(
    words: Sequence[str],
    *,
    seconds: float,
    cwd: Path | None = None,
    variables: Mapping[str, str] | None = None,
    stdin: bytes = b"",
) -> Ended:
    """Run a program to its end.

    Args:
        words: the program and its arguments.
        seconds: time limit.
        cwd: its working directory; None for that of this process.
        variables: its environment; None for `environment`.
        stdin: its standard input; the program need not read all of it.

    Returns:
        Exit code and output.

    Raises:
        TimeoutError: the program was killed at the time limit.
        OSError: the program cannot be started.
    """
    late = TimeoutError(f"{words[0]}: no end within {seconds:g} s")
    if seconds <= 0:
        raise late
    chosen = environment() if variables is None else dict(variables)
    process = subprocess.Popen(  # noqa: S603 - no shell
        words,
        stdin=subprocess.PIPE if stdin else subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=cwd,
        env=chosen,
        start_new_session=True,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    outputs = (_Output(process.stdout), _Output(process.stderr))
    inputs = (_Input(process.stdin, memoryview(stdin)),) if process.stdin else ()
    try:
        if not _watch(process, (*inputs, *outputs), time.monotonic() + seconds):
            raise late
    finally:
        _end(process, (*inputs, *outputs))
    return Ended(process.returncode, bytes(outputs[0].kept), bytes(outputs[1].kept))


@dataclass(slots=True)
class _Input:
    """The standard input of a program."""

    file: IO[bytes]
    left: memoryview
    event: ClassVar[int] = selectors.EVENT_WRITE

    def __post_init__(self) -> None:
        os.set_blocking(self.file.fileno(), False)

    def take(self) -> bool:
        """Write once. Returns whether there are more bytes, and the program still reads."""
        with suppress(BlockingIOError):
            try:
                self.left = self.left[os.write(self.file.fileno(), self.left[:_PIECE]) :]
            except BrokenPipeError:
                return False
        return bool(self.left)

    def finish(self) -> None:
        """Close the stream: the program reads an end of file."""
        self.file.close()


@dataclass(slots=True)
class _Output:
    """One output of a program."""

    file: IO[bytes]
    event: ClassVar[int] = selectors.EVENT_READ
    kept: bytearray = field(default_factory=bytearray)

    def __post_init__(self) -> None:
        os.set_blocking(self.file.fileno(), False)

    def take(self) -> bool:
        """Read once. Returns whether there were bytes."""
        with suppress(BlockingIOError):
            piece = os.read(self.file.fileno(), _PIECE)
            self.kept += piece[: MAX_OUTPUT - len(self.kept)]
            return bool(piece)
        return False

    def finish(self) -> None:
        """Read the rest, up to the limit: the program has ended."""
        while not self.file.closed and len(self.kept) < MAX_OUTPUT and self.take():
            pass
        self.file.close()


def _watch(process: subprocess.Popen[bytes], streams: Sequence[_Input | _Output], end: float) -> bool:
    """Serve the streams until the program has ended; False if the time limit was reached first."""
    with selectors.DefaultSelector() as ready:
        for stream in streams:
            ready.register(stream.file, stream.event, stream)
        while not _has_ended(process):
            left = end - time.monotonic()
            if left <= 0:
                return False
            if not ready.get_map():  # the program has closed its streams, but still runs
                time.sleep(min(left, _TICK_S / 10))
                continue
            for key, _ in ready.select(min(left, _TICK_S)):
                if not key.data.take():
                    ready.unregister(key.fileobj)
                    key.data.finish()
    return True


def _has_ended(process: subprocess.Popen[bytes]) -> bool:
    """Whether the program has ended. It is not reaped, if the system supports that, so its process id stays valid."""
    if hasattr(os, "waitid"):
        return os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None
    return process.poll() is not None


def _end(process: subprocess.Popen[bytes], streams: Sequence[_Input | _Output]) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    for stream in streams:
        stream.finish()


# A program that outlives this process


class StartError(Exception):
    """A program that did not get as far as its first line of output. The text is what it said; "" for nothing."""


def detach(words: Sequence[str], variables: Mapping[str, str], *, log: int, seconds: float) -> tuple[int, str]:
    """Start a program in a session of its own, and wait for its first line of output.

    It has no terminal, its standard input is empty, and nobody reads its output behind that line.

    Args:
        words: the program and its arguments.
        variables: its environment.
        log: file descriptor for its standard error.
        seconds: time limit for its first line.

    Returns:
        Its process id, and the line.

    Raises:
        StartError: it ended without the line, or was killed at the time limit.
        OSError: it cannot be started.
    """
    reads, writes = os.pipe()
    actions = [
        (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
        (os.POSIX_SPAWN_DUP2, writes, 1),
        (os.POSIX_SPAWN_DUP2, log, 2),
    ]
    try:
        try:
            pid = os.posix_spawn(words[0], list(words), dict(variables), file_actions=actions, setsid=True)
        finally:
            os.close(writes)
        said = _first_line(reads, time.monotonic() + seconds)
    finally:
        os.close(reads)
    if not said.endswith(b"\n"):
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        raise StartError(said.decode("utf-8", "replace"))
    return pid, said.decode("utf-8", "replace").rstrip("\n")


def _first_line(output: int, end: float) -> bytes:
    """What a program writes up to its first line feed, its end, or a time."""
    said = b""
    with selectors.DefaultSelector() as ready:
        ready.register(output, selectors.EVENT_READ)
        while not said.endswith(b"\n") and len(said) < MAX_OUTPUT and ready.select(max(0.0, end - time.monotonic())):
            piece = os.read(output, 1)
            if not piece:
                break
            said += piece
    return said
