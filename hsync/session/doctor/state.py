"""state: the recorded state of the target, and its lock."""

from __future__ import annotations

from collections.abc import Iterator

from hsync.session.doctor.check import Check, Context, Finding, Level


def _state(context: Context) -> Iterator[Finding]:
    session = context.session
    for warning in session.store.warnings():
        yield Finding(Level.WARNING, warning)
    with session.locked():
        state = session.store.read()
    if state is None:
        yield Finding(Level.WARNING, "there is no state of it, so drift cannot be detected", "hsync import")
        return
    yield Finding(Level.OK, f"its state can be read and locked (serial {state.serial}, {len(state.history)} runs)")
    if state.journal:
        run = state.journal[-1]
        yield Finding(Level.WARNING, f"a run was interrupted in phase {run.phase}, at {run.when}", "hsync recover")
    elif state.applied is not None and state.applied.sha256 != context.snapshot.sha256:
        yield Finding(
            Level.WARNING, "it was changed since the last apply or import: is there a second manager?", "hsync drift"
        )


CHECK = Check(50, _state)
