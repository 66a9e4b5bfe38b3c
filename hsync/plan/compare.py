r"""compare: the sections that differ in meaning, and their differences.

Rule 1: equal parts are skipped as early as possible: same text, then same decoded words, then same objects. Only
sections that differ in words are turned into API objects.
Rule 2: equal means equal in meaning. JSON bodies are compared with decoded strings. Opaque lines have no body; see the
example below. The order of lines with different keywords is ignored, except for the keywords in `order`.
Lines that are equal on both sides are not read if only named children differ, see `window`.
Rule 3: "no changes", "proved" and "applied" mean `compare(a, b) == ()` everywhere in hsync.

Opaque lines are compared by their meaning (`Opaque.meaning`: the decoded words, unless a form can read the line), by
their order within a group of keywords (`_group`), and by the number of children of their keyword above them
(`Opaque.after`). Example: hsync has no form for `http-request odd-thing`, so the line is opaque; `http-request deny` is
a child. HAProxy evaluates the two rules in order, so swapping them is a change: the opaque line is still the first
opaque line, but the child above it is gone.

>>> def steps(before, after):
...     old, new = Configuration.from_text(before), Configuration.from_text(after)
...     return [f"{edit.action} {edit.before} to {edit.after}" for delta in compare(old, new) for edit in delta.opaque]
>>> deny, odd = " http-request deny\n", " http-request odd-thing\n"
>>> steps(f"frontend www\n{deny}{odd}", f"frontend www\n{odd}{deny}")
['move 0 to 0']

The server sorts the lines of a section by keyword, so the order of opaque lines with different keywords is no
difference. The order of lines with the same keyword is:

>>> steps("backend web\n odd a\n strange b\n", "backend web\n strange b\n odd a\n")
[]
>>> steps("backend web\n odd a\n odd b\n", "backend web\n odd b\n odd a\n")
['move 0 to 1']

Quoting is no difference, an additional line is:

>>> steps("backend web\n odd 'a b'\n", "backend web\n odd a\\ b\n odd c\n")
['create None to 1']
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass

from hsync.model import Address, Configuration, Opaque, Resource, ResourceSection, as_text, normal
from hsync.plan.edits import Edit, common_ends, edit_script, named_script
from hsync.plan.order import Tangle, tangles
from hsync.plan.plan import Action
from hsync.plan.window import cut, window
from hsync.schema import Json, Shape
from hsync.sections import grammar
from hsync.syntax import BLOCK, Directive, Section

__all__ = ["Collection", "Delta", "by_group", "collection_of", "compare", "opaque_edits", "place_of"]

Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Collection:
    """The changes of one collection of children.

    Args:
        child: its path.
        before: the current children; if only some named children are updated or deleted, perhaps only these.
        after: the desired children, likewise.
        edits: the steps, with indexes in `before` and `after`.
    """

    child: str
    before: tuple[Resource, ...]
    after: tuple[Resource, ...]
    edits: tuple[Edit, ...]

    @property
    def sent(self) -> tuple[Resource, ...]:
        """The desired children of `edits`."""
        return tuple(self.after[edit.after] for edit in self.edits if edit.after is not None)

    @property
    def stays_in_place(self) -> bool:
        """Whether no child is created or moved, so that all other children keep their places."""
        return all(edit.action in {Action.UPDATE, Action.DELETE} for edit in self.edits)


@dataclass(frozen=True, slots=True)
class Delta:
    """The changes of one section.

    Args:
        key: kind and name.
        before: the current section; None if it is created. `base["from"]` is set only if the header has `from NAME`.
        after: the desired section; None if it is deleted.
        base: whether the section's own object differs.
        parents: the defaults section before and after, from the header or by position.
        collections: the collections that differ, in the order of the section type.
        opaque: changes of the opaque lines.
        tangles: lines in an order that the API cannot express, before and after.
    """

    key: Key
    before: ResourceSection | None
    after: ResourceSection | None
    base: bool = False
    parents: tuple[str, str] = ("", "")
    collections: tuple[Collection, ...] = ()
    opaque: tuple[Edit, ...] = ()
    tangles: tuple[tuple[Tangle, ...], tuple[Tangle, ...]] = ((), ())

    @property
    def reordered(self) -> bool:
        """Whether the order of lines with different keywords differs in meaning."""
        before, after = self.tangles
        return [tangle.order for tangle in before] != [tangle.order for tangle in after]

    @property
    def only_places(self) -> bool:
        """Whether both sides have the same lines, and differ only in the places of lines and sections."""
        before, after = self.before, self.after
        if before is None or after is None or self.collections:
            return False
        moved = all(edit.action is Action.MOVE for edit in self.opaque)
        return moved and normal(_own(before)) == normal(_own(after))

    def all_of(self, collection: Collection) -> tuple[tuple[Resource, ...], tuple[Resource, ...]]:
        """All children of a collection, before and after. Reads all lines of the section."""
        sides = (self.before, self.after)
        before, after = (side.children.get(collection.child, ()) if side else () for side in sides)
        return before, after

    @property
    def address(self) -> Address:
        """The section's address; for a kind that the API does not have, with the keyword as the collection."""
        section = self.either
        return Address(section.type.path if section.type else section.kind, section.name)

    @property
    def either(self) -> ResourceSection:
        """The desired section; the current one if it is deleted."""
        section = self.after or self.before
        assert section is not None, "a delta has a side"
        return section


