"""The errors of hsync: what went wrong, where, and the next command to type.

    HsyncError                  1   anything that stops a run
    ├── UsageError             64   a wrong option or argument
    ├── InputError              1   a mistake in a template, variables, configuration or hsync.toml
    │   ├── ConfigError         1   faults in configuration text, all of one stage at once
    │   └── PlanFileError       1   an unreadable or edited plan file
    ├── TargetError             1   the server could not be reached, or refused a request
    │   ├── ServerRefused       1   an unexpected HTTP status, with the server's own message
    │   ├── OutcomeUnknown      1   a lost answer: the server may have done the write
    │   └── CommittedError      8   committed, but a later step failed
    ├── StalePlanError          3   the target changed since the plan was made
    ├── UnsafePlanError         4   refused by a safety rule, or the proof failed
    ├── NotAllowedError         4   the operator has not allowed what the project wants
    ├── LockedError             5   another run holds the lock of the target
    ├── ReloadFailedError       6   committed, but HAProxy could not load it
    ├── TargetsFailedError      7   some of several targets failed
    ├── OutputError            74   standard output could not be written; the run itself is finished
    └── BugError                1   a bug in hsync: please report it

Rule 1: every error that leaves the package is an `HsyncError`.
Rule 2: a message says what is wrong and where; `hint` is the next command to type or the setting to change.
Rule 3: all faults of one stage are collected and raised together (`ConfigError.faults`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

__all__ = [
    "BugError",
    "CommittedError",
    "ConfigError",
    "Fault",
    "HsyncError",
    "InputError",
    "LockedError",
    "NotAllowedError",
    "OutcomeUnknown",
    "OutputError",
    "PlanFileError",
    "ReloadFailedError",
    "ServerRefused",
    "StalePlanError",
    "TargetError",
    "TargetsFailedError",
    "UnsafePlanError",
    "UsageError",
]


@dataclass(frozen=True, slots=True)
class Fault:
    """A mistake at one place of the input.

    Args:
        where: `file:line:column`, 1-based; the column may be missing.
        what: the mistake, without a final full stop.
        remedy: the correct spelling, or the next step.
        line: the text of the line, to show the mistake in it.
        column: 1-based place in `line`; 0 for the whole line.
        number: line number in the whole text, which may consist of several files; 0 if unknown.
    """

    where: str
    what: str
    remedy: str = ""
    line: str = ""
    column: int = 0
    number: int = 0

    def __str__(self) -> str:
        """`file:line:column: what; remedy`, on one line."""
        return f"{self.where}: {self.what}" + (f"; {self.remedy}" if self.remedy else "")

    def shown(self) -> str:
        """The fault, followed by the line of text with a caret below the mistake."""
        if not self.line:
            return str(self)
        start = max(0, self.column - 60)
        piece = self.line.rstrip("\r\n").expandtabs(1)[start : start + 100]
        caret = "\n" + " " * (4 + self.column - 1 - start) + "^" if self.column else ""
        return f"{self}\n    {piece}{caret}"


class HsyncError(Exception):
    """Root of the tree.

    Args:
        message: what went wrong and where.
        hint: the next command to type.
    """

    exit_code = 1

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def add(self, words: str) -> None:
        """Add a line to the message.

        Args:
            words: what else is the case; "" for nothing.
        """
        if words:
            self.message = f"{self.message}\n  {words}"
            self.args = (self.message,)


class UsageError(HsyncError):
    """A wrong option, argument or setting."""

    exit_code = 64


class InputError(HsyncError):
    """A mistake in the user's input."""


MANY = 50
"""Maximum number of faults in one message."""


class ConfigError(InputError):
    """Faults in configuration text; `faults` has all faults of the stage, in the order of the text."""

    def __init__(self, message: str, faults: Sequence[Fault] = (), *, hint: str = "") -> None:
        shown = [line for fault in faults[:MANY] for line in fault.shown().split("\n")]
        more = [f"and {len(faults) - MANY} more"] if len(faults) > MANY else []
        super().__init__("\n".join([message, *(f"  {line}" for line in (*shown, *more))]), hint=hint)
        self.faults = tuple(faults)


class PlanFileError(InputError):
    """A plan file that cannot be read, was edited, or has an unknown format."""


class TargetError(HsyncError):
    """The target could not be reached, or its answer makes no sense."""


class ServerRefused(TargetError):  # noqa: N818 - reads as a sentence where it is raised
    """The server answered with an unexpected HTTP status.

    `status` is the HTTP status, `server_message` the message in the answer.
    """

    def __init__(self, message: str, *, status: int, server_message: str = "", hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.status = status
        self.server_message = server_message


class OutcomeUnknown(TargetError):  # noqa: N818 - reads as a sentence where it is raised
    """A write was sent and its answer was lost; only a read can show whether the server did the write."""


class CommittedError(TargetError):
    """The result was committed, and a later step failed: the target has the new configuration.

    Args:
        message: the state of the target, and the failure.
        version: version of the committed configuration.
        sha256: hex digest of its text.
        text: its text.
        reload_id: id of the reload to wait for; "" if unknown.
        reloaded: whether HAProxy is known to run it.
        hint: the next command to type.
    """

    exit_code = 8

    def __init__(
        self, message: str, *, version: int, sha256: str, text: str, reload_id: str, reloaded: bool, hint: str = ""
    ) -> None:
        super().__init__(message, hint=hint)
        self.version = version
        self.sha256 = sha256
        self.text = text
        self.reload_id = reload_id
        self.reloaded = reloaded


class StalePlanError(HsyncError):
    """The target has changed since the plan was made."""

    exit_code = 3


class UnsafePlanError(HsyncError):
    """A safety rule or the proof refused the plan."""

    exit_code = 4


class NotAllowedError(HsyncError):
    """The project wants something that only the operator allows: see `hsync.trust`.

    `claims` says what would have to be allowed: text, place and setting of each.
    """

    exit_code = 4

    def __init__(self, message: str, *, claims: Sequence[tuple[str, str, str]] = (), hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.claims = tuple(claims)


class LockedError(HsyncError):
    """Another run holds the lock of this target.

    `owner` names the other run, and `age_s` is how long it has held the lock, in seconds; both only if the lock file
    names its owner.
    """

    exit_code = 5

    def __init__(self, message: str, *, owner: str = "", age_s: int | None = None, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.owner = owner
        self.age_s = age_s


class ReloadFailedError(HsyncError):
    """The configuration was committed, but HAProxy could not load it; `server_message` is HAProxy's output."""

    exit_code = 6

    def __init__(self, message: str, *, server_message: str = "", hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.server_message = server_message


class TargetsFailedError(HsyncError):
    """Some of several targets failed."""

    exit_code = 7


class OutputError(HsyncError):
    """Standard output is closed or full. The run itself is finished and recorded: only its output is lost."""

    exit_code = 74


class BugError(HsyncError):
    """hsync broke one of its own rules."""
