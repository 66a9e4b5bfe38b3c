"""conversion: a haproxy.cfg as the Data Plane API's JSON, and back.

Theory: the JSON is one object: collection -> list of sections with all their children, in the format of the API with
`full_section=true`; a singleton is an object. Lines that the API cannot express are in the list `opaque`, each with its
place: `after` is the number of children of a collection above the line. The text has its sections in the order of the
server; opaque lines without `after` follow the section's own lines.

Rule 1: an order of lines that has a meaning to HAProxy is kept, or the conversion is refused with an error that names
the lines. To check this, the JSON is converted back and compared with the original.

`from` is written if the header has it, and if there are several `defaults`: then the order of the sections decides
which of them a proxy inherits, and the JSON does not keep this order.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from itertools import groupby
from typing import NamedTuple

from hsync.errors import ConfigError, Fault, InputError
from hsync.model import (
    Configuration,
    ResourceSection,
    base_body,
    child_line,
    children_of,
    full_body,
    header_line,
    normal,
    section_lines,
    section_text,
    to_resources,
)
from hsync.model.to_text import INDENT
from hsync.plan.compare import Delta, compare
from hsync.schema import Fields, Json, SectionType, Shape
from hsync.sections import by_kind, grammar, parse
from hsync.syntax import raw_words
from hsync.syntax.document import SNIPPET_BEGIN, SNIPPET_END

__all__ = ["configuration_object", "configuration_text"]

OPAQUE = "opaque"


def configuration_object(configuration: Configuration) -> Fields:
    """A configuration as one JSON object.

    Args:
        configuration: any, also one with faults.

    Raises:
        ConfigError: JSON cannot express the order of some lines; has a fault for each of them.
    """
    made = _object(configuration)
    source = configuration.document.source
    back = Configuration.from_text(configuration_text(made, source), source)
    faults = [fault for delta in compare(configuration, back) for fault in _moved(configuration, delta)]
    if faults:
        hint = "move these lines to where the server would write them, or keep this configuration as text"
        raise ConfigError(
            f"{source} cannot be converted to JSON: the order of its lines would change:", faults, hint=hint
        )
    return made


def _object(configuration: Configuration) -> Fields:
    found: Fields = {}
    opaque: list[Json] = []
    defaults = [name for kind, name in configuration.sections if kind == "defaults"]
    for key in configuration.sections:
        read = configuration.resources(key)
        parent = configuration.parents.get(key, "") if len(defaults) > 1 else ""
        opaque += _opaque(read, configuration, parent if parent not in defaults[-1:] else "")
        if read.type is None:
            continue
        base = {"from": parent, **read.base} if parent else read.base
        children = [(path, one.body) for path, many in read.children.items() for one in many]
        body = full_body(read.type, base, children)
        if read.type.shape is Shape.SINGLETON:
            found[read.type.path] = body
        else:
            listed = found.setdefault(read.type.path, [])
            assert isinstance(listed, list), "a collection is a list"
            listed.append({"name": read.name, **body})
    return {**found, OPAQUE: opaque} if opaque else found


def _moved(configuration: Configuration, delta: Delta) -> Iterator[Fault]:
    """A fault for each line whose order is not the same after the conversion to JSON and back."""
    section = delta.either.section if delta.before is None else delta.before.section
    texts = dict.fromkeys(_differing_lines(delta))
    places = {one.text: one.number for one in section.directives}
    numbers = sorted({places[text] for text in texts if text in places}) or [section.line]
    for number in numbers:
        line = section.lines[number - section.line] if number - section.line < len(section.lines) else ""
        yield Fault(configuration.document.where(number), "JSON cannot express the place of this line", "", line)


def _differing_lines(delta: Delta) -> Iterator[str]:
    before = delta.before
    for edit in delta.opaque if before else ():
        if before and edit.before is not None:
            yield before.opaque[edit.before].line.text
    for collection in delta.collections:
        for edit in collection.edits:
            line = None if edit.before is None else collection.before[edit.before].line
            if line:
                yield line.text
    for tangle in (*delta.tangles[0], *delta.tangles[1]) if delta.reordered else ():
        yield from (tangle.below.text, tangle.above.text)


def _opaque(read: ResourceSection, configuration: Configuration, parent: str) -> Iterator[Fields]:
    header = _unknown_header(read, parent) if read.type is None else _header_of(read)
    where = configuration.document.where
    if read.type is None:
        reason = f"the Data Plane API has no {read.kind} sections"
        yield {"section": header, "line": "", "where": where(read.section.line), "reason": reason}
    for one in read.opaque:
        entry: Fields = {
            "section": header,
            "line": one.line.text,
            "where": where(one.line.number),
            "reason": one.reason,
        }
        if one.after:
            entry["after"] = dict(one.after)
        if one.line.snippet:
            entry["snippet"] = True
        yield entry


def _unknown_header(read: ResourceSection, parent: str) -> str:
    header = read.section.lines[0].split("#")[0].strip()
    inherits = parent and read.kind in grammar().inheriting and not read.section.parent
    return f"{header} from {parent}" if inherits else header


def _header_of(read: ResourceSection) -> str:
    assert read.type is not None, "a kind that the API knows"
    return header_line(read.type, {"name": read.name})


def configuration_text(document: Json, source: str) -> str:
    """The text of a JSON object.

    Args:
        document: as `configuration_object` makes it.
        source: name of the file, for messages.

    Returns:
        Sections in the server's order, without comments, since the JSON has none.

    Raises:
        InputError: the document has another structure.
        ConfigError: some fields have no directive; has a fault for each of them.
    """
    if not isinstance(document, dict):
        raise InputError(f"{source}: expected an object: collection -> list of sections")
    lines = _opaque_lines(document.get(OPAQUE, []), source)
    known = {section_type.path for section_type in by_kind().values()}
    faults = [
        Fault(f"{source}: {name}", "not a collection of the API") for name in document if name not in {*known, OPAQUE}
    ]
    texts = []
    for section_type in by_kind().values():
        for body in _bodies(document, section_type, source):
            faults += _lost(section_type, body, source)
            kept = lines.pop(header_line(section_type, {"name": body.get("name")}), [])
            texts.append(_section_text(section_type, body, kept))
    if faults:
        raise ConfigError(f"{source} cannot be written as text:", faults)
    texts += ["".join(f"{line}\n" for line in (header, *_indented(more))) for header, more in lines.items()]
    return "\n".join(texts)


class _Line(NamedTuple):
    """A line of a section that is being written.

    Args:
        text: without indentation.
        rank: the index of its collection in the section type; -1 for the section's own lines.
        opaque: whether the line comes from the list `opaque`.
        after: number of children above an opaque line, by collection.
        snippet: whether the line is in a config-snippet block.
    """

    text: str
    rank: int = -1
    opaque: bool = False
    after: Mapping[str, int] = {}
    snippet: bool = False


def _section_text(section_type: SectionType, body: Fields, kept: Iterable[_Line]) -> str:
    """The text of a section, with its opaque lines at their places."""
    ranks = {child.path: rank for rank, child in enumerate(section_type.children)}
    lines = [_Line(text) for text in section_lines(section_type, base_body(body, section_type))]
    for path, item in children_of(section_type, body):
        text = child_line(section_type, path, item)
        if text is not None:
            lines.append(_Line(text, ranks[path]))
    for snippet, many in groupby(kept, key=lambda one: one.snippet):
        block = list(many)
        if snippet:
            at = _place_of_block(lines, block, ranks)
            lines[at:at] = block
        else:
            for one in block:
                rank = next((ranks[path] for path in one.after if path in ranks), -1)
                lines.insert(_place(lines, rank, next(iter(one.after.values()), 0)), one._replace(rank=rank))
    return "".join(f"{line}\n" for line in (header_line(section_type, body), *_indented(lines)))


def _place(lines: list[_Line], rank: int, above: int) -> int:
    """The index at which a line has a given number of children of its collection above it."""
    same = [place for place, line in enumerate(lines) if line.rank == rank and not (line.opaque or line.snippet)]
    if rank >= 0 and above < len(same):
        return same[above]
    return next((place for place in range(len(lines), 0, -1) if lines[place - 1].rank <= rank), 0)


def _place_of_block(lines: list[_Line], block: list[_Line], ranks: Mapping[str, int]) -> int:
    """The index of a config-snippet block: the last one at which the `after` of all its lines is correct."""
    wanted = {ranks[path]: above for one in block for path, above in one.after.items() if path in ranks}

    def fits(place: int) -> bool:
        above = [line.rank for line in lines[:place] if not (line.opaque or line.snippet)]
        return all(above.count(rank) == number for rank, number in wanted.items())

    return next((place for place in range(len(lines), -1, -1) if fits(place)), len(lines))


def _indented(lines: Iterable[_Line]) -> Iterator[str]:
    for snippet, many in groupby(lines, key=lambda one: one.snippet):
        texts = [one.text for one in many]
        yield from (INDENT + text for text in ((SNIPPET_BEGIN, *texts, SNIPPET_END) if snippet else texts))


def _is_name(section_type: SectionType, name: Json) -> bool:
    """Whether the name is possible in a header. Defaults sections may have none."""
    one_word = isinstance(name, str) and raw_words(name) == [name]
    return one_word or (section_type.kind == "defaults" and name is None)


def _bodies(document: Fields, section_type: SectionType, source: str) -> list[Fields]:
    value = document.get(section_type.path, [])
    many = [value] if section_type.shape is Shape.SINGLETON and isinstance(value, dict) else value
    if not isinstance(many, list):
        raise InputError(f"{source}: {section_type.path}: expected a list of sections")
    bodies = [body for body in many if isinstance(body, dict)]
    if len(bodies) != len(many):
        raise InputError(f"{source}: {section_type.path}: expected an object for each section")
    return bodies


def _lost(section_type: SectionType, body: Fields, source: str) -> Iterator[Fault]:
    """A fault for each field without a directive: found by parsing the text of the section and comparing the fields."""
    where = f"{source}: {section_type.path}/{body.get('name', '')}".rstrip("/")
    if section_type.shape is Shape.NAMED and not _is_name(section_type, body.get("name")):
        yield Fault(where, "expected a name of one word")
        return
    read = to_resources(parse(section_text(section_type, body)).sections[0])
    children = [(path, one.body) for path, many in read.children.items() for one in many]
    again = full_body(section_type, read.base, children)
    wanted = _meant({name: value for name, value in body.items() if name != "name"})
    assert isinstance(wanted, dict), "an object stays one"
    for path in _differing(normal(wanted), normal(again)):
        yield Fault(where, f"no directive for {path}, or not for its whole value", _meant_field(section_type, path))


def _meant_field(section_type: SectionType, path: str) -> str:
    """A suggestion for a field that neither the section nor its children have."""
    own = (field.path for row in section_type.rows for field in row.fields())
    below = (field.path for child in section_type.children for field in child.fields())
    known = {name for one in (*own, *below) for name in re.split(r"\W+", one)}
    known |= {child.in_full for child in section_type.children}
    written = path.rpartition(".")[2].partition("[")[0]
    near = [] if written in known else get_close_matches(written, known, n=1, cutoff=0.8)
    return f"did you mean `{near[0]}`?" if near else ""


def _differing(wanted: Json, again: Json, at: str = "") -> Iterator[str]:
    """The deepest paths at which the first value differs from the second one."""
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
    """A value without nulls, and without `metadata`, in which the server keeps comments."""
    if isinstance(value, dict):
        return {name: _meant(item) for name, item in value.items() if item is not None and name != "metadata"}
    return [_meant(item) for item in value] if isinstance(value, list) else value


def _opaque_lines(entries: Json, source: str) -> dict[str, list[_Line]]:
    """The opaque lines by the header of their section, in order."""
    found: dict[str, list[_Line]] = {}
    for entry in entries if isinstance(entries, list) else [entries]:
        if not isinstance(entry, dict):
            raise _no_entry(source)
        section, line = entry.get("section"), entry.get("line")
        after, snippet = entry.get("after", {}), entry.get("snippet", False)
        if not isinstance(section, str) or not isinstance(line, str) or "\n" in section + line:
            raise _no_entry(source)
        if not isinstance(after, dict) or not isinstance(snippet, bool) or not all(map(_is_count, after.values())):
            raise InputError(f"{source}: {OPAQUE}: expected collection -> number in `after`, a boolean in `snippet`")
        numbers = {path: number for path, number in after.items() if isinstance(number, int)}
        found.setdefault(section, [])
        if line:
            found[section].append(_Line(line, opaque=True, after=numbers, snippet=snippet))
    return found


def _no_entry(source: str) -> InputError:
    return InputError(f"{source}: {OPAQUE}: expected a section and a line in each entry, both without line feeds")


def _is_count(value: Json) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0