def compare(current: Configuration, desired: Configuration) -> tuple[Delta, ...]:
    """The changes from `current` to `desired`.

    Returns:
        One delta for each section that differs in meaning: first the sections of `desired` in the order of its text,
        then the deleted sections in the order of `current`. Empty if both have the same meaning.
    """
    if current.document.sections == desired.document.sections:
        return ()
    found = [_section(current, desired, key) for key in desired.sections]
    found += [
        Delta(key, current.resources(key), None, parents=(current.parents.get(key, ""), ""))
        for key in current.sections
        if key not in desired.sections and not _is_empty(current.resources(key))
    ]
    return tuple(delta for delta in found if delta is not None)


def _is_empty(section: ResourceSection) -> bool:
    """Whether a section is a singleton without lines, which means the same as no section."""
    singleton = section.type is not None and section.type.shape is Shape.SINGLETON
    return singleton and not (section.base or section.children or section.opaque)


def _section(current: Configuration, desired: Configuration, key: Key) -> Delta | None:
    new = desired.sections[key]
    parents = (current.parents.get(key, ""), desired.parents.get(key, ""))
    old = current.sections.get(key)
    if old is None:
        after = desired.resources(key)
        if _is_empty(after):
            return None
        return Delta(key, None, after, base=True, parents=parents, tangles=((), _tangles(after)))
    if parents[0] == parents[1] and (old.text == new.text or _same_words(old, new)):
        return None
    delta = _delta(*_same_form(current.resources(key), desired.resources(key)), parents)
    return delta if delta.base or delta.collections or delta.opaque or delta.reordered else None


def _same_form(before: ResourceSection, after: ResourceSection) -> tuple[ResourceSection, ResourceSection]:
    """Both sides as objects, or both as text: an object cannot be compared with a section that must stay text."""
    if before.type is not None and after.type is None:
        before = as_text(before.section, before.name, after.reason)
    elif after.type is not None and before.type is None:
        after = as_text(after.section, after.name, before.reason)
    return before, after


def _same_words(old: Section, new: Section) -> bool:
    """Whether the lines of both sections have the same decoded words, and their headers the same surplus words."""
    first = old.kind != BLOCK  # the first line of a block is a directive
    head, tail = cut(old.lines[first:], new.lines[first:])
    olds, news = (side.part(first + head, len(side.lines) - tail).directives for side in (old, new))
    same = len(olds) == len(news) and all(map(_same_line, olds, news))
    return same and grammar().further(old) == grammar().further(new)


def _same_line(old: Directive, new: Directive) -> bool:
    return old.text == new.text or old.meaning == new.meaning


def _delta(before: ResourceSection, after: ResourceSection, parents: tuple[str, str]) -> Delta:
    found = window(before, after) if parents[0] == parents[1] else None
    if found is None:
        return _whole(before, after, parents)
    collections = [_collection(before, path, *sides) for path, sides in found.items()]
    if any(edit.action is Action.MOVE for collection in collections for edit in collection.edits):
        return _whole(before, after, parents)
    tangled = (_tangles(before), _tangles(after))
    return Delta(after.key, before, after, parents=parents, collections=_changed(collections), tangles=tangled)


def _changed(collections: Iterable[Collection]) -> tuple[Collection, ...]:
    return tuple(collection for collection in collections if collection.edits)


def _whole(before: ResourceSection, after: ResourceSection, parents: tuple[str, str]) -> Delta:
    """The changes of a section, from all of its lines."""
    base = parents[0] != parents[1] or normal(_own(before)) != normal(_own(after))
    paths = after.type.child_by_path if after.type else {}
    collections = [collection_of(before, after, path) for path in paths]
    return Delta(
        after.key,
        before,
        after,
        base=base,
        parents=parents,
        collections=_changed(collections),
        opaque=opaque_edits(before, after),
        tangles=(_tangles(before), _tangles(after)),
    )


def collection_of(before: ResourceSection, after: ResourceSection, path: str) -> Collection:
    """The changes of a collection of two sections with a type.

    Args:
        before: the current section.
        after: the desired section.
        path: the collection.
    """
    return _collection(after, path, before.children.get(path, ()), after.children.get(path, ()))


def _tangles(section: ResourceSection) -> tuple[Tangle, ...]:
    """The tangles of a section; none if it is compared as text, where the order of all lines counts."""
    return tangles(section.section) if section.type else ()


