"""Plan: what will be sent, on what ground, and what it promises. Plain data; made once, then compared, printed, saved
and executed by consumers that do not know each other.

Rule 1: nothing in here depends on the clock, the host or the order of a dict: the same inputs give an equal Plan.
Rule 2: whoever executes a plan sends `operations` in order and nothing else.
Rule 3: `store.planfile` is the only reader and writer of the serialized form: a new field is a new format.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from hsync.plan.verdict import UNASKED, Verdict

if TYPE_CHECKING:
    from hsync.model import Address
    from hsync.schema import Json

__all__ = [
    "RAW",
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
]

RAW = "raw"
"""The address of the one operation of a raw plan: the whole text."""


class Action(StrEnum):
    """What happens to a resource."""

    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"
    MOVE = "move"
    REPLACE = "replace"
    """Operations only: a whole ordered list, or the whole text, takes the place of what was there."""


@dataclass(frozen=True, slots=True)
class Change:
    """What a reviewer reads: one resource and its attributes before and after.

    Args:
        action: CREATE, UPDATE, DELETE or MOVE.
        address: `backends/web/servers/s1`; with an index for members of ordered lists, `frontends/www/acls[2]`
            (position after the change; before it for a DELETE); for an opaque line `backends/web/lines[0]`.
        before: attributes before: all of them for a DELETE, the changed ones for an UPDATE, else None.
        after: attributes after: all of them for a CREATE, the changed ones for an UPDATE, else None.
        line_before: the line before, "" when there was none.
        line_after: the line after, "" when there is none.
        was: a MOVE's former position.
        source: where the desired line stands: `templates/haproxy.cfg.j2:41` or `haproxy.cfg:41`; "" for a DELETE.
        units: of the attributes that are times (`ms`) or sizes (`B`), to write them as HAProxy does; decides nothing.
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


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request of the Data Plane API, without what belongs to the transaction.

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
    """One request with the changes that it carries.

    Args:
        seq: place in the plan, from 1.
        phase: `create`, `update` or `delete`: why it stands where it stands.
        action: what the request does to the address.
        address: what it writes, `backends/web/servers/s1`; RAW for the raw lane.
        request: what is sent.
        inverse: requests, in order, that undo it as far as the API can: a named child deleted from the middle comes
            back last, a deleted section without the lines that have no field. For people; nothing replays them.
            Empty for RAW (the inverse is the base text).
        changes: addresses of the changes that it carries.
        reload: whether HAProxy is reloaded for it.
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
    """Whom the plan is for. `apply` refuses any other.

    Args:
        name: as in hsync.toml, or derived from the URL or path.
        url: `https://edge1.example:5555`, `unix:///run/dataplane.sock`, or `file:` and the path of a haproxy.cfg.
        api: API release, `3.2`; "embedded" targets speak the newest.
        keeps_text: whether the target stores the text that it is given, byte for byte: a file. A server rewrites it.
    """

    name: str
    url: str
    api: str
    keeps_text: bool = False


@dataclass(frozen=True, slots=True)
class Base:
    """The snapshot that the plan was made on.

    Args:
        version: the configuration version, which writes must name.
        sha256: hex digest of the text without the server's header lines.
        disk_version: the version of that text, where a reload failed and the server's memory is ahead of its disk; None
            where both agree.
        sections: the texts of the sections that change, with secrets masked: `show` makes what it shows from these and
            the operations. For the raw lane those of all sections; None where masking would change their meaning.
    """

    version: int
    sha256: str
    disk_version: int | None = None
    sections: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Hunk:
    """Lines of a text that others take the place of.

    Args:
        line: the first of them, from 1; the one in front of which others are put if none is removed.
        removed: how many there are.
        added: the others, each with its line feed.
    """

    line: int
    removed: int
    added: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Result:
    """What the plan promises.

    Args:
        sha256: hex digest of the promised text (header lines left out): what replaying the operations on the base
            gives, with `layout`.
        diff: unified diff from the base to that text, line by line. For people, with secrets masked.
        layout: for a target that keeps its text, what that text has besides its meaning (see `plan.layout`): the
            difference between what the operations lead to and the desired text.
    """

    sha256: str
    diff: tuple[str, ...] = ()
    layout: tuple[Hunk, ...] = ()


@dataclass(frozen=True, slots=True)
class Unaddressed:
    """A line that the API cannot address. Shown to the reviewer, decides nothing.

    Args:
        where: `file:line`.
        line: the text.
        reason: why.
        equal: True when it is the same on both sides, and only kept.
    """

    where: str
    line: str
    reason: str
    equal: bool


@dataclass(frozen=True, slots=True)
class Plan:
    """A plan. Nothing to do = no operations.

    Args:
        target: whom it is for.
        base: the snapshot it was made on.
        inputs: digests of what the desired text was made from, by name.
        lane: how it reaches the server: the name of one of `hsync.lanes`.
        lane_reason: why this lane.
        changes: what a reviewer reads, in the order of the configuration.
        operations: what is sent, in order.
        result: what it promises.
        unaddressed: lines that the API cannot address, of the sections concerned.
        attention: what a reviewer should look at first.
        drift: how the target differs from what hsync last applied there.
        notes: facts about the server's text, and differences without a meaning (comments).
        verdict: what HAProxy says about the result; a plan that it refuses is not applied.
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
    attention: tuple[str, ...] = ()
    drift: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    verdict: Verdict = UNASKED

    @property
    def summary(self) -> dict[str, int]:
        """How many changes of each action, how many reloads, and of how many things HAProxy warns."""
        count = Counter(change.action for change in self.changes)
        actions = (Action.CREATE, Action.UPDATE, Action.MOVE, Action.DELETE)
        reloads = any(operation.reload for operation in self.operations)
        return {
            **{action.value: count[action] for action in actions},
            "reloads": int(reloads),
            "warnings": self.verdict.warnings,
        }
