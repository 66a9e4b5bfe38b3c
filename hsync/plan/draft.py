"""draft: a comparison made into a plan that still lacks its proof.

Rule 1: pure. The clock, the target and the proof belong to `session`.
Rule 2: a draft with no operations means that both sides mean the same; it may still have notes.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from hsync.model import CONFIGURATION, BoundSection, Configuration, Resource, did_you_mean
from hsync.plan.changes import Where, changes_for
from hsync.plan.compare import Delta, compare
from hsync.plan.fields import shown, why
from hsync.plan.lanes import choose_lane, too_slow
from hsync.plan.operations import operations_for
from hsync.plan.plan import RAW, Action, Change, Lane, Operation, Request, Unaddressed
from hsync.schema import Shape
from hsync.sections import by_kind, by_path, grammar
from hsync.syntax import check, emit

__all__ = ["Draft", "draft", "draft_of_text"]

RAW_PATH = f"{CONFIGURATION}/raw"
"""Where the whole text is pushed."""


@dataclass(frozen=True, slots=True)
class Draft:
    """See the fields of the same names in `Plan`."""

    lane: Lane
    lane_reason: str
    operations: tuple[Operation, ...]
    changes: tuple[Change, ...]
    deltas: tuple[Delta, ...]
    unaddressed: tuple[Unaddressed, ...]
    attention: tuple[str, ...]
    notes: tuple[str, ...]


def draft(
    current: Configuration,
    desired: Configuration,
    *,
    api: str,
    where: Where | None = None,
    raw: str = "",
    kept: bool = False,
) -> Draft:
    """Compare two configurations and say what must be sent.

    Args:
        current: what the target runs.
        desired: what it should run; its text has no faults (see `syntax.check`).
        api: the target's API release, `3.2`.
        where: names the source of a line of the desired text; default: the document's own name and the line.
        raw: why the whole text is to be pushed, even where both sides mean the same; "" to choose the lane.
        kept: whether the target keeps the text that it is given.
    """
    where = where or desired.document.where
    deltas = compare(current, desired)
    changes = changes_for(deltas, where)
    lane, reason = (Lane.RAW, raw) if raw else choose_lane(deltas, api)
    operations = operations_for(deltas, api) if lane is Lane.TRANSACTION else ()
    if slow := too_slow(len(operations), _lines(desired)):
        lane, reason = Lane.RAW, slow
    if lane is Lane.RAW:
        operations = (_push(desired),)
    return Draft(
        lane,
        reason if deltas or raw else "nothing to do",
        tuple(map(_Carriers(changes).carry, operations)),
        changes,
        deltas,
        tuple(_unaddressed(current, desired, deltas, where)),
        tuple(_attention(deltas)),
        tuple(_notes(current, desired, deltas, lane, kept=kept)),
    )


def draft_of_text(made: Draft, current: Configuration, desired: Configuration) -> Draft:
    """A draft for two texts that differ and mean the same, for a target that keeps text: the desired one is pushed.

    HAProxy is reloaded only if some of the words that it reads, or their order, are others.

    Args:
        made: the draft without operations.
        current: what the target holds.
        desired: what it should hold.
    """
    same = _words(current) == _words(desired)
    what = "comments, blank lines or spelling" if same else "the order of lines or sections"
    reason = f"only the text differs, in {what}: it means the same"
    return replace(made, lane=Lane.RAW, lane_reason=reason, operations=(replace(_push(desired), reload=not same),))


def _words(configuration: Configuration) -> list[tuple[tuple[str, ...], ...]]:
    """All that HAProxy reads, in order."""
    return [section.meaning for section in configuration.document.sections if section.kind or section.directives]


def _lines(configuration: Configuration) -> int:
    return sum(section.text.count("\n") for section in configuration.document.sections)


def _push(desired: Configuration) -> Operation:
    return Operation(1, "update", Action.REPLACE, RAW, Request("POST", RAW_PATH, (), emit(desired.document)))


_INDEX = re.compile(r"\[\d+\]\Z")


class _Carriers:
    """The changes by the place that an operation must write to carry them."""

    def __init__(self, changes: Sequence[Change]) -> None:
        self.all = tuple(change.address for change in changes)
        self.by_place: dict[str, list[str]] = {}
        self.by_section: dict[str, list[str]] = {}
        for address in self.all:
            place = _INDEX.sub("", address)
            self.by_place.setdefault(place, []).append(address)
            self.by_section.setdefault(_section_of(place), []).append(address)

    def carry(self, operation: Operation) -> Operation:
        """The operation with the addresses of the changes that it carries."""
        if operation.address == RAW:
            return replace(operation, changes=self.all)
        whole = operation.action is Action.DELETE or ("full_section", "true") in operation.request.query
        if whole and _section_of(operation.address) == operation.address:
            return replace(operation, changes=tuple(self.by_section.get(operation.address, ())))
        return replace(operation, changes=tuple(self.by_place.get(operation.address, ())))


def _section_of(place: str) -> str:
    """The section of an address: its collection and name, or the singleton."""
    collection, *rest = place.split("/", 2)
    known = by_path().get(collection)
    singleton = known is not None and known.shape is Shape.SINGLETON
    return collection if singleton or not rest else f"{collection}/{rest[0]}"


def _unaddressed(
    current: Configuration, desired: Configuration, deltas: Iterable[Delta], where: Where
) -> Iterator[Unaddressed]:
    """Opaque lines of the sections that change, and of all sections of a kind that the API does not know."""
    touched = {delta.key: delta for delta in deltas}
    for key, section in desired.sections.items():
        if key not in touched and section.kind in by_kind():
            continue
        before = set(_opaque(current, key))
        for one in desired.bound(key).opaque:
            equal = one.meaning in before
            near = "" if equal else did_you_mean(key[0], one.line.words)
            reason = f"{why(one)}; did you mean `{near}`?" if near else why(one)
            yield Unaddressed(where(one.line.number), shown(one.line), reason, equal)


def _opaque(configuration: Configuration, key: tuple[str, str]) -> Iterator[Hashable]:
    if key in configuration.sections:
        yield from (one.meaning for one in configuration.bound(key).opaque)


def _attention(deltas: Iterable[Delta]) -> Iterator[str]:
    for delta in deltas:
        if delta.key[0] == "frontend":
            before, after = _backends(delta.before), _backends(delta.after)
            yield from (f"new traffic path: {delta.address} → backends/{name}" for name in after if name not in before)
            if delta.after is not None:
                yield from (
                    f"no more traffic: {delta.address} → backends/{name}" for name in before if name not in after
                )
        if delta.after is None:
            servers = len(delta.either.children.get("servers", ()))
            yield f"deletes {delta.address}" + (f" with {servers} server{'s' * (servers != 1)}" if servers else "")


def _backends(section: BoundSection | None) -> dict[str, None]:
    """Backends that a frontend may send traffic to, in order."""
    if section is None:
        return {}
    names = [section.base.get("default_backend")]
    names += [one.body.get("name") for one in section.children.get("backend_switching_rules", ())]
    return dict.fromkeys(str(name) for name in names if name)


def _notes(
    current: Configuration, desired: Configuration, deltas: Sequence[Delta], lane: Lane, *, kept: bool
) -> Iterator[str]:
    good = {section.text for section in desired.document.sections}
    place = "in the file now" if kept else "on the server"
    yield from (f"{place}: {fault}" for fault in check(current.document, grammar(), good, kept=kept))
    if not kept:
        yield from _unsent(current, desired, deltas, lane)


def _unsent(current: Configuration, desired: Configuration, deltas: Sequence[Delta], lane: Lane) -> Iterator[str]:
    """Comments that differ, and stay as they are."""
    touched = {delta.key for delta in deltas}
    spelled = [
        " ".join(filter(None, key))
        for key, section in desired.sections.items()
        if key not in touched
        and key in current.sections
        and current.sections[key].text != section.text
        and _comments(current.sections[key].text) != _comments(section.text)
    ]
    if spelled:
        more = f" and {len(spelled) - 3} more" if len(spelled) > 3 else ""
        yield f"comments differ in {', '.join(spelled[:3])}{more}: HAProxy ignores them, nothing is sent"
    if lane is Lane.TRANSACTION:
        dropped = sum(1 for _ in _commented(deltas))
        if dropped:
            which = "a comment at the end of a changed line is"
            if dropped > 1:
                which = f"{dropped} comments at the end of changed lines are"
            yield f"{which} not carried: the API has no field for them"


def _commented(deltas: Iterable[Delta]) -> Iterator[Resource]:
    """Children that are sent and whose desired line ends in a comment."""
    for delta in deltas:
        if delta.after is None:
            continue
        created = (one for many in delta.after.children.values() for one in many)
        changed = (one for collection in delta.collections for one in collection.after)
        for one in created if delta.before is None else changed:
            if one.line is not None and one.line.comment is not None:
                yield one


def _comments(text: str) -> list[str]:
    if "#" not in text:
        return []
    return [line.strip() for line in text.splitlines() if line.lstrip().startswith("#")]
