"""Reloads: time, method and record of HAProxy's reloads.

Rule 1: a commit schedules a reload with an id; further commits until it runs share it. A forced reload runs
immediately, without an id, and includes the scheduled one.
Rule 2: all failures and the last success are kept; any other older id counts as a success.
Rule 3: there is no thread: each request calls `tick`, and with a delay of 0 the reload runs within the commit.

Source: docs/reference/dataplane-api.md 7.
"""

from __future__ import annotations

import re
import shlex
import socket
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from hsync import processes
from hsync.dataplane.deadline import Deadline, left
from hsync.dataplane.embedded.answers import Refusal
from hsync.schema import Fields, Json

__all__ = ["Outcome", "Reloads", "Runner", "ask", "by_command", "by_master_socket", "by_nothing"]

TIMEOUT_S = 60.0

_ID = re.compile(r"(\d{4}-\d{2}-\d{2})-(\d+)\Z")


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of a reload; `response` is HAProxy's output."""

    ok: bool
    response: str = ""


Runner = Callable[[], Outcome]


def by_nothing() -> Outcome:
    """Without a running HAProxy all reloads succeed."""
    return Outcome(ok=True)


def by_command(command: str) -> Runner:
    """Reload by a command, split as a shell would, run without one; its exit status decides."""
    words = shlex.split(command)

    def run() -> Outcome:
        try:
            done = processes.run(words, seconds=left(TIMEOUT_S))
        except OSError as error:
            return Outcome(ok=False, response=str(error))
        return Outcome(done.code == 0, (done.stdout + done.stderr).decode("utf-8", "replace").strip())

    return run


def by_master_socket(path: str) -> Runner:
    """Reload through the master socket of a running HAProxy (2.7 or newer: it answers `Success=0|1` and the log)."""

    def run() -> Outcome:
        try:
            answer = ask(path, b"reload\n")
        except OSError as error:
            return Outcome(ok=False, response=f"{path}: {error.strerror or error}")
        head, _, log = answer.partition("--\n")
        return Outcome("Success=1" in head, log.strip() or head.strip())

    return run


def ask(path: str, request: bytes, *, last: bool = False) -> str:
    """What the master socket answers until it closes: in time, and no more than a reload has to say.

    Args:
        path: of the socket.
        request: a line.
        last: whether to say that no other line follows, without which the socket stays open for more.

    Raises:
        OSError: nobody answers in time.
    """
    until, answer = Deadline.after(left(TIMEOUT_S)), b""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(_some(until))
        connection.connect(path)
        connection.sendall(request)
        if last:
            connection.shutdown(socket.SHUT_WR)
        while len(answer) < processes.MAX_OUTPUT and (piece := connection.recv(65536)):
            answer += piece
            connection.settimeout(_some(until))
    return answer.decode("utf-8", "replace")


def _some(until: Deadline) -> float:
    """The time that is left, as sockets take it, which take 0 for "do not wait at all"."""
    if until.is_over:
        raise TimeoutError(f"no answer within {until}")
    return until.left


class Reloads:
    """The reloads of one server.

    Args:
        run: makes HAProxy reload.
        delay_s: seconds from a commit to its reload, so that further commits can share it.
        clock: monotonic clock, in seconds.
        settle: called with each outcome, before a request can see it.
        now: wall clock, for ids and time stamps.
    """

    def __init__(
        self,
        run: Runner,
        delay_s: float,
        clock: Callable[[], float],
        settle: Callable[[Outcome], None],
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._run, self._delay_s, self._clock, self._settle, self._now = run, delay_s, clock, settle, now
        self._next = 0
        self._pending: tuple[str, float] | None = None
        self._success: Fields | None = None
        self._failures: list[Fields] = []

    def schedule(self) -> str:
        """Schedule a reload, unless one is scheduled already.

        Returns:
            The id of the scheduled reload.
        """
        if self._pending is None:
            self._pending = (f"{self._now():%Y-%m-%d}-{self._next}", self._clock() + self._delay_s)
            self._next += 1
        name = self._pending[0]
        self.tick()
        return name

    def tick(self) -> None:
        """Run the scheduled reload if it is due."""
        if self._pending is not None and self._clock() >= self._pending[1]:
            self._execute()

    def force(self) -> None:
        """Reload immediately.

        Raises:
            Refusal: 400 with HAProxy's output; the reload failed.
        """
        outcome = self._execute()
        if not outcome.ok:
            raise Refusal(400, f"Reload failed: failed to reload configuration, {outcome.response}")

    def _execute(self) -> Outcome:
        outcome = self._run()
        self._settle(outcome)
        if self._pending is not None:
            name, self._pending = self._pending[0], None
            status = "succeeded" if outcome.ok else "failed"
            record: Fields = {"id": name, "reload_timestamp": int(self._now().timestamp()), "status": status}
            if outcome.response:
                record["response"] = outcome.response
            if outcome.ok:
                self._success = record
            else:
                self._failures.append(record)
        return outcome

    def all(self) -> Json:
        """The answer to `GET reloads`."""
        pending: list[Json] = [{"id": self._pending[0], "status": "in_progress"}] if self._pending else []
        return [*([self._success] if self._success else []), *self._failures, *pending]

    def one(self, name: str) -> Fields:
        """The answer to `GET reloads/{id}`.

        Raises:
            Refusal: not an id, or an id that the server has not used yet.
        """
        match = _ID.match(name)
        if match is None:
            raise Refusal(
                400, r"""id in path: string doesn't match the regular expression "^\d{4}-\d{2}-\d{2}-\d+$\""""
            )
        if self._pending is not None and self._pending[0] == name:
            return {"status": "in_progress"}
        for record in (self._success, *self._failures):
            if record is not None and record["id"] == name:
                return record
        today = f"{self._now():%Y-%m-%d}"
        if match.group(1) < today or (match.group(1) == today and int(match.group(2)[:18]) < self._next):
            return {"id": name, "status": "succeeded"}
        raise Refusal(404, f"Reload with ID {name} does not exist")
