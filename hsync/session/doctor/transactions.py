"""transactions: open transactions of interrupted runs, or of a second manager."""

from __future__ import annotations

from collections.abc import Iterator

from hsync.session.doctor.check import Check, Context, Finding, Level


def _open(context: Context) -> Iterator[Finding]:
    client = context.session.client
    if found := client.open_transactions(context.snapshot.version):
        many = f"{len(found)} transactions are" if len(found) > 1 else "a transaction is"
        what = f"{many} open, from an interrupted client or one that is working now: {', '.join(found)}"
        yield Finding(Level.WARNING, what, client.tidying)
    else:
        yield Finding(Level.OK, "no transaction is open")


CHECK = Check(20, _open)
