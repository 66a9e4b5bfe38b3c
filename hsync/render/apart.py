"""apart: runs a job in a separate process with limits, since a template can loop forever or use all memory.

Rule 1: there is always an answer or an error, in bounded time and memory.
Rule 2: the process gets no secret: no value (see `opaque`), and no variable of the environment, except for the
project's own code, which runs with the rights of the user.
Rule 3: at the end the process group is killed, also if this process is interrupted.

Theory of operation: a new interpreter is started, since a process with threads must not fork, and this one may have
threads. The cost is small, since only the new one imports jinja2 and ruamel.yaml. It reads the job from one pipe,
writes its answer to a second one, and its progress to a third one (see `child` and `notes`). The time limit is CPU
time, so that a rendering does not fail on a busy machine. A process that waits is killed after `PATIENCE` times that
limit.
"""

from __future__ import annotations

import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from hsync.errors import InputError
from hsync.render.endings import Ended, ending
from hsync.render.job import Answer, Job
from hsync.render.limits import Limits
from hsync.render.messages import read_answer, write_job

__all__ = ["render_apart"]

PATIENCE = 10
"""Factor between the limits of elapsed time and of CPU time."""

_ALWAYS = frozenset({"PATH", "HOME", "TMPDIR", "LANG", "LC_ALL", "LC_CTYPE", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH"})
"""Variables that the process always gets: without them Python may not start, or may decode names differently."""

_START = "import sys; sys.path[:] = sys.argv[4:]; from hsync.render.child import main; main(*map(int, sys.argv[1:4]))"

_MOMENT_S = 1.0
"""Seconds for a process to end after its answer, or to write a traceback."""

_CHARACTER_BYTES = 4
"""Maximum bytes of an answer for each character of a text, for escapes and the sources of lines."""

_NOTES_BYTES = 16 * 1024 * 1024
"""Maximum bytes of the notes; also of the parts of an answer other than its text."""

_PIECE = 1 << 16


def render_apart(job: Job, limits: Limits | None = None) -> Answer:
    """Run a job in a separate process.

    Args:
        job: the templates and variables.
        limits: its limits; None for those of the operator's environment.

    Raises:
        InputError: a file cannot be read or rendered, or a limit was reached.
        UsageError: no template reads a variable of the command line.
        BugError: the process gave a malformed answer.
    """
    limits = limits or Limits.of_environment()
    with _started(_variables(job)) as process:
        process.send(write_job(job, limits))
        process.listen(limits)
    if process.has_answered:
        return read_answer(bytes(process.answer))
    raise ending(process.ended(), limits, limits.seconds * PATIENCE)


class _Process:
    """A process that renders.

    Args:
        started: the process.
        request: this process's end of the pipe for the job.
        answer: likewise, for the answer.
        notes: likewise, for its progress.
    """

    def __init__(self, started: subprocess.Popen[bytes], request: int, answer: int, notes: int) -> None:
        self.started = started
        self.request = request
        self.pipes = (answer, notes)
        self.answer, self.notes = bytearray(), bytearray()
        self.is_late = self.is_long = False

    @property
    def has_answered(self) -> bool:
        """Whether there is a complete answer within the limits."""
        return self.answer.endswith(b"\n") and not self.is_late and not self.is_long

    def ended(self) -> Ended:
        """The end of the process."""
        return Ended(self.started.returncode, bytes(self.notes), is_late=self.is_late, is_long=self.is_long)

    def send(self, line: bytes) -> None:
        """Send the job; if the process is dead, `ended` has the reason."""
        view = memoryview(line)
        with suppress(BrokenPipeError):
            while view:
                view = view[os.write(self.request, view) :]

    def listen(self, limits: Limits) -> None:
        """Read until the process has answered or ended, or its time limit is reached."""
        most = _CHARACTER_BYTES * limits.output_mb * 1024 * 1024 + _NOTES_BYTES
        with selectors.DefaultSelector() as selector:
            for pipe in self.pipes:
                selector.register(pipe, selectors.EVENT_READ)
            self.is_late = not self.read(selector, most, limits.seconds * PATIENCE)
            if self.is_late:
                self.started.send_signal(signal.SIGXCPU)
                self.read(selector, most, _MOMENT_S)
            elif not selector.get_map():
                with suppress(subprocess.TimeoutExpired):
                    self.started.wait(_MOMENT_S)

    def read(self, selector: selectors.BaseSelector, most: int, seconds: float) -> bool:
        """Read for some time; False when that was not enough."""
        until = time.monotonic() + seconds
        while selector.get_map() and not self.answer.endswith(b"\n") and not self.is_long:
            if (left := until - time.monotonic()) <= 0:
                return False
            for key, _ in selector.select(left):
                part = os.read(key.fd, _PIECE)
                if not part:
                    selector.unregister(key.fd)
                elif key.fd == self.pipes[0]:
                    self.answer += part
                    self.is_long = len(self.answer) > most
                elif len(self.notes) < _NOTES_BYTES:
                    self.notes += part
        return True


@contextmanager
def _started(variables: Mapping[str, str]) -> Iterator[_Process]:
    """A process that renders, with the given variables; it is killed at the end of the block."""
    with ExitStack() as ours:
        with ExitStack() as theirs:
            job, request = _pipe(theirs, ours)
            answer, their_answer = _pipe(ours, theirs)
            notes, their_notes = _pipe(ours, theirs)
            pipes = (job, their_answer, their_notes)
            started = _start(_command(pipes), pipes, variables)
            ours.callback(_end, started)
        yield _Process(started, request, answer, notes)


def _pipe(reads: ExitStack, writes: ExitStack) -> tuple[int, int]:
    """A pipe whose ends are closed with the given stacks."""
    ends = os.pipe()
    reads.callback(os.close, ends[0])
    writes.callback(os.close, ends[1])
    return ends


def _start(command: list[str], pipes: tuple[int, ...], variables: Mapping[str, str]) -> subprocess.Popen[bytes]:
    """Start the process in a separate session, so that it does not receive a Ctrl-C."""
    try:
        return subprocess.Popen(  # noqa: S603 - this interpreter, without a shell
            command, env=variables, stdout=subprocess.DEVNULL, pass_fds=pipes, start_new_session=True
        )
    except OSError as fault:
        raise InputError(
            f"templates cannot be rendered: {command[0]} cannot be started: {fault.strerror}",
            hint="check how many processes this user may have: ulimit -u",
        ) from fault


def _variables(job: Job) -> Mapping[str, str]:
    """The variables of the process: all of them only for code of a trusted project."""
    if job.filters is not None and job.reach.secrets is None:
        return os.environ
    return {name: value for name, value in os.environ.items() if name in _ALWAYS}


def _end(started: subprocess.Popen[bytes]) -> None:
    """Kill a process and all processes that it has started."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(started.pid, signal.SIGKILL)
    started.wait()


def _command(pipes: tuple[int, ...]) -> list[str]:
    """Command line of an isolated Python with this process's module folders."""
    flags = ["-I", "-S", *(["-B"] if sys.dont_write_bytecode else []), "-X", f"utf8={sys.flags.utf8_mode}"]
    own = Path(__file__).resolve().parents[2]
    folders = dict.fromkeys([str(own), *(os.path.abspath(path) for path in sys.path if path)])  # noqa: PTH100 - as it is
    return [sys.executable, *flags, "-c", _START, *map(str, pipes), *folders]
