"""promise: the result that a plan promises, as a text.

Theory of operation: the promised text is the result of the operations on the base. `replay` computes it with an
embedded server in memory, when a plan is made and again when it is applied. The plan file has its digest.
"""

from __future__ import annotations

from collections.abc import Sequence

from hsync.dataplane import FILE, DataplaneClient, Snapshot
from hsync.errors import ServerRefused, StalePlanError
from hsync.lanes import lane_of
from hsync.plan.plan import Base, Operation, Plan

__all__ = ["base_of", "refuse_split_brain", "replay", "why_whole"]


def replay(base: str, plan: Plan) -> str:
    """The result of a plan, without header lines.

    Args:
        base: the text on which the plan is based, without header lines.
        plan: the plan.

    Raises:
        ServerRefused: an operation does not fit the text.
        UnsafePlanError: the layout of the plan does not fit.
    """
    return lane_of(plan.lane).promised(base, plan, _replayed)


def _replayed(base: str, operations: Sequence[Operation]) -> str:
    """The result of operations on a text, computed with an embedded server in memory."""
    from hsync.dataplane.embedded import EmbeddedTransport

    # After an empty line there are no header lines: the text has version 1, and no digest to check.
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
    """Refuse a server whose memory and disk differ.

    Except after a failed reload: then the disk has the text that HAProxy runs, and a raw push makes both equal.
    """
    if snapshot.split_brain and not snapshot.memory_ahead:
        raise StalePlanError(
            f"{client.url}: {snapshot.split_brain}",
            hint="the server reads an edited file within 20 s; if not, restart the Data Plane API",
        )


def why_whole(snapshot: Snapshot) -> str:
    """Why only a raw push is possible; "" if operations can be sent, whose base is the memory."""
    return f"{snapshot.split_brain}; only a push of the whole text makes both equal" if snapshot.memory_ahead else ""


def base_of(snapshot: Snapshot) -> Base:
    """The base of a plan: the text on disk, and the version that writes must name."""
    return Base(snapshot.version, snapshot.sha256, snapshot.disk_version if snapshot.memory_ahead else None)
