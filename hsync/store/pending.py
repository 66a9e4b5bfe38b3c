"""pending: the record of an apply that somebody has yet to confirm, in the state of its target.

Rule 1: it is written before the first request of the apply (the intent), and written again with the full time limit
when the apply has ended. So there is no moment in which the target has an unconfirmed result without the record.
Rule 2: it has no program and no secret: the state may come from version control.
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from hsync.store.clock import Limit

if TYPE_CHECKING:
    from hsync.schema import Fields
    from hsync.store.strict import Node

__all__ = ["Pending", "dump_pending", "read_pending"]

_HEX = re.compile(r"[0-9a-f]{64}")
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_SINCE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


@dataclass(frozen=True, slots=True)
class Pending:
    """An apply that is not confirmed yet.

    Args:
        plan: digest of its plan.
        base: hexadecimal digest of the text of the target before it.
        before: digest of the kept text before it, to which the way back leads.
        limit: when the way back is due.
        after: digest of the kept text that it pushes; "" for an apply in a transaction.
        watcher: the process that takes the way back, `host pid start`; "" before it was started.
        trouble: why the way back could not be taken, for people; "" for no trouble.
        token: tells this record from one of another run of the same plan.
    """

    plan: str
    base: str
    before: str
    limit: Limit
    after: str = ""
    watcher: str = ""
    trouble: str = ""
    token: str = field(default_factory=lambda: secrets.token_hex(8))


def dump_pending(pending: Pending) -> Fields:
    """The record as JSON."""
    limit = pending.limit
    return {
        "after": pending.after,
        "base": pending.base,
        "before": pending.before,
        "limit": {
            "boot": limit.boot,
            "since": limit.since,
            "uptime_ms": limit.uptime_ms,
            "within_ms": limit.within_ms,
        },
        "plan": pending.plan,
        "token": pending.token,
        "trouble": pending.trouble,
        "watcher": pending.watcher,
    }


def read_pending(node: Node) -> Pending:
    """The record from what `dump_pending` wrote.

    Raises:
        Malformed: a field is missing, or has another type.
    """
    after, base, before, limit, plan, token, trouble, watcher = node.fields(
        "after", "base", "before", "limit", "plan", "token", "trouble", "watcher"
    )
    return Pending(
        plan=plan.matching(_DIGEST, "sha256: and 64 hexadecimal digits"),
        base=base.matching(_HEX, "64 hexadecimal digits"),
        before=before.matching(_DIGEST, "sha256: and 64 hexadecimal digits"),
        limit=_read_limit(limit),
        after=after.text(),
        watcher=watcher.text(),
        trouble=trouble.text(),
        token=token.text(),
    )


def _read_limit(node: Node) -> Limit:
    boot, since, uptime_ms, within_ms = node.fields("boot", "since", "uptime_ms", "within_ms")
    limit = Limit(within_ms.integer(0), since.matching(_SINCE, "a time"), boot.text(), uptime_ms.integer(0))
    try:
        _ = limit.until
    except (ValueError, OverflowError, OSError):
        node.refuse("expected a time that exists")
    return limit
