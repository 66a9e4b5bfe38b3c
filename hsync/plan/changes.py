"""changes: the deltas for a reviewer: one change for each resource, with its attributes and line before and after.

Order: sections as in the desired text, then deleted sections; within a section its own object, its collections, its
opaque lines.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from hsync.model import LINES, Address, Resource, ResourceSection, child_line, header_line
from hsync.plan.compare import Collection, Delta
from hsync.plan.edits import Edit
from hsync.plan.fields import attributes, changed, hidden_base, hidden_fields, line_of, masked, secret_fields
from hsync.plan.hiding import hidden_line
from hsync.plan.order import Tangle
from hsync.plan.plan import Action, Change
from hsync.schema import Fields, Shape

__all__ = ["Where", "changes_for", "in_words"]

Where = Callable[[int], str]
"""Returns the source of a line of the desired text, by its number."""


def changes_for(deltas: Iterable[Delta], where: Where) -> tuple[Change, ...]:
    """The changes of the deltas.

    Args:
        deltas: the result of `compare`.
        where: returns the source of a line of the desired text: `templates/haproxy.cfg.j2:41`.
    """
    return tuple(change for delta in deltas for change in _of(delta, where))


def _of(delta: Delta, where: Where) -> Iterator[Change]:
    address = delta.address
    yield from _section(delta, address, where)
    if delta.before is None or delta.after is None:
        yield from _whole(delta, where)
        return
    for collection in delta.collections:
        yield from _collection(delta, collection, where)
    for edit in delta.opaque:
        old = None if edit.before is None else delta.before.opaque[edit.before].line
        new = None if edit.after is None else delta.after.opaque[edit.after].line
        yield Change(
            edit.action,
            address.of(LINES, index=(edit.before if edit.after is None else edit.after) or 0),
            line_before=hidden_line(old.text) if old else "",
            line_after=hidden_line(new.text) if new else "",
            was=edit.before if edit.action is Action.MOVE else None,
            source=where(new.number) if new else "",
        )


def _section(delta: Delta, address: Address, where: Where) -> Iterator[Change]:
    before, after = delta.before, delta.after
    if before is not None and after is not None and not (delta.base or delta.reordered):
        return
    old, new = _own(delta, before, delta.parents[0]), _own(delta, after, delta.parents[1])
    source = where(after.section.line) if after else ""
    secret = secret_fields(delta.either.type, "") if delta.either.type else frozenset[str]()
    if delta.base or after is None:
        secret |= hidden_base(before) | hidden_base(after)
    if before is None or after is None:
        action = Action.DELETE if after is None else Action.CREATE
        yield Change(
            action,
            address,
            masked(attributes(old), secret) if before else None,
            masked(attributes(new), secret) if after else None,
            _header(before),
            _header(after),
            source=source,
            units=_units(delta, "", old, new),
        )
    else:
        was, now = changed(old, new) if delta.base else ({}, {})
        if delta.reordered:
            was, now = {**was, **in_words(delta.tangles[0])}, {**now, **in_words(delta.tangles[1])}
        fields = [name.partition(".")[0] for name in (*now, *was)]
        line = next((after.lines[name] for name in fields if name in after.lines), None)
        source = where(line.number) if line else source
        yield Change(
            Action.UPDATE,
            address,
            masked(was, secret),
            masked(now, secret),
            source=source,
            units=_units(delta, "", was, now),
        )


def in_words(tangles: Sequence[Tangle]) -> Fields:
    """An attribute for the order of lines; none for the server's order.

    Args:
        tangles: of a section.
    """
    return {"(order of lines)": "; ".join(", ".join(tangle.order) for tangle in tangles)} if tangles else {}


def _own(delta: Delta, section: ResourceSection | None, parent: str) -> Fields:
    if section is None:
        return {}
    body = {name: value for name, value in section.base.items() if name != "from"}
    differ = delta.parents[0] != delta.parents[1]  # a `from` that names what the place says, too, is no difference
    return {"from": parent, **body} if parent and differ else body


def _header(section: ResourceSection | None) -> str:
    if section is None:
        return ""
    if section.type is None:
        return " ".join(section.section.header)
    name = {"name": section.name} if section.type.shape is Shape.NAMED else {}
    return header_line(section.type, {**name, "from": section.base.get("from")})


def _whole(delta: Delta, where: Where) -> Iterator[Change]:
    """All children and opaque lines of a section that is created or deleted."""
    section, created = delta.either, delta.after is not None
    action = Action.CREATE if created else Action.DELETE
    for path, resources in section.children.items():
        for index, resource in enumerate(resources):
            edit = Edit(action, None if created else index, index if created else None)
            yield _child(delta, path, edit, resource, where)
    for index, opaque in enumerate(section.opaque):
        line = hidden_line(opaque.line.text)
        yield Change(
            action,
            delta.address.of(LINES, index=index),
            line_before="" if created else line,
            line_after=line if created else "",
            source=where(opaque.line.number) if created else "",
        )


def _collection(delta: Delta, collection: Collection, where: Where) -> Iterator[Change]:
    for edit in collection.edits:
        if edit.action is Action.UPDATE and edit.before is not None and edit.after is not None:
            yield _update(delta, collection, edit, where)
        else:
            side = collection.before if edit.after is None else collection.after
            index = edit.before if edit.after is None else edit.after
            yield _child(delta, collection.child, edit, side[index or 0], where)


def _place(delta: Delta, path: str, key: str, index: int) -> Address:
    return delta.address.of(path, key) if key else delta.address.of(path, index=index)


def _child(delta: Delta, path: str, edit: Edit, resource: Resource, where: Where) -> Change:
    gone = edit.after is None
    body = masked(attributes(resource.body), _secret(delta, path, resource))
    line = hidden_line(_text(delta, resource))
    moved = edit.action is Action.MOVE
    return Change(
        edit.action,
        _place(delta, path, resource.key, (edit.before if gone else edit.after) or 0),
        body if gone else None,
        None if gone or moved else body,
        line if gone or moved else "",
        "" if gone else line,
        edit.before if moved else None,
        where(resource.line.number) if resource.line and not gone else "",
        {} if moved and not gone else _units(delta, path, body or {}),
    )


def _update(delta: Delta, collection: Collection, edit: Edit, where: Where) -> Change:
    old, new = collection.before[edit.before or 0], collection.after[edit.after or 0]
    secret = _secret(delta, collection.child, old) | _secret(delta, collection.child, new)
    was, now = changed(old.body, new.body)
    return Change(
        Action.UPDATE,
        _place(delta, collection.child, new.key, edit.after or 0),
        masked(was, secret),
        masked(now, secret),
        hidden_line(line_of(old)),
        hidden_line(line_of(new)),
        source=where(new.line.number) if new.line else "",
        units=_units(delta, collection.child, was, now),
    )


def _units(delta: Delta, path: str, *bodies: Fields) -> dict[str, str]:
    """Units by attribute; `path` is "" for the section's own object."""
    section_type = delta.either.type
    if section_type is None:
        return {}
    known = (section_type.child_by_path[path] if path else section_type).units
    return {name: known[name] for name in sorted({name for body in bodies for name in body}) if name in known}


def _secret(delta: Delta, path: str, resource: Resource) -> frozenset[str]:
    section_type = delta.either.type
    if section_type is None:
        return frozenset()
    return secret_fields(section_type, path) | hidden_fields(section_type.kind, resource, _text(delta, resource))


def _text(delta: Delta, resource: Resource) -> str:
    section_type = delta.either.type
    if resource.line is not None or section_type is None:
        return line_of(resource)
    return child_line(section_type, resource.child, resource.body) or ""
