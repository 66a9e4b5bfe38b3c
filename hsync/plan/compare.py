"""compare: which sections differ in meaning, and in what.

Rule 1: what is equal is skipped as early as it is known to be: same text, same decoded words, same objects. Only
sections that differ in words are bound.
Rule 2: equality is meaning. JSON bodies are compared with strings replaced by their decoded words; opaque lines by what
they say where a row reads them, else by their decoded words, and by their place among the lines of their keyword; the
order of lines of different keywords counts where `order` says that it means something.
Rule 3: `compare(a, b) == ()` is what "no changes", "proved" and "applied" mean everywhere in hsync.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

from hsync.model import Address, BoundSection, Configuration, Opaque, Resource, as_text, normal
from hsync.plan.edits import Edit, common_ends, edit_script, named_script
from hsync.plan.order import Tangle, tangles
from hsync.plan.plan import Action
from hsync.schema import Json, Shape
from hsync.sections import grammar
from hsync.syntax import Section

__all__ = ["Collection", "Delta", "compare"]

Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Collection:
    """How one collection of a section's children changes."""

    child: str
    before: tuple[Resource, ...]
    after: tuple[Resource, ...]
    edits: tuple[Edit, ...]


@dataclass(frozen=True, slots=True)
class Delta:
    """How one section changes; `before` or `after` is None when it is created or deleted.

    Args:
        key: kind and name.
        before: the section as it is; its `base["from"]` is there when the header says it.
        after: the section as it should be.
        base: whether its own object differs.
        parents: the defaults section before and after, whether written in the header or taken by position.
        collections: the collections that differ, in the order of the section type.
        opaque: steps between the opaque lines.
        tangles: what of the order of lines the API cannot say, before and after.
    """

    key: Key
    before: BoundSection | None
    after: BoundSection | None
    base: bool = False
    parents: tuple[str, str] = ("", "")
    collections: tuple[Collection, ...] = ()
    opaque: tuple[Edit, ...] = ()
    tangles: tuple[tuple[Tangle, ...], tuple[Tangle, ...]] = ((), ())

    @property
    def reordered(self) -> bool:
        """Whether the order of lines of different keywords changes its meaning."""
        before, after = self.tangles
        return [one.order for one in before] != [one.order for one in after]

    @property
    def only_places(self) -> bool:
        """Whether it holds the same, and only the places of lines and sections give it another meaning."""
        before, after = self.before, self.after
        if before is None or after is None or self.collections:
            return False
        moved = all(edit.action is Action.MOVE for edit in self.opaque)
        return moved and normal(_own(before)) == normal(_own(after))

    @property
    def address(self) -> Address:
        """The section's address; for a kind that the API does not know, the keyword stands for the collection."""
        section = self.either
        return Address(section.type.path if section.type else section.kind, section.name)

    @property
    def either(self) -> BoundSection:
        """The section as it should be, or as it was when it is deleted."""
        section = self.after or self.before
        assert section is not None, "a delta has a side"
        return section


def compare(current: Configuration, desired: Configuration) -> tuple[Delta, ...]:
    """How `current` becomes `desired`.

    Returns:
        One delta for each section that differs in meaning: those of `desired` in the order of its text, then the
        deleted ones in the order of `current`. Empty when both mean the same.
    """
    if current.document.sections == desired.document.sections:
        return ()
    found = [_section(current, desired, key) for key in desired.sections]
    found += [
        Delta(key, current.bound(key), None, parents=(current.parents.get(key, ""), ""))
        for key in current.sections
        if key not in desired.sections and not _void(current.bound(key))
    ]
    return tuple(delta for delta in found if delta is not None)


def _void(section: BoundSection) -> bool:
    """A singleton that says nothing means the same as one that is not there."""
    singleton = section.type is not None and section.type.shape is Shape.SINGLETON
    return singleton and not (section.base or section.children or section.opaque)


def _section(current: Configuration, desired: Configuration, key: Key) -> Delta | None:
    new = desired.sections[key]
    parents = (current.parents.get(key, ""), desired.parents.get(key, ""))
    old = current.sections.get(key)
    if old is None:
        after = desired.bound(key)
        if _void(after):
            return None
        return Delta(key, None, after, base=True, parents=parents, tangles=((), _tangles(after)))
    if parents[0] == parents[1] and (old.text == new.text or _same_words(old, new)):
        return None
    delta = _bound(*_alike_bound(current.bound(key), desired.bound(key)), parents)
    return delta if delta.base or delta.collections or delta.opaque or delta.reordered else None


def _alike_bound(before: BoundSection, after: BoundSection) -> tuple[BoundSection, BoundSection]:
    """Both sides as objects, or both as text: where one of them must be text, objects say nothing."""
    if before.type is not None and after.type is None:
        before = as_text(before.section, before.name, after.reason)
    elif after.type is not None and before.type is None:
        after = as_text(after.section, after.name, before.reason)
    return before, after


def _same_words(old: Section, new: Section) -> bool:
    """Whether all lines below the headers have the same decoded words; up to the first that has not."""
    pairs = zip(old.directives, new.directives, strict=False)
    same = all(one.text == other.text or one.meaning == other.meaning for one, other in pairs)
    return same and len(old.directives) == len(new.directives) and grammar().further(old) == grammar().further(new)


