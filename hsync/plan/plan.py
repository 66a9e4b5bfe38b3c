"""Plan: base, operations and promised result of a change. Plain data; made once, then compared, printed, saved and
executed by independent code.

Rule 1: a plan does not depend on the clock, the host or the order of a dict: equal inputs give an equal Plan.
Rule 2: to execute a plan means to send `operations` in order, and nothing else.
Rule 3: only `store.planfile` reads and writes the serialized form: a new field is a new format.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from hsync.plan.verdict import UNASKED, Verdict

if TYPE_CHECKING:
    from hsync.model import Address
    from hsync.plan.risk import Risk
    from hsync.schema import Json

__all__ = [
    "RAW",
    "UNCHANGED",
    "Action",
    "Base",
    "Change",
    "Hunk",
    "Operation",
    "Plan",
    "Request",
    "Result",
    "Target",
    "Unaddressed",
    "Whose",
]

RAW = "raw"
"""The address of the only operation of a raw plan: the whole text."""

UNCHANGED = "# (unchanged)\n"
"""The first line of a section whose lines a plan file does not have, in `Base.sections`."""


class Action(StrEnum):
    """The action on a resource."""

    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"
    MOVE = "move"
    REPLACE = "replace"
    """Only in operations: replaces a whole ordered list, or the whole text."""


class Whose(StrEnum):
    """Whose change a change is, as the text of hsync's last apply shows. In the order in which people read them."""

    UNDOES = "undoes"
    """It reverts what somebody else has changed on the target since."""
    BOTH = "both"
    """It replaces what somebody else has changed by something that the desired text has changed, too."""
    YOURS = "yours"
    """Only the desired text has changed."""


@dataclass(frozen=True, slots=True)
class Change:
    """A change for a reviewer: a resource and its attributes before and after.

    Args:
        action: CREATE, UPDATE, DELETE or MOVE.
        address: `backends/web/servers/s1`; with an index for members of ordered lists, `frontends/www/acls[2]`
            (position after the change; before it for a DELETE); for an opaque line `backends/web/lines[0]`.
        before: attributes before: all of them for a DELETE, the changed ones for an UPDATE, else None.
        after: attributes after: all of them for a CREATE, the changed ones for an UPDATE, else None.
        line_before: the line before; "" for none.
        line_after: the line after; "" for none.
        was: the former index of a MOVE.
        source: the place of the desired line: `templates/haproxy.cfg.j2:41` or `haproxy.cfg:41`; "" for a DELETE.
        units: units of attributes that are times (`ms`) or sizes (`B`), only for output.
        whose: whose change it is; None if no text of hsync's last apply was at hand (see `Base.left`).
    """

    action: Action
    address: Address
    before: dict[str, Json] | None = None
    after: dict[str, Json] | None = None
    line_before: str = ""
    line_after: str = ""
    was: int | None = None
    source: str = ""
    units: dict[str, str] = field(default_factory=dict)
    whose: Whose | None = None


@dataclass(frozen=True, slots=True)
class Request:
    """An HTTP request of the Data Plane API, without the parameters of the transaction.

    Args:
        method: POST, PUT or DELETE.
        path: below the base path, `/services/haproxy/configuration/backends/web/servers/s1`.
        query: pairs in order, `(("full_section", "true"),)`.
        body: JSON, the text of a raw push, or None.
    """

    method: str
    path: str
    query: tuple[tuple[str, str], ...] = ()
    body: Json = None


@dataclass(frozen=True, slots=True)
class Operation:
    """A request with its changes.

    Args:
        seq: its number in the plan, from 1.
        phase: `create`, `update` or `delete`, which decides about its place in the plan.
        action: the action on the address.
        address: the written address, `backends/web/servers/s1`; RAW for the raw lane.
        request: the request.
        inverse: requests, in order, that undo it as far as the API can: a named child that is deleted from the middle
            is restored as the last one, a deleted section without its opaque lines. Only for people; hsync does not
            send them. Empty for RAW (the inverse is the base text).
        changes: addresses of its changes.
        reload: whether it needs a reload of HAProxy.
    """

    seq: int
    phase: str
    action: Action
    address: str
    request: Request
    inverse: tuple[Request, ...] = ()
    changes: tuple[str, ...] = ()
    reload: bool = True


