"""apart: does a job in a process of its own, with limits: a template may loop without end, or ask for all the memory.

Rule 1: whatever that process does, there is an answer or an error, in bounded time and memory.
Rule 2: it gets no secret: no value (see `opaque`), and no variable of the environment but for the project's own code,
which runs with the rights of the user.
Rule 3: nothing of it is left: its group is killed at the end, also when this process is interrupted.

Theory of operation: a fresh interpreter is started, since a process with threads must not fork, and nobody knows what
else runs in this one. The new one imports jinja2 and ruamel.yaml, which this one need not import then; so it costs
little. It reads the job from one pipe, answers on a second one, and notes on a third what it is at (see `child` and
`notes`). Its time is counted as CPU time, so that a busy machine refuses nothing; a process that waits instead of
working is ended after `PATIENCE` times that.
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
"""How many times its CPU time a rendering may take by the clock."""

_ALWAYS = frozenset({"PATH", "HOME", "TMPDIR", "LANG", "LC_ALL", "LC_CTYPE", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH"})
"""Variables that the process gets. Without some of them Python may not start, or reads file names in another way."""

_START = "import sys; sys.path[:] = sys.argv[4:]; from hsync.render.child import main; main(*map(int, sys.argv[1:4]))"

_MOMENT_S = 1.0
"""Seconds for a process to end that has nothing more to say, or to leave a traceback."""

_CHARACTER_BYTES = 4
"""Bytes of an answer for each character of a text: escapes, and the sources of lines."""

_NOTES_BYTES = 16 * 1024 * 1024
"""Notes that are kept; also what an answer may have beside its text."""

_PIECE = 1 << 16


def render_apart(job: Job, limits: Limits | None = None) -> Answer:
    """Do a job in a process of its own.

    Args:
        job: what is rendered.
        limits: what it may use; None for those of the operator's environment.

    Raises:
        InputError: something cannot be read or rendered, or a limit was reached.
        UsageError: a variable of the command line that no template reads.
        BugError: the process gave an answer that is none.
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
        request: our end of the pipe for the job.
        answer: likewise, for the answer.
        notes: likewise, for what it is at.
    """

    def __init__(self, started: subprocess.Popen[bytes], request: int, answer: int, notes: int) -> None:
        self.started = started
        self.request = request
        self.pipes = (answer, notes)
        self.answer, self.notes = bytearray(), bytearray()
        self.is_late = self.is_long = False

    @property
    def has_answered(self) -> bool:
        """Whether there is an answer that counts."""
        return self.answer.endswith(b"\n") and not self.is_late and not self.is_long

    def ended(self) -> Ended:
        """How it has ended."""
        return Ended(self.started.returncode, bytes(self.notes), is_late=self.is_late, is_long=self.is_long)

    def send(self, line: bytes) -> None:
        """Give it the job; if it is dead already, its end will tell."""
        view = memoryview(line)
        with suppress(BrokenPipeError):
            while view:
                view = view[os.write(self.request, view) :]

    def listen(self, limits: Limits) -> None:
        """Read until it has answered or ended, or until its time is over."""
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
    """A process that renders, with some variables. At the end of the block nothing is left of it."""
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
    """A pipe whose ends are closed with what holds them."""
    ends = os.pipe()
    reads.callback(os.close, ends[0])
    writes.callback(os.close, ends[1])
    return ends


def _start(command: list[str], pipes: tuple[int, ...], variables: Mapping[str, str]) -> subprocess.Popen[bytes]:
    """The process, in a session of its own, which a Ctrl-C does not reach."""
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
    """The variables that the process gets: all of them only for own code of a project that is trusted."""
    if job.filters is not None and job.reach.secrets is None:
        return os.environ
    return {name: value for name, value in os.environ.items() if name in _ALWAYS}


def _end(started: subprocess.Popen[bytes]) -> None:
    """Kill what is left of a process and of those that it has started."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(started.pid, signal.SIGKILL)
    started.wait()


def _command(pipes: tuple[int, ...]) -> list[str]:
    """Python alone, with the folders that modules come from here."""
    flags = ["-I", "-S", *(["-B"] if sys.dont_write_bytecode else []), "-X", f"utf8={sys.flags.utf8_mode}"]
    own = Path(__file__).resolve().parents[2]
    folders = dict.fromkeys([str(own), *(os.path.abspath(path) for path in sys.path if path)])  # noqa: PTH100 - as it is
    return [sys.executable, *flags, "-c", _START, *map(str, pipes), *folders]