def _bound(before: BoundSection, after: BoundSection, parents: tuple[str, str]) -> Delta:
    base = parents[0] != parents[1] or normal(_own(before)) != normal(_own(after))
    paths = after.type.child_by_path if after.type else {}
    collections = [_collection(before, after, path) for path in paths]
    return Delta(
        after.key,
        before,
        after,
        base=base,
        parents=parents,
        collections=tuple(one for one in collections if one.edits),
        opaque=_opaque(before, after),
        tangles=(_tangles(before), _tangles(after)),
    )


def _tangles(section: BoundSection) -> tuple[Tangle, ...]:
    """Only where lines have lost their places: those of an unknown kind of section are compared one by one."""
    return tangles(section.section) if section.type else ()


def _own(section: BoundSection) -> dict[str, Json]:
    return {name: value for name, value in section.base.items() if name != "from"}


def _collection(before: BoundSection, after: BoundSection, path: str) -> Collection:
    child = after.type.child_by_path[path] if after.type else None
    old, new = before.children.get(path, ()), after.children.get(path, ())
    olds, news = _comparable(old, new)
    if olds == news or child is None:
        return Collection(path, old, new, ())
    if child.shape is Shape.NAMED and not (_twins(old) or _twins(new)):
        edits = named_script(
            [(one.key, meaning) for one, meaning in zip(old, olds, strict=True)],
            [(one.key, meaning) for one, meaning in zip(new, news, strict=True)],
            ordered=child.ordered,
        )
    else:
        edits = edit_script(olds, news, lambda one, other: _alike(old[one], new[other]))
    return Collection(path, old, new, edits)


def _twins(resources: Sequence[Resource]) -> bool:
    return len({one.key for one in resources}) != len(resources)


def _alike(one: Resource, other: Resource) -> bool:
    """Whether a reviewer would call one the other's update: the same kind of rule on the same object."""
    names = ("type", "action", "acl_name", "key", "name", "hdr_name", "var_name", "address", "match")
    return one.key == other.key and all(one.body.get(name) == other.body.get(name) for name in names)


def _comparable(old: Sequence[Resource], new: Sequence[Resource]) -> tuple[list[Hashable], list[Hashable]]:
    """What children are compared by: their meaning; their text, where the lists begin and end with the same lines."""
    olds, news = _texts(old), _texts(new)
    head, tail = common_ends(olds, news)
    for texts, resources in ((olds, old), (news, new)):
        end = len(texts) - tail
        texts[head:end] = [one.meaning for one in resources[head:end]]
    return olds, news


def _texts(resources: Sequence[Resource]) -> list[Hashable]:
    """The children's lines. What comes from JSON has none, and is compared by its meaning."""
    return [one.line.text if one.line else one.meaning for one in resources]


def _opaque(before: BoundSection, after: BoundSection) -> tuple[Edit, ...]:
    """Steps between the opaque lines. Lines of different keywords do not see each other: a server sorts them."""
    old, new = _by_family(before), _by_family(after)
    olds, news = [before.opaque[n].meaning for n in old], [after.opaque[n].meaning for n in new]
    if olds == news:
        # Same lines, another place among their keyword's children: the lines moved as far as HAProxy is concerned.
        pairs = zip(old, new, strict=True)
        return tuple(Edit(Action.MOVE, n, m) for n, m in pairs if _place(before, n) != _place(after, m))
    keywords = [before.opaque[n].line.meaning[:1] for n in old], [after.opaque[n].line.meaning[:1] for n in new]
    edits = edit_script(olds, news, lambda one, other: keywords[0][one] == keywords[1][other])
    return tuple(_at_home(edit, old, new) for edit in edits)


def _place(section: BoundSection, at: int) -> tuple[tuple[tuple[str, int], ...], int]:
    """How many children of its keyword stand above an opaque line; and lines kept as text, above one of a block.

    (A block is one family, so that its lines stay together.)
    """
    one = section.opaque[at]
    others = section.opaque[:at] if one.line.snippet and one.after else ()
    return one.after, sum(1 for other in others if not other.line.snippet and _family(other)[1:] == _paths(one))


def _paths(one: Opaque) -> tuple[str, ...]:
    return tuple(path for path, _ in one.after)


def _by_family(section: BoundSection) -> list[int]:
    """The positions of the opaque lines, those of one family together; in an unknown kind of section as they are."""
    if section.type is None:
        return list(range(len(section.opaque)))
    return sorted(range(len(section.opaque)), key=lambda n: _family(section.opaque[n]))


_SPLIT = frozenset({"option", "stats", "timeout"})
"""First words of lines that have nothing to do with each other."""


def _family(one: Opaque) -> tuple[str, ...]:
    """What the lines have in common whose order among each other may mean something."""
    if one.line.snippet or one.after:
        return ("", *_paths(one)) if not one.line.snippet else ("#",)
    words = one.line.meaning[1:] if one.line.meaning[0] == "no" else one.line.meaning
    return words[:2] if words and words[0] in _SPLIT else words[:1]


def _at_home(edit: Edit, old: Sequence[int], new: Sequence[int]) -> Edit:
    """An edit of sorted lines, with the positions of these lines in their section."""
    return Edit(
        edit.action,
        None if edit.before is None else old[edit.before],
        None if edit.after is None else new[edit.after],
    )
