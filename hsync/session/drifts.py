"""drifts: whether targets differ from what hsync has recorded for them: one, or all of a project."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path

from hsync.errors import HsyncError, TargetsFailedError, UsageError
from hsync.output.drifts import Compared, metrics_text
from hsync.session.session import Drift, Session
from hsync.session.targets import Targets
from hsync.store.files import write_text

__all__ = ["compare_all", "compared", "refuse_failed", "write_metrics"]

_READABLE = 0o644
"""Mode of a file of metrics, which another user collects."""


def compared(name: str, drift: Drift) -> Compared:
    """The drift of a target, to show."""
    snapshot = drift.snapshot
    return Compared(name, snapshot.text_version, snapshot.sha256, drift.words, drift.changes)


def compare_all(targets: Targets, opened: Callable[[str], AbstractContextManager[Session]]) -> tuple[Compared, ...]:
    """Compare all targets with their records; an error of one belongs to its result.

    Args:
        targets: the configured targets.
        opened: opens a session with the target of a name.

    Raises:
        UsageError: there are none.
    """
    if not targets.names():
        raise UsageError("--all: no target is configured", hint="add a table [targets.NAME] to hsync.toml")
    return tuple(_compared(name, opened) for name in targets.names())


def _compared(name: str, opened: Callable[[str], AbstractContextManager[Session]]) -> Compared:
    try:
        with opened(name) as session:
            return compared(name, session.drift())
    except HsyncError as error:
        return Compared(name, error=tuple(error.message.split("\n")), hint=error.hint)


def write_metrics(path: Path, found: Sequence[Compared]) -> None:
    """Write results as metrics of Prometheus, atomically.

    Args:
        path: the file, which every user may read.
        found: the results.

    Raises:
        InputError: the file cannot be written.
    """
    write_text(path, metrics_text(found), mode=_READABLE)


def refuse_failed(found: Sequence[Compared]) -> None:
    """Report targets that could not be compared.

    Raises:
        TargetsFailedError: there are some.
    """
    failed = [one.name for one in found if one.error]
    if failed:
        raise TargetsFailedError(
            f"{len(failed)} of {len(found)} targets could not be compared: {', '.join(failed)}",
            hint=f"see the problems of one: hsync doctor -t {failed[0]}",
        )
