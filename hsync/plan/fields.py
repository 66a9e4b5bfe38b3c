"""fields: which attributes differ between two aligned objects, and what may be shown of them.

Rule 1: only this file uses deepdiff, and only on one aligned pair: it never aligns lists and never sees a whole
configuration.
Rule 2: a secret value is never shown: not in attributes, not in lines, not in the text diff.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache

from hsync.model import BoundSection, Opaque, Resource, bind, normal
from hsync.model.bind import child_of
from hsync.plan.hiding import MASK, hidden_line, hidden_reason, secret_words, values_at_paths
from hsync.schema import Fields, Json, SectionType, get
from hsync.syntax import Directive, Section

__all__ = [
    "MASK",
    "SHORT",
    "attributes",
    "changed",
    "hidden_base",
    "hidden_fields",
    "line_of",
    "masked",
    "masked_line",
    "secret_fields",
    "secret_pattern",
    "shown",
    "why",
]

SHORT = 6
"""Characters under which a value may be part of an innocent word."""


def changed(before: Mapping[str, Json], after: Mapping[str, Json]) -> tuple[Fields, Fields]:
    """The attributes that differ in meaning, as dotted names, before and after.

    A list counts as one attribute. An attribute that is absent on one side is absent in that result.
    """
    from deepdiff import DeepDiff

    difference = DeepDiff(normal(dict(before)), normal(dict(after)), view="tree", threshold_to_diff_deeper=0)
    names: dict[str, None] = {}
    for kind in difference.values():
        for item in kind:
            names.update(dict.fromkeys(_names(item.path(output_format="list"), before, after)))
    ordered = sorted(names)  # deepdiff reports them in the order of a set
    return (
        {name: value for name in ordered if (value := get(before, name)) is not None},
        {name: value for name in ordered if (value := get(after, name)) is not None},
    )


def _names(path: list[str | int], before: Mapping[str, Json], after: Mapping[str, Json]) -> Iterator[str]:
    if not path:  # one side is empty: every attribute differs
        yield from dict.fromkeys((*_leaves(before), *_leaves(after)))
        return
    name = ".".join(str(part) for part in _until_index(path))
    inner = [value for value in (get(before, name), get(after, name)) if isinstance(value, dict)]
    if inner:
        yield from (f"{name}.{leaf}" for value in inner for leaf in _leaves(value))
    else:
        yield name


def _until_index(path: list[str | int]) -> Iterator[str]:
    for part in path:
        if isinstance(part, int):
            return
        yield part


def _leaves(value: Mapping[str, Json]) -> Iterator[str]:
    for name, inner in value.items():
        if isinstance(inner, dict):
            yield from (f"{name}.{leaf}" for leaf in _leaves(inner))
        else:
            yield name


def attributes(body: Mapping[str, Json]) -> Fields:
    """All attributes of an object, with dotted names for nested ones."""
    return {name: get(body, name) for name in _leaves(body)}


def secret_fields(section_type: SectionType, child: str) -> frozenset[str]:
    """Dotted names (list marks left out) of an object's secret fields; `child` is "" for the section itself."""
    return frozenset(section_type.child_by_path[child].secret if child else section_type.secret)


def masked(body: Fields | None, secret: Iterable[str]) -> Fields | None:
    """An attribute table with its secret values masked; a list of objects in which one stands is masked as a whole."""
    if body is None:
        return None
    hidden = {path.partition("[].")[0] for path in secret if any(_of_table(body, path))}
    inside = tuple(f"{name}." for name in hidden)
    return {name: MASK if name in hidden or name.startswith(inside) else value for name, value in body.items()}


def _of_table(table: Fields, path: str) -> list[Json]:
    """The values of a path in a table whose names are dotted already."""
    head, mark, tail = path.partition("[].")
    inner = {name: value for name, value in table.items() if name.startswith(f"{head}.")}
    found = values_at_paths({"at": table[head]}, ["at" + mark + tail]) if head in table else []
    return [*found, *inner.values()]


def masked_line(line: str, secrets: Iterable[str]) -> str:
    """A line of text with the secret values masked.

    The longest first; a short one only where it stands alone, since hiding it inside other words would tell it.
    """
    pattern = secret_pattern(frozenset(secrets))
    return pattern.sub(MASK, line) if pattern else line


@lru_cache(maxsize=1024)
def secret_pattern(secrets: frozenset[str]) -> re.Pattern[str] | None:
    """What finds the secrets in a text; None when there are none."""
    ordered = sorted(secrets, key=lambda secret: (-len(secret), secret))
    return re.compile("|".join(map(_pattern, ordered))) if ordered else None


def _pattern(secret: str) -> str:
    exact = re.escape(secret)
    return exact if len(secret) >= SHORT else rf"(?<!\w){exact}(?!\w)"


def shown(line: Directive) -> str:
    """A line as people may see it: its secrets masked."""
    return hidden_line(line.text)


def why(one: Opaque) -> str:
    """The reason for which a line stays text, as people may see it."""
    return hidden_reason(one.reason, one.line.text)


def hidden_fields(kind: str, resource: Resource, text: str) -> frozenset[str]:
    """Attributes of a child that take a secret from its line, beyond those that the tables call secret.

    Found by reading the line again with its secrets masked: what differs is secret.

    Args:
        kind: of the section.
        resource: the child.
        text: its line.
    """
    masked_text = hidden_line(text)
    if masked_text == text:
        return frozenset()
    again = child_of(kind, masked_text)
    if isinstance(again, Resource) and again.child == resource.child:
        return frozenset(name for side in changed(resource.body, again.body) for name in side)
    found = secret_words(text)
    return frozenset(
        name for name, value in attributes(resource.body).items() if any(one in str(value) for one in found)
    )


def hidden_base(section: BoundSection | None) -> frozenset[str]:
    """The same for a section's own object."""
    if section is None or section.type is None:
        return frozenset()
    text = section.section.text
    lines = [line if hidden_line(line) == line else _ended(hidden_line(line), line) for line in section.section.lines]
    if (masked_text := "".join(lines)) == text:
        return frozenset()
    again = bind(Section(section.kind, masked_text, section.section.line), section.name)
    return frozenset(name for side in changed(section.base, again.base) for name in side)


def _ended(line: str, like: str) -> str:
    """A masked line with the end of the original, should that have been masked with it."""
    return line if line.endswith("\n") == like.endswith("\n") else f"{line}\n"


def line_of(resource: Resource) -> str:
    """The text of a child's line, "" when it has none."""
    return resource.line.text if resource.line else ""