@dataclass(frozen=True, slots=True)
class Target:
    """The target of a plan. `apply` refuses any other target.

    Args:
        name: as in hsync.toml, or derived from the URL or path.
        url: `https://edge1.example:5555`, `unix:///run/dataplane.sock`, or `file:` and the path of a haproxy.cfg.
        api: API release, `3.2`; "embedded" targets speak the newest.
        keeps_text: whether the target stores a text byte for byte, as a file does. A server rewrites it.
    """

    name: str
    url: str
    api: str
    keeps_text: bool = False


@dataclass(frozen=True, slots=True)
class Base:
    """The snapshot on which a plan is based.

    Args:
        version: the configuration version, which writes must name.
        sha256: hex digest of the text without the server's header lines.
        disk_version: the version of that text if a reload failed and the server's memory is newer than its disk; None
            if both agree.
        sections: the texts of the sections that change, with masked secrets, from which `show` computes the changes
            again. For the raw lane, the texts of all sections; for a file, too, but of those that stay as they are only
            the header, followed by empty lines. None if a mask would change their meaning.
        left: digest of the kept text of hsync's last apply, `sha256:...`, with which the changes were compared to tell
            whose they are; "" if there was none.
    """

    version: int
    sha256: str
    disk_version: int | None = None
    sections: tuple[str, ...] | None = None
    left: str = ""


@dataclass(frozen=True, slots=True)
class Hunk:
    """Replaced lines of a text.

    Args:
        line: number of the first replaced line, from 1; if none is removed, the new lines are inserted before it.
        removed: number of replaced lines.
        added: the new lines, each with its line feed.
    """

    line: int
    removed: int
    added: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Result:
    """The result that a plan promises.

    Args:
        sha256: hex digest of the promised text without header lines: the result of the operations on the base, with
            `layout`.
        diff: unified diff from the base to that text, line by line. For people, with masked secrets.
        layout: for a target that stores a text byte for byte, the difference between the result of the operations and
            the desired text (see `plan.layout`).
    """

    sha256: str
    diff: tuple[str, ...] = ()
    layout: tuple[Hunk, ...] = ()


@dataclass(frozen=True, slots=True)
class Unaddressed:
    """A line that the API cannot address. Only for the reviewer.

    Args:
        where: `file:line`.
        line: the text.
        reason: why the API cannot address it.
        equal: whether it is equal on both sides, and so unchanged.
    """

    where: str
    line: str
    reason: str
    equal: bool


@dataclass(frozen=True, slots=True)
class Plan:
    """A plan. A plan without operations has nothing to do.

    Args:
        target: the target.
        base: the snapshot on which the plan is based.
        inputs: digests of the inputs of the desired text, by name.
        lane: the name of the lane, one of `hsync.lanes`.
        lane_reason: why this lane was chosen.
        changes: the changes for a reviewer, in the order of the configuration.
        operations: the operations, in order.
        result: the promised result.
        unaddressed: lines of the changed sections that the API cannot address.
        risks: what a reviewer should check first, found by the rules of `hsync.risks`.
        drift: differences between the target and the configuration that hsync recorded.
        notes: findings about the server's text, and differences without a meaning (comments).
        verdict: HAProxy's verdict about the result; a refused plan is not applied.
    """

    target: Target
    base: Base
    lane: str
    lane_reason: str
    result: Result
    changes: tuple[Change, ...] = ()
    operations: tuple[Operation, ...] = ()
    inputs: tuple[tuple[str, str], ...] = ()
    unaddressed: tuple[Unaddressed, ...] = ()
    risks: tuple[Risk, ...] = ()
    drift: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    verdict: Verdict = UNASKED

    @property
    def summary(self) -> dict[str, int]:
        """The number of changes of each action, of reloads, and of warnings of HAProxy."""
        count = Counter(change.action for change in self.changes)
        actions = (Action.CREATE, Action.UPDATE, Action.MOVE, Action.DELETE)
        reloads = any(operation.reload for operation in self.operations)
        return {
            **{action.value: count[action] for action in actions},
            "reloads": int(reloads),
            "warnings": self.verdict.warnings,
        }
