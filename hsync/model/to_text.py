"""to_text: from API objects to text. The inverse of `to_resources`."""

from __future__ import annotations

from collections.abc import Iterable

from hsync.schema import Body, Fields, Json, SectionType, Shape
from hsync.syntax import join_raw

__all__ = [
    "INDENT",
    "base_body",
    "child_line",
    "children_of",
    "full_body",
    "header_line",
    "section_lines",
    "section_text",
]

INDENT = "  "


def header_line(section_type: SectionType, body: Body) -> str:
    """The header line of a section: keyword, name, `from NAME`."""
    words = [section_type.kind]
    if section_type.shape is Shape.NAMED and body.get("name"):
        words.append(str(body["name"]))
    if section_type.inherits and body.get("from"):
        words += ["from", str(body["from"])]
    return join_raw(words)


def section_lines(section_type: SectionType, body: Body) -> list[str]:
    """The lines of a section's own object, in the order of the rows of its type."""
    return [join_raw(words) for row in section_type.rows for words in row.write(body)]


def child_line(section_type: SectionType, child: str, body: Body) -> str | None:
    """The line of a child; None if no form can express the body."""
    words = section_type.child_by_path[child].write(body)
    return None if words is None else join_raw(words)


def base_body(body: Body, section_type: SectionType) -> Fields:
    """The section's own object from a full body: without the children."""
    nested = {child.in_full for child in section_type.children}
    return {name: value for name, value in body.items() if name not in nested}


def children_of(section_type: SectionType, body: Body) -> Iterable[tuple[str, Fields]]:
    """Collection path and body of all children in a full body, from maps and arrays."""
    for child in section_type.children:
        nested: Json = body.get(child.in_full)
        items = list(nested.values()) if isinstance(nested, dict) else nested
        for item in items if isinstance(items, list) else ():
            if isinstance(item, dict):
                yield child.path, item


def full_body(section_type: SectionType, base: Body, children: Iterable[tuple[str, Fields]]) -> Fields:
    """The section's object with all children in it, as the API accepts it with `full_section=true`."""
    body: Fields = dict(base)
    for path, item in children:
        child = section_type.child_by_path[path]
        if child.shape is Shape.NAMED:
            nested = body.setdefault(child.in_full, {})
            if isinstance(nested, dict):
                nested[str(item.get(child.key, ""))] = item
        else:
            listed = body.setdefault(child.in_full, [])
            if isinstance(listed, list):
                listed.append(item)
    return body


def section_text(section_type: SectionType, body: Body) -> str:
    """The text for a full body: header, lines of the section's own object, children by collection."""
    lines = section_lines(section_type, base_body(body, section_type))
    for path, item in children_of(section_type, body):
        line = child_line(section_type, path, item)
        if line is not None:
            lines.append(line)
    return "\n".join([header_line(section_type, body), *(INDENT + line for line in lines)]) + "\n"
