"""review: information for a reviewer besides the changes and their risks: unaddressed lines, and notes."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Sequence

from hsync.model import Configuration, Resource, did_you_mean
from hsync.plan.changes import Where
from hsync.plan.compare import Collection, Delta
from hsync.plan.fields import shown, why
from hsync.plan.plan import Unaddressed
from hsync.schema import Shape
from hsync.sections import by_kind, grammar
from hsync.syntax import check

__all__ = ["notes", "unaddressed"]


def unaddressed(
    current: Configuration, desired: Configuration, deltas: Iterable[Delta], where: Where
) -> Iterator[Unaddressed]:
    """Opaque lines of the sections that change, and of all sections of a kind that the API does not know."""
    touched = {delta.key: delta for delta in deltas}
    for key, section in desired.sections.items():
        if key not in touched and section.kind in by_kind():
            continue
        opaque = desired.resources(key).opaque
        before = set(_opaque(current, key)) if opaque else set()
        for one in opaque:
            equal = one.meaning in before
            near = "" if equal else did_you_mean(key[0], one.line.words)
            reason = f"{why(one)}; did you mean `{near}`?" if near else why(one)
            yield Unaddressed(where(one.line.number), shown(one.line), reason, equal)


def _opaque(configuration: Configuration, key: tuple[str, str]) -> Iterator[Hashable]:
    if key in configuration.sections:
        yield from (one.meaning for one in configuration.resources(key).opaque)


def notes(
    current: Configuration, desired: Configuration, deltas: Sequence[Delta], *, kept: bool, comments: bool
) -> Iterator[str]:
    """Findings about the target's text, and comments that are not sent.

    Args:
        current: the current configuration.
        desired: the desired configuration.
        deltas: the sections that change.
        kept: whether the target stores a text byte for byte.
        comments: whether the operations keep comments.
    """
    good = {section.text for section in desired.document.sections}
    place = "in the file now" if kept else "on the server"
    yield from (f"{place}: {fault}" for fault in check(current.document, grammar(), good, kept=kept))
    if not kept:
        yield from _unsent(current, desired, deltas, comments=comments)


def _unsent(
    current: Configuration, desired: Configuration, deltas: Sequence[Delta], *, comments: bool
) -> Iterator[str]:
    """Comments that differ, and are not changed."""
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
    if not comments:
        dropped = sum(1 for _ in _commented(deltas))
        if dropped:
            which = "a comment at the end of a changed line is"
            if dropped > 1:
                which = f"{dropped} comments at the end of changed lines are"
            yield f"{which} not sent: the API has no field for them"


def _commented(deltas: Iterable[Delta]) -> Iterator[Resource]:
    """Children to send whose desired lines end with a comment."""
    for delta in deltas:
        if delta.after is None:
            continue
        created = (one for many in delta.after.children.values() for one in many)
        changed = (one for collection in delta.collections for one in _sent(delta, collection))
        for one in created if delta.before is None else changed:
            if one.line is not None and one.line.comment is not None:
                yield one


def _sent(delta: Delta, collection: Collection) -> Sequence[Resource]:
    """The children that operations write: of a named collection those that change, of a list all."""
    child = delta.either.type.child_by_path[collection.child] if delta.either.type else None
    named = child is not None and child.shape is Shape.NAMED
    return collection.sent if named and collection.stays_in_place else delta.all_of(collection)[1]


def _comments(text: str) -> list[str]:
    if "#" not in text:
        return []
    return [line.strip() for line in text.splitlines() if line.lstrip().startswith("#")]