def _own(section: ResourceSection) -> dict[str, Json]:
    return {name: value for name, value in section.base.items() if name != "from"}


def _collection(
    section: ResourceSection, path: str, old: tuple[Resource, ...], new: tuple[Resource, ...]
) -> Collection:
    child = section.type.child_by_path[path] if section.type else None
    olds, news = _comparable(old, new)
    if olds == news or child is None:
        return Collection(path, old, new, ())
    if child.shape is Shape.NAMED and not (_has_duplicates(old) or _has_duplicates(new)):
        edits = named_script(
            [(resource.key, meaning) for resource, meaning in zip(old, olds, strict=True)],
            [(resource.key, meaning) for resource, meaning in zip(new, news, strict=True)],
            ordered=child.ordered,
        )
    else:
        edits = edit_script(olds, news, lambda n, m: _alike(old[n], new[m]))
    return Collection(path, old, new, edits)


def _has_duplicates(resources: Sequence[Resource]) -> bool:
    return len({resource.key for resource in resources}) != len(resources)


def _alike(old: Resource, new: Resource) -> bool:
    """Whether a reviewer would call the change an update: it is the same kind of rule on the same object."""
    names = ("type", "action", "acl_name", "key", "name", "hdr_name", "var_name", "address", "match")
    return old.key == new.key and all(old.body.get(name) == new.body.get(name) for name in names)


def _comparable(old: Sequence[Resource], new: Sequence[Resource]) -> tuple[list[Hashable], list[Hashable]]:
    """Comparable values of children: the text of equal lines at the start and end of both lists, else the meaning."""
    olds, news = _texts(old), _texts(new)
    head, tail = common_ends(olds, news)
    for texts, resources in ((olds, old), (news, new)):
        end = len(texts) - tail
        texts[head:end] = [resource.meaning for resource in resources[head:end]]
    return olds, news


def _texts(resources: Sequence[Resource]) -> list[Hashable]:
    """The lines of children; the meaning of a child without a line, which comes from JSON."""
    return [resource.line.text if resource.line else resource.meaning for resource in resources]


def opaque_edits(before: ResourceSection, after: ResourceSection) -> tuple[Edit, ...]:
    """The changes of the opaque lines; see the example at the head of the module."""
    old, new = by_group(before), by_group(after)
    olds, news = [before.opaque[n].meaning for n in old], [after.opaque[n].meaning for n in new]
    if olds == news:
        # The same lines: a line has moved if another number of children of its keyword is above it.
        pairs = zip(old, new, strict=True)
        return tuple(Edit(Action.MOVE, n, m) for n, m in pairs if place_of(before, n) != place_of(after, m))
    keywords = [before.opaque[n].line.meaning[:1] for n in old], [after.opaque[n].line.meaning[:1] for n in new]
    edits = edit_script(olds, news, lambda n, m: keywords[0][n] == keywords[1][m])
    return tuple(_in_section(edit, old, new) for edit in edits)


def place_of(section: ResourceSection, at: int) -> tuple[tuple[tuple[str, int], ...], int]:
    """The place of an opaque line among the lines of its keyword.

    Returns:
        The number of children above the line, by collection; and for a line in a config-snippet block the number of
        opaque lines of its collections above it, since the block has a group of its own.
    """
    opaque = section.opaque[at]
    others = section.opaque[:at] if opaque.line.snippet and opaque.after else ()
    return opaque.after, sum(1 for other in others if not other.line.snippet and _group(other)[1:] == _paths(opaque))


def _paths(opaque: Opaque) -> tuple[str, ...]:
    return tuple(path for path, _ in opaque.after)


def by_group(section: ResourceSection) -> list[int]:
    """Indexes of the opaque lines sorted by group; in the order of the text for a section that is compared as text."""
    if section.type is None:
        return list(range(len(section.opaque)))
    return sorted(range(len(section.opaque)), key=lambda n: _group(section.opaque[n]))


_SPLIT = frozenset({"option", "stats", "timeout"})
"""First words of many unrelated keywords: their group is the first two words."""


def _group(opaque: Opaque) -> tuple[str, ...]:
    """Group key: lines of one group are order-sensitive. The lines of a config-snippet block are one group."""
    line = opaque.line
    if line.snippet or opaque.after:
        return ("", *_paths(opaque)) if not line.snippet else ("#",)
    words = line.meaning[1:] if line.meaning[0] == "no" else line.meaning
    return words[:2] if words and words[0] in _SPLIT else words[:1]


def _in_section(edit: Edit, old: Sequence[int], new: Sequence[int]) -> Edit:
    """An edit of lines that are sorted by group, with the indexes of the lines in their section."""
    return Edit(
        edit.action,
        None if edit.before is None else old[edit.before],
        None if edit.after is None else new[edit.after],
    )
