"""doctor: the checks of a target before an apply. They change nothing.

Rule 1: a finding has a remedy: a command, or an action of the administrator.
Rule 2: the error of a check is a finding, too.

Source: docs/reference/dataplane-api.md.
"""

from __future__ import annotations

from collections.abc import Iterator

from hsync.errors import HsyncError
from hsync.registered import registered
from hsync.session.doctor.check import Check, Context, Finding, Level
from hsync.session.session import Session

__all__ = ["Level", "examine", "finding_of"]

CHECKS = tuple(sorted(registered(__name__, "CHECK", Check), key=lambda check: check.place))


def examine(session: Session) -> Iterator[Finding]:
    """The findings about a target, in the order of the steps of an apply.

    Args:
        session: with the target. The lock is held for a moment only.
    """
    try:
        api = session.client.api_release()
        yield Finding(Level.OK, f"{session.client.url} answers (Data Plane API {api})")
        snapshot = session.client.at_rest()
    except HsyncError as error:
        yield finding_of(error)
        return
    context = Context(session, snapshot, api)
    for check in CHECKS:
        try:
            yield from check.run(context)
        except HsyncError as error:
            yield finding_of(error)


def finding_of(error: HsyncError) -> Finding:
    """An error as a finding.

    Args:
        error: an apply would end with it, too.
    """
    return Finding(Level.ERROR, error.message, error.hint)
