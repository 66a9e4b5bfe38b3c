"""child: the process that renders, started by `apart`: it limits itself, runs one job, answers, and ends.

Rule 1: it does not outlive its parent: the parent closes its end of the request pipe when it has the answer or dies,
and the kernel signals this.
Rule 2: it writes no core dump.

Theory of operation: at the limit of CPU time the kernel sends SIGXCPU. The first handler (faulthandler) immediately
writes Python's traceback to the pipe of notes, also while Python is in a C function, which no exception can interrupt.
The second handler raises OverLimitError as soon as Python code runs again: it has `_MOMENT_S` to report a better place
than the traceback, before the kernel kills the process. A crash leaves a traceback in the same way. The kernel limits
the memory, too; `template` limits the text.
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
"""CPU seconds after the limit, to report the error."""


class _Written(Notes):
    """Notes that are written to a pipe, each as a line of JSON."""

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
    """Run the job of the parent.

    Args:
        request: pipe with the job.
        answer: pipe for the answer.
        notes: pipe for progress and tracebacks.
    """
    with suppress(OSError):
        os.dup2(2, 1)  # output of the project's filters does not belong to standard output
    job, limits = read_job(_read_line(request))
    end_with_parent(request)
    confine(limits, notes)
    line = answered(job, limits, _Written(notes))
    signal.signal(signal.SIGXCPU, signal.SIG_IGN)
    sys.stdout.flush()
    _write_all(answer, line)
    os._exit(0)  # freeing what was rendered would take time


def answered(job: Job, limits: Limits, notes: Notes) -> bytes:
    """Run a job. Returns the line of its answer, or of its error.

    Args:
        job: the templates and variables.
        limits: the limits of the job.
        notes: records the progress.
    """
    try:
        return write_answer(work(job, limits, notes))
    except (InputError, NotAllowedError, UsageError) as error:
        return write_error(error)
    except (MemoryError, OverLimitError) as fault:
        over = limits.of(fault) or limits.over("memory_mb")
        return write_error(InputError(f"{notes.file}: {over.message}", hint=over.hint))
    except Exception as fault:  # noqa: BLE001 - the parent reports the bug
        return write_error(_bug(fault))


def _bug(fault: Exception) -> HsyncError:
    trace = fault.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    where = f" ({Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno})" if trace else ""
    told = f"{type(fault).__name__}: {fault}{where}"
    return BugError(f"rendering failed: {told}", hint="please report it, with the template")


def end_with_parent(request: int) -> None:
    """End this process and those that it has started when the parent ends.

    Args:
        request: pipe whose other end the parent has.
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
        limits: the limits.
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
    """Lower a limit. A lower limit is kept; a limit that the system does not have is ignored."""
    _, most = resource.getrlimit(what)
    if most != resource.RLIM_INFINITY:
        soft, hard = min(soft, most), min(hard, most)
    with suppress(OSError, ValueError):  # macOS has no limit of the address space
        resource.setrlimit(what, (soft, hard))


def _read_line(pipe: int) -> bytes:
    """Read a line; end the process if the parent has ended before."""
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
