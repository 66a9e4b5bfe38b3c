"""text: whether the configuration of the target is one that hsync can work on."""

from __future__ import annotations

from collections.abc import Iterator

from hsync.errors import HsyncError
from hsync.output.words import short
from hsync.session.doctor.check import Check, Finding, Level, Patient

WAIT = "the server reads an edited file by itself within 20 s; if it does not, restart the Data Plane API"


def _checked(patient: Patient) -> Iterator[Finding]:
    snapshot, client = patient.snapshot, patient.session.client
    if snapshot.split_brain:
        yield Finding(Level.ERROR, snapshot.split_brain, "hsync recover" if snapshot.memory_ahead else WAIT)
        return
    yield Finding(Level.OK, f"it has version {snapshot.version}, {short(snapshot.sha256)}; disk and memory agree")
    if not patient.session.checked:
        yield Finding(Level.WARNING, "no HAProxy binary checks a configuration before it runs", "--haproxy-bin FILE")
        return
    try:
        client.validate_raw(snapshot.body or "\n")
    except HsyncError as error:
        yield Finding(
            Level.ERROR, f"HAProxy refuses what the target has now: {error.message}", "correct it: hsync plan"
        )
    else:
        yield Finding(Level.OK, "HAProxy accepts what the target has now")


CHECK = Check(10, _checked)
