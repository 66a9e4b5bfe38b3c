"""transactions: whether some are open, of a run that died or of a second manager."""

from __future__ import annotations

from collections.abc import Iterator

from hsync.session.doctor.check import Check, Finding, Level, Patient


def _open(patient: Patient) -> Iterator[Finding]:
    client = patient.session.client
    if found := client.open_transactions(patient.snapshot.version):
        many = f"{len(found)} transactions are" if len(found) > 1 else "a transaction is"
        what = f"{many} open: of a client that died, or of another one that is at work: {', '.join(found)}"
        yield Finding(Level.WARNING, what, client.tidying)
    else:
        yield Finding(Level.OK, "no transaction is open")


CHECK = Check(20, _open)
