"""text: the configuration of the target: disk and memory, and the check by HAProxy."""

from __future__ import annotations

from collections.abc import Iterator

from hsync.errors import HsyncError
from hsync.output.words import short
from hsync.session.doctor.check import Check, Context, Finding, Level

WAIT = "the server reads an edited file by itself within 20 s; if it does not, restart the Data Plane API"


def _checked(context: Context) -> Iterator[Finding]:
    snapshot, client = context.snapshot, context.session.client
    if snapshot.split_brain:
        yield Finding(Level.ERROR, snapshot.split_brain, "hsync recover" if snapshot.memory_ahead else WAIT)
        return
    yield Finding(Level.OK, f"it has version {snapshot.version}, {short(snapshot.sha256)}; disk and memory agree")
    if not context.session.checked:
        yield Finding(Level.WARNING, "no HAProxy binary checks a configuration before it runs", "--haproxy-bin FILE")
        return
    try:
        client.validate_raw(snapshot.body or "\n")
    except HsyncError as error:
        yield Finding(
            Level.ERROR,
            f"HAProxy refuses the present configuration: {error.message}",
            "correct the template, then: hsync plan",
        )
    else:
        yield Finding(Level.OK, "HAProxy accepts the present configuration")


CHECK = Check(10, _checked)
