r"""window: the named children of a section that differ, without reading the equal lines around them.

Theory of operation: the equal lines at the start and the end of both texts are cut off. If all other lines are named
children, such as servers, only these can differ: the section's own object, its opaque lines and its other children are
in the equal lines. The same holds for an edit in place, also between the equal lines of a large section.

Rule 1: the result is that of a comparison of all lines. Where this is not certain, there is no window, and all lines
are compared.
Rule 2: a window has no moves, so the index of a child in its collection is not needed.

>>> from hsync.model import to_resources
>>> from hsync.sections import parse
>>> def keys(before, after):
...     sides = [to_resources(parse(text).sections[0]) for text in (before, after)]
...     return [[one.key for one in side] for pair in (window(*sides) or {}).values() for side in pair]
>>> servers = "".join(f" server s{n} 192.0.2.{n}:80\n" for n in range(9))
>>> keys(f"backend web\n{servers}", f"backend web\n{servers}".replace("s4 192", "s4 198"))
[['s4'], ['s4']]
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from itertools import compress, count
from operator import ne

from hsync.model import Resource, ResourceSection
from hsync.model.to_resources import child_of
from hsync.schema import Child, SectionType, Shape, Word
from hsync.syntax import Directive, Section
from hsync.syntax.document import SNIPPET_BEGIN
from hsync.syntax.words import BLANK

__all__ = ["Window", "cut", "names_are_unique", "window"]

Window = dict[str, tuple[tuple[Resource, ...], tuple[Resource, ...]]]
"""The children that differ, before and after, by collection."""


def cut(old: Sequence[str], new: Sequence[str]) -> tuple[int, int]:
    """The number of equal lines at the start of two texts, and at the end of the rest."""
    shorter = min(len(old), len(new))
    head = next(compress(count(), map(ne, old, new)), shorter)
    tail = next(compress(count(), map(ne, reversed(old), reversed(new))), shorter)
    return head, min(tail, shorter - head)


def window(before: ResourceSection, after: ResourceSection) -> Window | None:
    """The named children that differ, if nothing else in a section can differ.

    Args:
        before: the current section.
        after: the desired section, with the same parent.

    Returns:
        The children by collection, in the order of the section type; None if all lines must be compared.
    """
    section_type, old, new = after.type, before.section, after.section
    if section_type is None or before.type is None or old.lines[:1] != new.lines[:1]:
        return None
    if SNIPPET_BEGIN in old.text or SNIPPET_BEGIN in new.text:
        return None
    found = _in_place(section_type, old, new) or _between(section_type, old, new)
    if found is None or not all(_is_certain(section_type, path, before, after) for path in found):
        return None
    return {path: found[path] for path in section_type.child_by_path if path in found}


def _is_certain(section_type: SectionType, path: str, before: ResourceSection, after: ResourceSection) -> bool:
    child = section_type.child_by_path[path]
    return all(names_are_unique(section_type, child, side.section) for side in (before, after))


def _in_place(section_type: SectionType, old: Section, new: Section) -> Window | None:
    """The children that differ, if each line is a child of the same name on both sides, or equal."""
    if len(old.lines) != len(new.lines):
        return None
    found: dict[str, tuple[list[Resource], list[Resource]]] = {}
    for at in compress(count(), map(ne, old.lines, new.lines)):
        pair = tuple(_named(section_type, side, at, at + 1) for side in (old, new))
        if pair[0] is None or pair[1] is None or len(pair[0]) != len(pair[1]):
            return None
        for one, other in zip(*pair, strict=True):
            if (one.child, one.key) != (other.child, other.key):
                return None
            sides = found.setdefault(one.child, ([], []))
            sides[0].append(one)
            sides[1].append(other)
    return {path: (tuple(olds), tuple(news)) for path, (olds, news) in found.items()}


def _between(section_type: SectionType, old: Section, new: Section) -> Window | None:
    """The children between the equal lines at the start and the end of a section."""
    head, tail = cut(old.lines, new.lines)
    olds = _named(section_type, old, head, len(old.lines) - tail)
    news = _named(section_type, new, head, len(new.lines) - tail)
    if olds is None or news is None:
        return None
    moved = _paths_of_other_length(olds, news)
    below = Section("", "".join(old.lines[len(old.lines) - tail :]), 1)
    if moved and not all(_is_child(section_type, moved, line) for line in below.directives):
        return None
    paths = dict.fromkeys(one.child for one in (*olds, *news))
    return {path: (_of(path, olds), _of(path, news)) for path in paths}


def _of(path: str, resources: Iterable[Resource]) -> tuple[Resource, ...]:
    return tuple(one for one in resources if one.child == path)


def _named(section_type: SectionType, section: Section, start: int, end: int) -> list[Resource] | None:
    """The named children in some lines of a section; None if there is another line."""
    found = []
    for number, line in enumerate(section.lines[start:end], section.line + start):
        text = line.strip(BLANK)
        if not text or text[0] == "#":
            continue
        read = child_of(section_type.kind, text)
        if not isinstance(read, Resource) or section_type.child_by_path[read.child].shape is not Shape.NAMED:
            return None
        found.append(Resource(read.child, read.key, read.body, Directive(text, number)))
    return found


def _paths_of_other_length(olds: Iterable[Resource], news: Iterable[Resource]) -> frozenset[str]:
    """The collections that have more or fewer children afterwards: an opaque line below them may have another place."""
    before, after = Counter(one.child for one in olds), Counter(one.child for one in news)
    return frozenset(path for path in before | after if before[path] != after[path])


def _is_child(section_type: SectionType, paths: frozenset[str], line: Directive) -> bool:
    """Whether a line is a child, or does not begin with a keyword of some collections."""
    word = line.words[0]
    if not any(child.path in paths for child in section_type.child_by_word.get(word, ())):
        return True
    return isinstance(child_of(section_type.kind, line.text), Resource)


# Names


def names_are_unique(section_type: SectionType, child: Child, section: Section) -> bool:
    """Whether it is certain that no two children of a collection have the same name. Reads as little as possible.

    Args:
        section_type: the type of the section.
        child: a collection of named children.
        section: the text.
    """
    pattern = _names(child)
    if pattern is not None and section.has_simple_lines:
        names: list[str] = pattern.findall(section.text)
    else:
        names = [one.key for one in _read(section_type, child, section)]
    return len(set(names)) == len(names)


def _read(section_type: SectionType, child: Child, section: Section) -> Iterator[Resource]:
    words = tuple({head[0] for head in child.table.by_head})
    for line in section.directives:
        read = child_of(section_type.kind, line.text) if line.text.startswith(words) else None
        if isinstance(read, Resource) and read.child == child.path:
            yield read


@cache
def _names(child: Child) -> re.Pattern[str] | None:
    """Finds the first words of the names of children; None if the name is not the first word after the keyword.

    A name may be longer than what is found, if it has quotes or escapes. But equal names have equal first words.
    """
    if not all(
        form.args and isinstance(form.args[0], Word) and form.args[0].field == child.key for form in child.forms
    ):
        return None
    heads = "|".join(sorted({r"[ \t]+".join(map(re.escape, form.head)) for form in child.forms}))
    return re.compile(rf"^[ \t]*(?:{heads})[ \t]+([^\s#]+)", re.MULTILINE)
