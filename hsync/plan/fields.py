"""fields: the attributes that differ between two versions of an object, with masked secrets.

Rule 1: no output shows a secret value: not in attributes, lines or the text diff.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache

from hsync.model import Opaque, Resource, ResourceSection, same, to_resources
from hsync.model.to_resources import child_of
from hsync.plan.hiding import hidden_line, hidden_reason, secret_words, values_at_paths
from hsync.schema import Fields, Json, SectionType, get
from hsync.secrecy import MASK, pattern_of
from hsync.syntax import Directive, Section

__all__ = [
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


def changed(before: Mapping[str, Json], after: Mapping[str, Json]) -> tuple[Fields, Fields]:
    """The attributes that differ in meaning, before and after, by dotted name.

    A list is one attribute. An attribute that is absent in an object is absent in its result, too.
    """
    names = sorted(set(_differing(dict(before), dict(after))))
    return (
        {name: value for name in names if (value := get(before, name)) is not None},
        {name: value for name in names if (value := get(after, name)) is not None},
    )


def _differing(before: Json, after: Json, path: str = "") -> Iterator[str]:
    """The names below a path whose values differ; of an object on one side only, all of its names."""
    if isinstance(before, dict) and isinstance(after, dict):
        for name in before.keys() | after.keys():
            yield from _differing(before.get(name), after.get(name), f"{path}.{name}" if path else name)
    elif isinstance(before, dict) or isinstance(after, dict):
        yield from (f"{path}.{leaf}" for one in (before, after) if isinstance(one, dict) for leaf in _leaves(one))
    elif not same(before, after):
        yield path


def _leaves(value: Mapping[str, Json]) -> Iterator[str]:
    for name, inner in value.items():
        if isinstance(inner, dict):
            yield from (f"{name}.{leaf}" for leaf in _leaves(inner))
        else:
            yield name


def attributes(body: Mapping[str, Json]) -> Fields:
    """All attributes of an object, by dotted name."""
    return {name: get(body, name) for name in _leaves(body)}


def secret_fields(section_type: SectionType, child: str) -> frozenset[str]:
    """Dotted names of an object's secret fields; `child` is "" for the section itself."""
    return frozenset(section_type.child_by_path[child].secret if child else section_type.secret)


def masked(body: Fields | None, secret: Iterable[str]) -> Fields | None:
    """Attributes with masked secret values; a list of objects with a secret in it is masked as a whole."""
    if body is None:
        return None
    hidden = {path.partition("[].")[0] for path in secret if any(_of_table(body, path))}
    inside = tuple(f"{name}." for name in hidden)
    return {name: MASK if name in hidden or name.startswith(inside) else value for name, value in body.items()}


def _of_table(table: Fields, path: str) -> list[Json]:
    """The values at a path, in a table with dotted names."""
    head, mark, tail = path.partition("[].")
    inner = {name: value for name, value in table.items() if name.startswith(f"{head}.")}
    found = values_at_paths({"at": table[head]}, ["at" + mark + tail]) if head in table else []
    return [*found, *inner.values()]


def masked_line(line: str, secrets: Iterable[str]) -> str:
    """A line of text with masked secret values.

    A longer value is masked before a shorter one. A short value is masked only as a whole word: a mask inside of an
    ordinary word would reveal it.
    """
    pattern = secret_pattern(frozenset(secrets))
    return pattern.sub(MASK, line) if pattern else line


@lru_cache(maxsize=1024)
def secret_pattern(secrets: frozenset[str]) -> re.Pattern[str] | None:
    """A pattern that finds the secrets in a text; None without secrets."""
    return pattern_of(secrets)


def shown(line: Directive) -> str:
    """A line with masked secrets, for people."""
    return hidden_line(line.text)


def why(opaque: Opaque) -> str:
    """The reason why a line is opaque, with masked secrets, for people."""
    return hidden_reason(opaque.reason, opaque.line.text)


def hidden_fields(kind: str, resource: Resource, text: str) -> frozenset[str]:
    """Attributes of a child with a secret in them, beyond the fields that its type declares secret.

    The line is read again with masked secrets: an attribute that differs has a secret.

    Args:
        kind: kind of the section.
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
        name for name, value in attributes(resource.body).items() if any(word in str(value) for word in found)
    )


def hidden_base(section: ResourceSection | None) -> frozenset[str]:
    """`hidden_fields` for a section's own object."""
    if section is None or section.type is None:
        return frozenset()
    text = section.section.text
    lines = [line if hidden_line(line) == line else _ended(hidden_line(line), line) for line in section.section.lines]
    if (masked_text := "".join(lines)) == text:
        return frozenset()
    again = to_resources(Section(section.kind, masked_text, section.section.line), section.name)
    return frozenset(name for side in changed(section.base, again.base) for name in side)


def _ended(line: str, like: str) -> str:
    """A masked line with the line end of the original, in case the mask replaced it."""
    return line if line.endswith("\n") == like.endswith("\n") else f"{line}\n"


def line_of(resource: Resource) -> str:
    """The text of a child's line, or ""."""
    return resource.line.text if resource.line else ""
