"""Resources: reads and writes of sections and their children, the same code for all kinds.

Rule 1: a refused write changes nothing, with one exception, as on the real server: a section whose `from` names an
unknown defaults section is refused, but the transaction has an empty section then. `Partial` has this effect.

Source: docs/reference/dataplane-api.md 1.5, 2.9 and 4.1.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

from hsync.dataplane.embedded import edit
from hsync.dataplane.embedded.answers import Refusal
from hsync.dataplane.embedded.bodies import child_body, list_body, section_body
from hsync.dataplane.embedded.content import Content, Part
from hsync.dataplane.embedded.routes import Place
from hsync.dataplane.embedded.sheet import Sheet
from hsync.model import full_body
from hsync.schema import Child, Fields, Json, Shape
from hsync.syntax import Section

__all__ = ["Partial", "read", "write"]

_CONFLICT_WHEN_MISSING = frozenset(
    {"mailers", "ring", "log-forward", "http-errors", "crt-store", "fcgi-app", "log-profile", "acme"}
)
"""Kinds for which the answer to a PUT of a missing section is 409 (docs/reference/dataplane-api.md 1.5)."""


class Partial(Refusal):
    """A refusal of a write that nevertheless changes the transaction, by `effect`."""

    def __init__(self, status: int, message: str, effect: Callable[[], None]) -> None:
        super().__init__(status, message)
        self.effect = effect


@dataclass(frozen=True, slots=True)
class _Call:
    """A request for a content."""

    content: Content
    place: Place
    full: bool

    @property
    def kind(self) -> str:
        return self.place.type.kind

    @property
    def name(self) -> str:
        return self.place.name or ""

    @property
    def child(self) -> Child:
        # Only handlers of places with a child use it.
        return cast("Child", self.place.child)

    def part(self) -> Part | None:
        return self.content.find(self.kind, self.name)

    def parent(self) -> Part:
        part = self.part()
        if part is None:
            raise Refusal(400, f"missing parent: {self.kind} {self.name} does not exist")
        return part

    def missing(self) -> Refusal:
        return Refusal(404, f"missing object: {self.kind} {self.name} does not exist")

    def missing_child(self, key: str) -> Refusal:
        noun = self.child.path.rstrip("s")
        return Refusal(404, f"missing object: {noun} {key} does not exist in {self.name} {self.kind}")

    def missing_index(self, index: int) -> Refusal:
        return Refusal(404, f"missing object: Object {index} does not exist in {_where(self)}")

    def put(self, part: Part, sheet: Sheet) -> None:
        """Store a section's new lines; an anonymous defaults section gets its name."""
        if part.kind == "defaults" and not Section(part.kind, sheet.lines[0].text, 1).name:
            sheet = edit.rename(sheet, part.name)
        if sheet is not part.sheet:
            self.content.replace(part, sheet)


def _where(call: _Call) -> str:
    return f"{call.kind} {call.name}".rstrip()


def read(content: Content, place: Place, *, full: bool) -> Json:
    """The answer to a GET.

    Raises:
        Refusal: there is no such object.
    """
    call = _Call(content, place, full)
    if place.child is not None:
        return _read_child(call)
    if place.name is None:
        return [_section_json(part, full=full) for part in content.of_kind(place.type.kind)]
    part = call.part()
    if part is None:
        if place.permanent:
            return {}
        raise call.missing()
    return _section_json(part, full=full)


def _section_json(part: Part, *, full: bool) -> Fields:
    sheet = part.sheet
    body: Fields = dict(sheet.base)
    if sheet.type is not None and sheet.type.shape is Shape.NAMED:
        body["name"] = part.name
    if full and sheet.type is not None:
        children = [(line.owner, line.body) for line in sheet.lines if line.body is not None]
        return full_body(sheet.type, body, children)
    return body


def _read_child(call: _Call) -> Json:
    part = call.part()
    if call.place.key is None:
        if part is None and call.child.parent_query:
            call.parent()
        return [] if part is None else list(part.sheet.children(call.child.path)) or None
    if call.child.shape is Shape.NAMED:
        part, at = _named(call)
        return part.sheet.lines[at].body
    part = part or call.parent()
    return part.sheet.lines[_index_place(call, part)].body


def _named(call: _Call) -> tuple[Part, int]:
    """The section and the index of the named child in it; 404 if either is missing, as on the real server."""
    key = call.place.key or ""
    part = call.part()
    place = part.sheet.place_of(call.child.path, key) if part else None
    if part is None or place is None:
        raise call.missing_child(key)
    return part, place


def _index_place(call: _Call, part: Part) -> int:
    places = part.sheet.places(call.child.path)
    index = call.place.index
    if not 0 <= index < len(places):
        raise call.missing_index(index)
    return places[index]


def write(content: Content, place: Place, method: str, value: Json, *, full: bool) -> Json:
    """Execute a POST, PUT or DELETE.

    Args:
        content: the content to change.
        place: the place that the path addresses.
        method: a method of the place.
        value: the request's JSON.
        full: `full_section=true`.

    Returns:
        The object in the answer, without unknown fields; None for DELETE.

    Raises:
        Refusal: the write is refused, and the content unchanged.
        Partial: the write is refused; the caller decides about its effect.
    """
    call = _Call(content, place, full and place.type.full_section)
    try:
        return _WRITES[_shape(place), method](call, value)
    except edit.Unwritable as unwritable:
        raise Refusal(422, str(unwritable)) from None


