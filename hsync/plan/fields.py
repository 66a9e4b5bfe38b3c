"""fields: which attributes differ between two aligned objects, and what may be shown of them.

Rule 1: only this file uses deepdiff, and only on one aligned pair: it never aligns lists and never sees a whole
configuration.
Rule 2: a secret value is never shown: not in attributes, not in lines, not in the text diff.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import cache, lru_cache

from hsync.model import BoundSection, Resource, normal
from hsync.schema import Fields, Form, Json, Mismatch, Row, SectionType, get
from hsync.sections import by_kind
from hsync.syntax import Directive

__all__ = ["MASK", "attributes", "changed", "masked", "masked_line", "secret_pattern", "secrets_of"]

MASK = "(secret)"
"""Stands for a secret value in everything that people read."""

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


def secrets_of(section: BoundSection | None) -> frozenset[str]:
    """The secret values that a section's text contains; in opaque lines those that a row of a proxy would read."""
    if section is None:
        return frozenset()
    found = {value for one in section.opaque for value in _secrets_in(one.line.words)}
    if section.type is None:
        return frozenset(found)
    found.update(_values(section.base, section.type.secret))
    for path, many in section.children.items():
        secret = section.type.child_by_path[path].secret
        first = {name.partition("[")[0].partition(".")[0] for name in secret}
        for one in many:
            if not first.isdisjoint(one.body):
                found.update(_values(one.body, secret))
    return frozenset(found)


def _secrets_in(words: Sequence[str]) -> Iterator[str]:
    """The secrets of a line that stays text, `stats auth` of a listen section for one."""
    for head, row, secret in _secret_rows().get(words[0], ()):
        if tuple(words[: len(head)]) == head:
            yield from _values(_begin(row, words), secret)


@cache
def _secret_rows() -> dict[str, list[tuple[tuple[str, ...], Row | Form, list[str]]]]:
    """The rows of all sections that hold a secret, with their keywords and its fields, by first word."""
    found: dict[str, list[tuple[tuple[str, ...], Row | Form, list[str]]]] = {}
    for section_type in by_kind().values():
        rows: list[Row | Form] = [
            *section_type.rows,
            *(form for child in section_type.children for form in child.forms),
        ]
        for row in rows:
            secret = [field.path for field in row.fields() if field.secret]
            for head in row.heads() if secret else ():
                found.setdefault(head[0], []).append((head, row, secret))
    return found


def _begin(row: Row | Form, words: Sequence[str]) -> Fields:
    """What a row reads of the beginning of a line: the whole, or as much as it can."""
    for end in range(len(words), 0, -1):
        body: Fields = {}
        with suppress(Mismatch):
            row.read(words[:end], body)
            return body
    return body


def secret_fields(section_type: SectionType, child: str) -> frozenset[str]:
    """Dotted names (list marks left out) of an object's secret fields; `child` is "" for the section itself."""
    return frozenset(section_type.child_by_path[child].secret if child else section_type.secret)


def _values(body: Mapping[str, Json], paths: Iterable[str]) -> Iterator[str]:
    for path in paths:
        head, mark, tail = path.partition("[].")
        value = get(body, head)
        if mark and isinstance(value, list):
            for item in value:
                if isinstance(item, dict):
                    yield from _values(item, [tail])
        elif isinstance(value, str) and value:
            yield value


def masked(body: Fields | None, secret: Iterable[str]) -> Fields | None:
    """An attribute table with its secret values masked; a list of objects in which one stands is masked as a whole."""
    if body is None:
        return None
    hidden = {path.partition("[].")[0] for path in secret if next(_of_table(body, path), None)}
    return {name: MASK if name in hidden else value for name, value in body.items()}


def _of_table(table: Fields, path: str) -> Iterator[str]:
    """The values of a path in a table whose names are dotted already."""
    head, mark, tail = path.partition("[].")
    if head in table:
        yield from _values({"at": table[head]}, ["at" + mark + tail])


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
    return masked_line(line.text, _secrets_in(line.words))


def line_of(resource: Resource) -> str:
    """The text of a child's line, "" when it has none."""
    return resource.line.text if resource.line else ""
