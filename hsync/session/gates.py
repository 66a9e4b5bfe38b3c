"""gates: the checks of a plan before anything is sent, and whether it is already applied.

Rule 1: a gate only reads; it never writes to a target.
Rule 2: the error of a gate says what has changed, and the next command.
"""

from __future__ import annotations

from hsync.dataplane import DataplaneClient, Snapshot
from hsync.errors import StalePlanError, UnsafePlanError
from hsync.plan.plan import Base, Plan
from hsync.plan.verdict import Status
from hsync.session.promise import base_of, refuse_split_brain

__all__ = ["applied_already", "refuse_moved", "refuse_other_target", "refuse_refused"]


def applied_already(snapshot: Snapshot, plan: Plan, applied: str) -> bool:
    """Whether the target has the result of a plan, according to the digest of the result, or of an earlier run.

    Args:
        snapshot: the text of the target.
        plan: the plan.
        applied: digest of the text after an earlier run of this plan; "" for none.
    """
    settled = plan.base.disk_version is not None and not snapshot.split_brain
    if not plan.operations or snapshot.memory_ahead or (snapshot.sha256 == plan.base.sha256 and not settled):
        return False
    return snapshot.sha256 in {plan.result.sha256, applied}


def refuse_refused(plan: Plan) -> None:
    """Refuse a plan whose result HAProxy refused; its file is only for reading."""
    if plan.verdict.status is Status.REFUSED:
        first = plan.verdict.findings[0].fault
        raise UnsafePlanError(
            f"HAProxy refused the result when this plan was made: {first}",
            hint="nothing was sent; correct the source, then: hsync plan",
        )


def refuse_other_target(client: DataplaneClient, plan: Plan) -> None:
    """Refuse a plan for another target."""
    if client.identity != plan.target.url:
        raise StalePlanError(
            f"the plan was made for {plan.target.url}, this target is {client.identity}",
            hint="make a plan for this target: `hsync plan`, or apply to that of the plan: `hsync apply PLAN`",
        )
    if client.traits.keeps_text != plan.target.keeps_text:
        kinds = {True: "stores texts unchanged", False: "rewrites texts"}
        raise StalePlanError(
            f"the plan was made for a target that {kinds[plan.target.keeps_text]}, {client.identity} "
            f"{kinds[client.traits.keeps_text]}",
            hint="make a plan for this target: hsync plan",
        )


def refuse_moved(snapshot: Snapshot, plan: Plan, client: DataplaneClient) -> None:
    """Refuse a stale plan: version, text, disk and memory of the target must be those of the plan's base."""
    refuse_split_brain(snapshot, client)
    base, now, moved = plan.base, base_of(snapshot), []
    if now.disk_version != base.disk_version:
        moved.append(f"now {_disk(now)}, when the plan was made {_disk(base)}")
    if now.version != base.version:
        moved.append(f"its version is {now.version}, the plan was made on version {base.version}")
    if now.sha256 != base.sha256:
        moved.append(f"its text is sha256:{now.sha256[:12]}, the plan was made on sha256:{base.sha256[:12]}")
    if moved:
        raise StalePlanError(
            "\n  ".join([f"{client.url} has changed since the plan was made:", *moved]),
            hint="nothing was sent; make the plan again to see the changes, and review it: hsync plan",
        )


def _disk(base: Base) -> str:
    """Whether disk and memory of the server agree, in words."""
    if base.disk_version is None:
        return "disk and memory agree"
    return f"a failed reload has left version {base.disk_version} on disk and version {base.version} in memory"
