"""conversion: a haproxy.cfg as the Data Plane API's JSON, and back.

Theory: one object: collection -> list of sections with all their children, as the API takes them with
`full_section=true`; singletons are objects. What the API cannot express stands under `opaque`, line by line, with its
place, so that nothing is lost. Back, sections stand in the order in which the server writes them, and opaque lines
behind the rest of their section.

`from` is written when the header says it, and when there are several `defaults`: then the place of a proxy in the text
decides what it inherits, and JSON has no places.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import get_close_matches

from hsync.errors import ConfigError, Fault, InputError
from hsync.model import BoundSection, Configuration, bind, full_body, header_line, normal, section_text
from hsync.model.unbind import INDENT
from hsync.schema import Fields, Json, SectionType, Shape
from hsync.sections import by_kind, parse
from hsync.syntax import raw_words

__all__ = ["OPAQUE", "configuration_object", "configuration_text"]

OPAQUE = "opaque"


def configuration_object(configuration: Configuration) -> Fields:
    """A configuration as one JSON object.

    Args:
        configuration: any; faults do not matter.
    """
    found: Fields = {}
    opaque: list[Json] = []
    explicit = sum(kind == "defaults" for kind, _ in configuration.sections) > 1
    for key in configuration.sections:
        bound = configuration.bound(key)
        opaque += _opaque(bound, configuration)
        if bound.type is None:
            continue
        parent = configuration.parents.get(key, "") if explicit else ""
        base = {"from": parent, **bound.base} if parent else bound.base
        children = [(path, one.body) for path, many in bound.children.items() for one in many]
        body = full_body(bound.type, base, children)
        if bound.type.shape is Shape.SINGLETON:
            found[bound.type.path] = body
        else:
            listed = found.setdefault(bound.type.path, [])
            assert isinstance(listed, list), "a collection is a list"
            listed.append({"name": bound.name, **body})
    return {**found, OPAQUE: opaque} if opaque else found


def _opaque(bound: BoundSection, configuration: Configuration) -> Iterator[Fields]:
    header = bound.section.lines[0].split("#")[0].strip() if bound.type is None else _header_of(bound)
    if bound.type is None:
        reason = f"the Data Plane API has no {bound.kind} sections"
        yield _entry(header, "", configuration.document.where(bound.section.line), reason)
    for one in bound.opaque:
        yield _entry(header, one.line.text, configuration.document.where(one.line.number), one.reason)


def _header_of(bound: BoundSection) -> str:
    assert bound.type is not None, "a kind that the API knows"
    return header_line(bound.type, {"name": bound.name})


def _entry(section: str, line: str, where: str, reason: str) -> Fields:
    return {"section": section, "line": line, "where": where, "reason": reason}


def configuration_text(document: Json, source: str) -> str:
    """The text of a JSON object.

    Args:
        document: as `configuration_object` makes it.
        source: name of the file, for messages.

    Returns:
        Sections in the server's order; without comments, which JSON does not carry.

    Raises:
        InputError: it is no such object.
        ConfigError: something in it has no line: all of it.
    """
    if not isinstance(document, dict):
        raise InputError(f"{source}: an object is wanted, collection -> list of sections")
    lines = _opaque_lines(document.get(OPAQUE, []), source)
    known = {section_type.path for section_type in by_kind().values()}
    faults = [
        Fault(f"{source}: {name}", "no collection of the API") for name in document if name not in {*known, OPAQUE}
    ]
    texts = []
    for section_type in by_kind().values():
        for body in _bodies(document, section_type, source):
            faults += _lost(section_type, body, source)
            text = section_text(section_type, body)
            texts.append(text + "".join(lines.pop(header_line(section_type, {"name": body.get("name")}), [])))
    if faults:
        raise ConfigError(f"{source} cannot be written as text:", faults)
    texts += [f"{header}\n{''.join(more)}" for header, more in lines.items()]
    return "\n".join(texts)


def _is_name(section_type: SectionType, name: Json) -> bool:
    """Whether a header can hold the name. Defaults may have none."""
    one_word = isinstance(name, str) and raw_words(name) == [name]
    return one_word or (section_type.kind == "defaults" and name is None)


def _bodies(document: Fields, section_type: SectionType, source: str) -> list[Fields]:
    value = document.get(section_type.path, [])
    many = [value] if section_type.shape is Shape.SINGLETON and isinstance(value, dict) else value
    if not isinstance(many, list):
        raise InputError(f"{source}: {section_type.path}: a list of sections is wanted")
    bodies = [body for body in many if isinstance(body, dict)]
    if len(bodies) != len(many):
        raise InputError(f"{source}: {section_type.path}: every section is an object")
    return bodies


def _lost(section_type: SectionType, body: Fields, source: str) -> Iterator[Fault]:
    """What of a section has no line: its text is read again, and what is not there was lost."""
    where = f"{source}: {section_type.path}/{body.get('name', '')}".rstrip("/")
    if section_type.shape is Shape.NAMED and not _is_name(section_type, body.get("name")):
        yield Fault(where, "a section has a name, one word")
        return
    bound = bind(parse(section_text(section_type, body)).sections[0])
    children = [(path, one.body) for path, many in bound.children.items() for one in many]
    again = full_body(section_type, bound.base, children)
    wanted = _meant({name: value for name, value in body.items() if name != "name"})
    assert isinstance(wanted, dict), "an object stays one"
    for path in _differing(normal(wanted), normal(again)):
        yield Fault(where, f"{path} has no line that says all of it", _meant_field(section_type, path))


def _meant_field(section_type: SectionType, path: str) -> str:
    """For a field that neither a section nor its children have: the one that was probably meant."""
    own = (field.path for row in section_type.rows for field in row.fields())
    below = (field.path for child in section_type.children for field in child.fields())
    known = {name for one in (*own, *below) for name in re.split(r"\W+", one)}
    known |= {child.in_full for child in section_type.children}
    written = path.rpartition(".")[2].partition("[")[0]
    near = [] if written in known else get_close_matches(written, known, n=1, cutoff=0.8)
    return f"did you mean `{near[0]}`?" if near else ""


def _differing(wanted: Json, again: Json, at: str = "") -> Iterator[str]:
    """The deepest places where two values differ, as far as the first one goes."""
    if wanted == again:
        return
    if isinstance(wanted, dict) and isinstance(again, dict):
        for name, value in wanted.items():
            yield from _differing(value, again.get(name), f"{at}.{name}" if at else name)
    elif isinstance(wanted, list) and isinstance(again, list) and len(wanted) == len(again):
        for index, pair in enumerate(zip(wanted, again, strict=True)):
            yield from _differing(*pair, f"{at}[{index}]")
    else:
        yield at


def _meant(value: Json) -> Json:
    """A value without nulls, and without what the server keeps about comments."""
    if isinstance(value, dict):
        return {name: _meant(item) for name, item in value.items() if item is not None and name != "metadata"}
    return [_meant(item) for item in value] if isinstance(value, list) else value


def _opaque_lines(entries: Json, source: str) -> dict[str, list[str]]:
    """Opaque lines by the header of their section, in order."""
    found: dict[str, list[str]] = {}
    for entry in entries if isinstance(entries, list) else [entries]:
        section, line = (entry.get("section"), entry.get("line")) if isinstance(entry, dict) else (None, None)
        if not isinstance(section, str) or not isinstance(line, str) or "\n" in section + line:
            raise InputError(f"{source}: {OPAQUE}: every entry has a section and a line, both of one line")
        found.setdefault(section, [])
        if line:
            found[section].append(f"{INDENT}{line}\n")
    return found
