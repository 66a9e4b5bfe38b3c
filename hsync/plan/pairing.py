"""pairing: which child or opaque line of one section is which of another.

Children are paired as `compare` does it. A line that the API cannot address has no name: lines that differ are a pair
if no other line of their sections has their first two words (`server web1`, `acl admin`), or their keyword, if it is
that of a setting.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache

from hsync.model import LINES, Opaque, Resource, ResourceSection
from hsync.plan.compare import by_group, collection_of, opaque_edits
from hsync.plan.edits import Edit
from hsync.plan.plan import Action
from hsync.schema import Shape
from hsync.sections import by_kind
from hsync.syntax import meaning

__all__ = ["Pairing", "items", "ranks"]


def items(section: ResourceSection | None, path: str) -> Sequence[Resource | Opaque]:
    """The children of a collection, or the opaque lines (`LINES`); none without a section."""
    if section is None:
        return ()
    return section.opaque if path == LINES else section.children.get(path, ())


def ranks(section: ResourceSection | None, path: str) -> dict[int, int]:
    """The place of each child or opaque line in the order that has a meaning, by its index."""
    order = by_group(section) if section is not None and path == LINES else range(len(items(section, path)))
    return {index: rank for rank, index in enumerate(order)}


@dataclass(frozen=True)
class Pairing:
    """The pairs of one collection of two sections.

    Args:
        origin: index in the first section, by the index in the second.
        heir: the inverse.
        changed: indexes in the second section of those that differ.
        moved: indexes in the second section of those whose place differs.
        equal: whether the collection has the same meaning in both sections.
    """

    origin: dict[int, int] = field(default_factory=dict)
    heir: dict[int, int] = field(default_factory=dict)
    changed: frozenset[int] = frozenset()
    moved: frozenset[int] = frozenset()
    equal: bool = False

    @classmethod
    def of(cls, before: ResourceSection | None, after: ResourceSection | None, path: str) -> Pairing:
        """The pairs of two sections of one form; none if one of them does not exist."""
        if before is None or after is None:
            return cls()
        edits = opaque_edits(before, after) if path == LINES else collection_of(before, after, path).edits
        updates = _same_lines(before, after, edits) if path == LINES else _steps(edits, Action.UPDATE)
        moves = dict(_steps(edits, Action.MOVE))
        pairs = _by_name(before, after, path) or {**_staying(before, after, path, edits), **moves, **dict(updates)}
        olds, news = items(before, path), items(after, path)
        changed = frozenset(new for old, new in pairs.items() if olds[old].meaning != news[new].meaning)
        return cls({new: old for old, new in pairs.items()}, pairs, changed, frozenset(moves.values()), not edits)

    def is_same(self, index: int) -> bool:
        """Whether the second section has what the first has at an index."""
        heir = self.heir.get(index)
        return heir is not None and heir not in self.changed


def _steps(edits: Sequence[Edit], action: Action) -> Iterator[tuple[int, int]]:
    for one in edits:
        if one.action is action and one.before is not None and one.after is not None:
            yield one.before, one.after


def _staying(before: ResourceSection, after: ResourceSection, path: str, edits: Sequence[Edit]) -> dict[int, int]:
    """The pairs without a step, which have the same order on both sides."""
    gone, come = {one.before for one in edits}, {one.after for one in edits}
    olds, news = (n for n in ranks(before, path) if n not in gone), (m for m in ranks(after, path) if m not in come)
    return dict(zip(olds, news, strict=True))


def _by_name(before: ResourceSection, after: ResourceSection, path: str) -> dict[int, int]:
    """The pairs of children with names, which are paired wherever they are; none if they have no unique names."""
    child = after.type.child_by_path.get(path) if after.type else None
    if child is None or child.shape is not Shape.NAMED:
        return {}
    olds, news = ([meaning(one.key) for one in side.children.get(path, ())] for side in (before, after))
    if len(set(olds)) < len(olds) or len(set(news)) < len(news):
        return {}
    places = {name: index for index, name in enumerate(news)}
    return {index: places[name] for index, name in enumerate(olds) if name in places}


def _same_lines(before: ResourceSection, after: ResourceSection, edits: Sequence[Edit]) -> Iterator[tuple[int, int]]:
    """The pairs of lines that differ and are the same setting or object."""
    steps = [one for one in edits if one.action is not Action.MOVE]
    gone = {one.before: None for one in steps if one.before is not None}
    come = {one.after: None for one in steps if one.after is not None}
    for length in (2, 1):
        olds, news = _unique(before.opaque, length), _unique(after.opaque, length)
        for words in olds.keys() & news.keys():
            old, new = olds[words], news[words]
            if old in gone and new in come:
                del gone[old], come[new]
                yield old, new


def _unique(lines: Sequence[Opaque], length: int) -> dict[tuple[str, ...], int]:
    """The lines whose first words no other line has, by these words; by one word only if it is that of a setting."""
    words = [tuple(one.line.meaning[:length]) for one in lines]
    count = Counter(words)
    return {one: at for at, one in enumerate(words) if count[one] == 1 and not (length == 1 and one[0] in _listed())}


@cache
def _listed() -> frozenset[str]:
    """The first words of the lines that are objects of a collection in some kind of section."""
    children = (child for section in by_kind().values() for child in section.children)
    return frozenset(head[0] for child in children for head in child.table.by_head)
