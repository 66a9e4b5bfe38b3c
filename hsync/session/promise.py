"""promise: the text that a plan leads to.

Theory of operation: what a plan promises is the text that replaying its operations on the base gives; `replay` makes
it on an in-memory embedded Dataplane, when planning and again when applying. The plan file holds its digest.
"""

from __future__ import annotations

from collections.abc import Sequence

from hsync.dataplane import FILE, DataplaneClient, Snapshot
from hsync.errors import ServerRefused, StalePlanError
from hsync.lanes import lane_of
from hsync.plan.plan import Base, Operation, Plan

__all__ = ["base_of", "refuse_split_brain", "replay", "why_whole"]


def replay(base: str, plan: Plan) -> str:
    """The text that a plan leads to, without header lines: its promise.

    Args:
        base: the text that the plan was made on, without header lines.
        plan: the plan.

    Raises:
        ServerRefused: an operation does not fit the text.
        UnsafePlanError: the layout of the plan does not fit.
    """
    return lane_of(plan.lane).promised(base, plan, _replayed)


def _replayed(base: str, operations: Sequence[Operation]) -> str:
    """The text that operations make of another, on an embedded Dataplane in memory."""
    from hsync.dataplane.embedded import EmbeddedTransport

    # Behind an empty line nothing is the server's header: the text has version 1, and no digest to be checked.
    copy = EmbeddedTransport(text=f"\n{base}")
    with DataplaneClient("file:/memory", transport=copy, traits=FILE) as client:
        transaction = client.begin(1)
        for operation in operations:
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
