"""doctor: whether a plan could be applied to a target now, and what is odd about it. Nothing is changed.

Rule 1: a finding has a remedy that can be typed or done.
Rule 2: a check that cannot be made is a finding, too.

Source: docs/reference/dataplane-api.md.
"""

from __future__ import annotations

from collections.abc import Iterator

from hsync.errors import HsyncError
from hsync.registered import registered
from hsync.session.doctor.check import Check, Finding, Level, Patient
from hsync.session.session import Session

__all__ = ["Level", "examine", "finding_of"]

CHECKS = tuple(sorted(registered(__name__, "CHECK", Check), key=lambda check: check.place))


def examine(session: Session) -> Iterator[Finding]:
    """The findings about a target, in the order in which an apply would meet them.

    Args:
        session: with the target. Nothing is locked for longer than a moment, and nothing is written.
    """
    try:
        api = session.client.api_release()
        yield Finding(Level.OK, f"{session.client.url} answers (Data Plane API {api})")
        snapshot = session.client.at_rest()
    except HsyncError as error:
        yield finding_of(error)
        return
    patient = Patient(session, snapshot, api)
    for check in CHECKS:
        try:
            yield from check.run(patient)
        except HsyncError as error:
            yield finding_of(error)


def finding_of(error: HsyncError) -> Finding:
    """An error as a finding.

    Args:
        error: that an apply would end with, too.
    """
    return Finding(Level.ERROR, error.message, error.hint)
