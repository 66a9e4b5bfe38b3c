"""memory: the state of the target: whether it can be written, and what it says."""

from __future__ import annotations

from collections.abc import Iterator

from hsync.session.doctor.check import Check, Finding, Level, Patient


def _state(patient: Patient) -> Iterator[Finding]:
    session = patient.session
    for warning in session.store.warnings():
        yield Finding(Level.WARNING, warning)
    with session.locked():
        state = session.store.read()
    if state is None:
        yield Finding(Level.WARNING, "nothing is remembered about it: drift cannot be told", "hsync import")
        return
    yield Finding(Level.OK, f"its state can be read and locked (serial {state.serial}, {len(state.history)} runs)")
    if state.journal:
        run = state.journal[-1]
        yield Finding(Level.WARNING, f"a run died in phase {run.phase}, at {run.when}", "hsync recover")
    elif state.applied is not None and state.applied.sha256 != patient.snapshot.sha256:
        yield Finding(Level.WARNING, "somebody changed it since hsync left it: a second manager?", "hsync drift")


CHECK = Check(50, _state)
