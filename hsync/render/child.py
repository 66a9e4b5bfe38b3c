"""child: the process that renders, started by `apart`: limits itself, does one job, answers, and ends.

Rule 1: it never outlives its parent: the parent's end of the request pipe is open until the parent has what it wants or
is dead, and the kernel tells.
Rule 2: it leaves no core dump.

Theory of operation: at the limit of CPU time the kernel sends SIGXCPU. Its first handler (faulthandler) writes Python's
traceback to the pipe of notes at once, also where Python itself is busy in a function of C, which no exception could
leave; its second one raises OverLimitError as soon as Python runs again. Then there is a moment to tell the place
better than the traceback does. When that has passed, the kernel kills. A crash leaves its traceback in the same way.
Memory is limited by the kernel, too; the text by `template`.
"""

from __future__ import annotations

import faulthandler
import fcntl
import json
import os
import resource
import select
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from hsync.errors import BugError, HsyncError, InputError, NotAllowedError, UsageError
from hsync.render.job import Job
from hsync.render.limits import Limits, OverLimitError, keep_reserve
from hsync.render.messages import read_job, write_answer, write_error
from hsync.render.notes import Notes
from hsync.render.work import work

__all__ = ["answered"]

_MOMENT_S = 1
"""CPU seconds behind the limit, to tell what happened."""


class _Written(Notes):
    """Notes in a pipe, a line of JSON each."""

    def __init__(self, pipe: int) -> None:
        self.pipe = pipe

    def reading(self, name: str) -> None:
        """See `Notes`."""
        super().reading(name)
        self._write({"reading": name})

    def compiled(self, code: str, name: str, lines: Sequence[tuple[int, int]]) -> None:
        """See `Notes`."""
        self._write({"code": code, "name": name, "lines": lines})

    def _write(self, note: object) -> None:
        _write_all(self.pipe, json.dumps(note).encode("ascii") + b"\n")


def main(request: int, answer: int, notes: int) -> None:
    """Do the job that the parent asks for.

    Args:
        request: pipe with the job.
        answer: pipe for the answer.
        notes: pipe for what is being done, and for tracebacks.
    """
    with suppress(OSError):
        os.dup2(2, 1)  # what a filter of the project prints is no data
    job, limits = read_job(_read_line(request))
    end_with_parent(request)
    confine(limits, notes)
    line = answered(job, limits, _Written(notes))
    signal.signal(signal.SIGXCPU, signal.SIG_IGN)
    sys.stdout.flush()
    _write_all(answer, line)
    os._exit(0)  # freeing what was rendered would take time


def answered(job: Job, limits: Limits, notes: Notes) -> bytes:
    """Do a job; the line of its answer, or of what went wrong.

    Args:
        job: what is rendered.
        limits: what it may use.
        notes: takes down what is being done.
    """
    try:
        return write_answer(work(job, limits, notes))
    except (InputError, NotAllowedError, UsageError) as error:
        return write_error(error)
    except (MemoryError, OverLimitError) as fault:
        over = limits.of(fault) or limits.over("memory_mb")
        return write_error(InputError(f"{notes.file}: {over.message}", hint=over.hint))
    except Exception as fault:  # noqa: BLE001 - the parent tells of a bug
        return write_error(_bug(fault))


def _bug(fault: Exception) -> HsyncError:
    trace = fault.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    where = f" ({Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno})" if trace else ""
    told = f"{type(fault).__name__}: {fault}{where}"
    return BugError(f"rendering failed: {told}", hint="please report it, with the template")


def end_with_parent(request: int) -> None:
    """From now on the end of the parent ends this process and those that it has started.

    Args:
        request: pipe of which the parent has the other end.
    """
    signal.signal(signal.SIGIO, signal.SIG_DFL)
    fcntl.fcntl(request, fcntl.F_SETOWN, -os.getpgrp())
    fcntl.fcntl(request, fcntl.F_SETFL, fcntl.fcntl(request, fcntl.F_GETFL) | os.O_ASYNC)
    poll = select.poll()
    poll.register(request, 0)
    if poll.poll(0):
        os._exit(1)


def confine(limits: Limits, notes: int) -> None:
    """Set the limits of this process.

    Args:
        limits: what it may use.
        notes: pipe for tracebacks.
    """

    def over_time(number: int, _: object) -> None:
        signal.signal(number, signal.SIG_IGN)
        raise limits.over("seconds")

    keep_reserve()
    signal.signal(signal.SIGXCPU, over_time)
    faulthandler.register(signal.SIGXCPU, file=notes, all_threads=False, chain=True)
    faulthandler.enable(file=notes, all_threads=False)
    _limit(resource.RLIMIT_CORE, 0, 0)
    _limit(resource.RLIMIT_CPU, limits.seconds, limits.seconds + _MOMENT_S)
    memory = limits.memory_mb * 1024 * 1024
    _limit(resource.RLIMIT_AS, memory, memory)


def _limit(what: int, soft: int, hard: int) -> None:
    """Lower a limit; one that is lower already stays, and one that the system does not have is left out."""
    _, most = resource.getrlimit(what)
    if most != resource.RLIM_INFINITY:
        soft, hard = min(soft, most), min(hard, most)
    with suppress(OSError, ValueError):  # macOS takes no limit of the address space
        resource.setrlimit(what, (soft, hard))


def _read_line(pipe: int) -> bytes:
    """A line; the process ends if the parent does before that."""
    found = bytearray()
    while not found.endswith(b"\n"):
        part = os.read(pipe, 1 << 16)
        if not part:
            os._exit(1)
        found += part
    return bytes(found)


def _write_all(pipe: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(pipe, view) :]
