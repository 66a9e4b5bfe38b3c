"""sides: one section as hsync's last apply has left it, as the target has it, and as it is desired; see `whose`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from hsync.model import LINES, Configuration, ResourceSection, as_text, normal
from hsync.plan.changes import in_words
from hsync.plan.compare import Delta, place_of
from hsync.plan.edits import Edit
from hsync.plan.fields import attributes
from hsync.plan.order import tangles
from hsync.plan.pairing import Pairing, items, ranks
from hsync.plan.plan import Action, Change
from hsync.schema import Json

__all__ = ["Sides"]

Verdict = tuple[bool, bool]
"""Whether a change undoes what somebody else has changed, and whether the desired text has changed it."""


@dataclass(frozen=True)
class Sides:
    """The three sides of a section, with masked secrets; None where it does not exist.

    Args:
        left: what the last apply has left.
        current: what the target has.
        desired: what it is to have.
        parents: the defaults sections from which the three inherit.
        fit: whether the steps of the delta fit the sides.
    """

    left: ResourceSection | None
    current: ResourceSection | None
    desired: ResourceSection | None
    parents: tuple[str, str, str]
    fit: bool

    @classmethod
    def of(cls, delta: Delta, *sides: Configuration) -> Sides:
        """The sides of the section of a delta."""
        found = [side.resources(delta.key) if delta.key in side.sections else None for side in sides]
        if delta.either.type is None:
            found = [_as_text(one) for one in found]
        typed = all(one is None or (one.type is None) == (delta.either.type is None) for one in found)
        pairs = ((delta.before, found[1]), (delta.after, found[2]))
        fit = typed and all(_shape(real) == _shape(masked) for real, masked in pairs)
        left, current, desired = (side.parents.get(delta.key, "") for side in sides)
        return cls(found[0], found[1], found[2], (left, current, desired), fit=fit)

    def as_texts(self) -> Verdict:
        """For a section whose sides cannot be compared object by object."""
        left, current, desired = (tuple(_lines(one)) for one in (self.left, self.current, self.desired))
        return left != current, left != desired

    def own(self, change: Change) -> Verdict:
        """For the section's own object."""
        left, current, desired = (
            _own(one, parent) for one, parent in zip((self.left, self.current, self.desired), self.parents, strict=True)
        )
        if change.action is Action.CREATE:
            return self.left is not None, self.left is None or left != desired
        if change.action is Action.DELETE:
            return self.left is None or left != current, self.left is not None
        names = {*(change.before or ()), *(change.after or ())}
        return _differ(left, current, names), _differ(left, desired, names)

    def child(self, path: str, edit: Edit) -> Verdict:
        """For a child or an opaque line."""
        there = Pairing.of(self.left, self.current, path), Pairing.of(self.left, self.desired, path)
        if there[0].equal != there[1].equal:  # only one side has changed the collection
            return there[1].equal, there[0].equal
        if edit.action is Action.MOVE:
            return self._moved(path, edit, there[0])
        found = self._attributes(path, edit, *there) or _verdict(edit, *there)
        return found if any(found) else self._counted(path, edit)

    def _attributes(self, path: str, edit: Edit, current: Pairing, desired: Pairing) -> Verdict | None:
        """For an update of an object that all three sides have, by its attributes."""
        if edit.before is None or edit.after is None or path == LINES:
            return None
        origin = current.origin.get(edit.before)
        if origin is None or origin != desired.origin.get(edit.after):
            return None
        places = ((self.left, origin), (self.current, edit.before), (self.desired, edit.after))
        left, now, then = (_flat(one.children[path][at].body) for one, at in places if one is not None)
        names = {name for name in {*now, *then} if now.get(name) != then.get(name)}
        return _differ(left, now, names), _differ(left, then, names)

    def _moved(self, path: str, edit: Edit, current: Pairing) -> Verdict:
        """For a move: by the order of its object and each of those that stay."""
        before, after = edit.before or 0, edit.after or 0
        left, undoes, yours = current.origin.get(before), False, False
        if left is None or self.left is None or self.current is None or self.desired is None:
            return True, True
        olds, nows, thens = (ranks(one, path) for one in (self.left, self.current, self.desired))
        here = Pairing.of(self.current, self.desired, path)
        for then, now in here.origin.items():
            old = current.origin.get(now)
            if then in here.moved or old is None or (nows[before] < nows[now]) == (thens[after] < thens[then]):
                continue
            as_left = (olds[left] < olds[old]) == (nows[before] < nows[now])
            undoes, yours = undoes or not as_left, yours or as_left
        if path == LINES and not (undoes or yours):
            was = place_of(self.left, left)
            undoes, yours = was != place_of(self.current, before), was != place_of(self.desired, after)
        return (undoes, yours) if undoes or yours else (True, True)

    def _counted(self, path: str, edit: Edit) -> Verdict:
        """For equal objects: by their number on each side."""
        side, index = (self.current, edit.before) if edit.after is None else (self.desired, edit.after)
        what = items(side, path)[index or 0].meaning
        left, now, then = (
            sum(one.meaning == what for one in items(side, path)) for side in (self.left, self.current, self.desired)
        )
        if edit.action is Action.DELETE:
            return now > left, then < left
        return (now < left, then > left) if edit.action is Action.CREATE else (False, False)


def _verdict(edit: Edit, current: Pairing, desired: Pairing) -> Verdict:
    """By what has become of the object before the step, and of the one behind it, on the other sides."""
    undoes = yours = False
    if edit.before is not None:
        origin = current.origin.get(edit.before)
        undoes = origin is None or edit.before in current.changed
        yours = origin is not None and not desired.is_same(origin)
    if edit.after is not None:
        origin = desired.origin.get(edit.after)
        yours = yours or origin is None or edit.after in desired.changed
        undoes = undoes or (origin is not None and not current.is_same(origin))
    return undoes, yours


def _differ(one: Mapping[str, Json], other: Mapping[str, Json], names: Iterable[str]) -> bool:
    return any(one.get(name) != other.get(name) for name in names)


def _flat(body: Mapping[str, Json]) -> dict[str, Json]:
    return {name: normal(value) for name, value in attributes(body).items()}


def _own(section: ResourceSection | None, parent: str) -> dict[str, Json]:
    """The attributes of a section's own object as `changes_for` names them."""
    if section is None:
        return {}
    body = {name: value for name, value in section.base.items() if name != "from"}
    order = in_words(tangles(section.section)) if section.type else {}
    return {**_flat({**body, **({"from": parent} if parent else {})}), **order}


def _as_text(section: ResourceSection | None) -> ResourceSection | None:
    if section is None or section.type is None:
        return section
    return as_text(section.section, section.name, "compared as text")


def _lines(section: ResourceSection | None) -> Iterator[object]:
    yield from (one.meaning for one in section.section.directives) if section is not None else ()


def _shape(section: ResourceSection | None) -> tuple[int, dict[str, int]]:
    """The numbers of opaque lines and children."""
    if section is None:
        return 0, {}
    return len(section.opaque), {path: len(many) for path, many in section.children.items()}
