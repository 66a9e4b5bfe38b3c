"""promise: the text that a plan leads to.

Theory of operation: what a plan promises is the text that replaying its operations on the base gives; `replay` makes
it on an in-memory embedded Dataplane, when planning and again when applying. The plan file holds its digest.
"""

from __future__ import annotations

from collections.abc import Sequence

from hsync.dataplane import DataplaneClient, Snapshot
from hsync.dataplane.snapshot import split_header
from hsync.errors import (
    BugError,
    ServerRefused,
    StalePlanError,
    UnsafePlanError,
)
from hsync.model import Configuration
from hsync.plan.compare import Delta
from hsync.plan.layout import laid_out
from hsync.plan.plan import Base, Lane, Operation, Plan

__all__ = ["OutOfOrder", "base_of", "current_of", "refuse_split_brain", "replay", "told", "why_whole"]


class OutOfOrder(BugError):  # noqa: N818 - says what is wrong with the plan
    """Operations lead to the desired objects, but not to the places that give them their meaning: push the text."""


def current_of(snapshot: Snapshot, source: str = "server") -> Configuration:
    """What a snapshot holds, line numbers as in the file."""
    return Configuration.from_text(snapshot.text, source)


def replay(snapshot: Snapshot, plan: Plan) -> str:
    """The text that the plan's operations make of a snapshot, without the server's header lines.

    Replayed on an embedded Dataplane in memory: the promise of the plan.
    """
    if plan.lane is Lane.RAW:
        return split_header(str(plan.operations[0].request.body))[1]
    text = _replayed(snapshot, plan)
    try:
        return laid_out(text, plan.result.layout) if plan.result.layout else text
    except ValueError as fault:
        raise UnsafePlanError(f"the layout of the plan does not fit: {fault}", hint="make the plan again") from fault


def _replayed(snapshot: Snapshot, plan: Plan) -> str:
    """The text that the operations alone lead to."""
    from hsync.dataplane.embedded import EmbeddedTransport

    # Behind an empty line nothing is the server's header: the text has version 1, and no digest to be checked.
    copy = EmbeddedTransport(text=f"\n{snapshot.body}")
    with DataplaneClient("file:/memory", transport=copy) as client:
        transaction = client.begin(1)
        for operation in plan.operations:
            _try(client, operation, transaction)
        return copy.staged(transaction)


def _try(copy: DataplaneClient, operation: Operation, transaction: str) -> None:
    try:
        copy.send(operation.request, transaction)
    except ServerRefused as error:
        raise ServerRefused(
            f"{operation.action} {operation.address} would be refused: {error.server_message}",
            status=error.status,
            server_message=error.server_message,
            hint="nothing was sent: it was tried on a copy",
        ) from error


def refuse_split_brain(snapshot: Snapshot, client: DataplaneClient) -> None:
    """Memory and disk of a server must agree before anything is built on either.

    But where a reload failed: there the disk has what HAProxy runs, and a push of the whole text makes both equal.
    """
    if snapshot.split_brain and not snapshot.memory_ahead:
        raise StalePlanError(
            f"{client.url}: {snapshot.split_brain}",
            hint="the server reads an edited file by itself within 20 s; where it does not watch the file, restart the "
            "Data Plane API",
        )


def why_whole(snapshot: Snapshot) -> str:
    """Why only a push of the whole text is right; "" where operations can be sent: their base is the memory."""
    return f"{snapshot.split_brain}; only a push of the whole text makes both equal" if snapshot.memory_ahead else ""


def base_of(snapshot: Snapshot) -> Base:
    """The ground of a plan: the text on disk and the version that writes must name."""
    return Base(snapshot.version, snapshot.sha256, snapshot.disk_version if snapshot.memory_ahead else None)


def told(deltas: Sequence[Delta]) -> str:
    """The sections of deltas, for a message."""
    names = [str(delta.address) for delta in deltas]
    return ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