def _shape(place: Place) -> str:
    if place.child is None:
        return "sections" if place.name is None else "section"
    if place.key is None:
        return "list" if place.child.shape is Shape.LIST else "children"
    return "child" if place.child.shape is Shape.NAMED else "item"


def _create_section(call: _Call, value: Json) -> Json:
    section_type = call.place.type
    echo = section_body(section_type, value, full=True)
    body = section_body(section_type, value, full=call.full)
    name = str(body.get("name", ""))
    sheet = (edit.full_section if call.full else edit.new_section)(section_type, body)
    if call.content.find(call.kind, name) is not None:
        if call.full:
            raise Refusal(404, f"missing object: {call.kind} {name} already exist")
        raise Refusal(409, f"object already exists: {call.kind} {name} already exists")
    _check_from(call, body, lambda: call.content.add(call.kind, name, edit.new_section(section_type, {"name": name})))
    call.content.add(call.kind, name, sheet)
    return echo


def _check_from(call: _Call, body: Fields, effect: Callable[[], None]) -> None:
    parent = body.get("from")
    if not call.place.type.inherits or not parent:
        return
    part = call.content.find("defaults", str(parent))
    if part is None:
        name = body.get("name", call.name)
        raise Partial(400, f"validation error: Object {name} references missing defaults section in from", effect)
    # An anonymous defaults section needs its name in the text now.
    call.put(part, part.sheet)


def _put_section(call: _Call, value: Json) -> Json:
    section_type = call.place.type
    echo = section_body(section_type, value, full=True)
    body = section_body(section_type, value, full=call.full)
    part = call.part()
    if part is None:
        return _put_missing(call, body, echo)
    sheet = part.sheet
    _check_from(call, body, lambda: call.content.replace(part, edit.put_base(sheet, {})))
    if call.full:
        new = edit.full_section(section_type, body)
        call.content.replace(part, edit.replace_section(sheet, new))
    else:
        call.put(part, edit.put_base(sheet, body))
    return echo


def _put_missing(call: _Call, body: Fields, echo: Fields) -> Json:
    section_type = call.place.type
    if call.place.permanent:
        make = edit.full_section if call.full else edit.new_section
        call.content.add(call.kind, "", make(section_type, body))
        return echo
    if call.kind in _CONFLICT_WHEN_MISSING:
        raise Refusal(409, f"object already exists: {call.kind} {call.name} does not exists")
    raise call.missing()


def _delete_section(call: _Call, _value: Json) -> Json:
    part = call.part()
    if part is None:
        raise call.missing()
    call.content.remove(part)
    return None


def _create_child(call: _Call, value: Json) -> Json:
    body = child_body(call.place.type, call.child, value)
    part = call.parent()
    key = str(body.get(call.child.key, ""))
    sheet = edit.add_child(part.sheet, call.child.path, body)
    if call.child.shape is Shape.NAMED and part.sheet.place_of(call.child.path, key) is not None:
        noun = call.child.path.rstrip("s")
        raise Refusal(409, f"object already exists: {noun} {key} already exists in {call.name} {call.kind}")
    call.put(part, sheet)
    return body


def _put_child(call: _Call, value: Json) -> Json:
    body = child_body(call.place.type, call.child, value)
    part = call.part()
    found = part.find(call.child.path, call.place.key or "") if part and part.kind != "defaults" else None
    if part is not None and found is not None:
        text = edit.put_line(call.place.type, part.text[found.start : found.end], found.child, body)
        call.content.replace(part, part.text[: found.start] + text + part.text[found.end :])
        return body
    part, place = _named(call)
    call.put(part, edit.put_child(part.sheet, place, body))
    return body


def _delete_child(call: _Call, _value: Json) -> Json:
    part, place = _named(call)
    call.put(part, edit.remove_child(part.sheet, place))
    return None


def _put_list(call: _Call, value: Json) -> Json:
    bodies = list_body(call.place.type, call.child, value)
    part = call.parent()
    call.put(part, edit.put_list(part.sheet, call.child.path, bodies))
    return list(bodies)


def _insert_item(call: _Call, value: Json) -> Json:
    index = call.place.index
    body = child_body(call.place.type, call.child, value)
    part = call.parent()
    if index > len(part.sheet.places(call.child.path)):
        raise Refusal(400, f"index out of range: Object with id {index} in {_where(call)} out of range")
    call.put(part, edit.add_child(part.sheet, call.child.path, body, index if index >= 0 else None))
    return body


def _put_item(call: _Call, value: Json) -> Json:
    body = child_body(call.place.type, call.child, value)
    part = call.parent()
    call.put(part, edit.put_child(part.sheet, _index_place(call, part), body))
    return body


def _delete_item(call: _Call, _value: Json) -> Json:
    part = call.parent()
    call.put(part, edit.remove_child(part.sheet, _index_place(call, part)))
    return None


_WRITES: dict[tuple[str, str], Callable[[_Call, Json], Json]] = {
    ("sections", "POST"): _create_section,
    ("sections", "PUT"): _create_section,
    ("section", "POST"): _create_section,
    ("section", "PUT"): _put_section,
    ("section", "DELETE"): _delete_section,
    ("children", "POST"): _create_child,
    ("child", "PUT"): _put_child,
    ("child", "DELETE"): _delete_child,
    ("list", "PUT"): _put_list,
    ("item", "POST"): _insert_item,
    ("item", "PUT"): _put_item,
    ("item", "DELETE"): _delete_item,
}
