"""operations: the operations for the deltas of a plan: as few as possible, in an order that the server accepts.

Theory of operation: each delta becomes requests for its section's own object and for each collection: a PUT of the
whole list for ordered lists; PUT, POST, DELETE by name for named children. The API appends named children, so to insert
one, all children after it are deleted and posted again, unless one `full_section` PUT of the section is cheaper and
loses nothing. Sections without a PUT are deleted and created again.

Order: first creations, with a referenced section before the section that refers to it; then updates; last deletions, in
reverse. Within a phase: rank of the section type, then name, then the section's own object before its children.

Source: docs/reference/dataplane-api.md 4 and 6.2; docs/reference/haproxy-cfg.md section 2.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from hsync.model import Address, Resource, ResourceSection, full_body
from hsync.plan.compare import Collection, Delta
from hsync.plan.obstacles import newer
from hsync.plan.plan import Action, Operation, Request
from hsync.schema import Child, Fields, SectionType, Shape

__all__ = ["FULL", "operations_for", "request_for", "section_body"]

FULL = (("full_section", "true"),)


@dataclass(frozen=True, slots=True)
class Step:
    """An operation before it has a number."""

    phase: str
    action: Action
    address: Address
    request: Request
    inverse: tuple[Request, ...]


_PHASES = ("create", "update", "delete")


def operations_for(deltas: Iterable[Delta], api: str) -> tuple[Operation, ...]:
    """The operations for the deltas, in order, numbered from 1.

    Args:
        deltas: deltas without obstacles (see `obstacles`).
        api: the target's API release, `3.2`, on which the order of servers after a whole-section write depends.
    """
    steps = [(delta, number, step) for delta in deltas for number, step in enumerate(_steps(delta, api))]
    lineage = _lineage([delta for delta, _, _ in steps])
    steps.sort(key=lambda item: (*_place(item[0], item[2], lineage), item[1]))
    return tuple(
        Operation(seq, step.phase, step.action, str(step.address), step.request, step.inverse)
        for seq, (_, _, step) in enumerate(steps, 1)
    )


def _place(delta: Delta, step: Step, lineage: dict[str, int]) -> tuple[int, int, int, str]:
    section_type = _type(delta)
    sign = -1 if step.phase == "delete" else 1
    depth = lineage.get(delta.key[1], 0) if delta.key[0] == "defaults" else 0
    return (_PHASES.index(step.phase), sign * section_type.rank, sign * depth, delta.key[1])


def _lineage(deltas: list[Delta]) -> dict[str, int]:
    """The number of planned defaults sections above each one: a parent must exist before its child."""
    parents = {delta.key[1]: delta.parents[1] or delta.parents[0] for delta in deltas if delta.key[0] == "defaults"}
    depths = {}
    for name, parent in parents.items():
        seen: list[str] = []
        above = parent
        while above in parents and above not in seen:
            seen.append(above)
            above = parents[above]
        depths[name] = len(seen)
    return depths


def _type(delta: Delta) -> SectionType:
    section_type = delta.either.type
    assert section_type is not None, "an opaque section has no operation"
    return section_type


def _steps(delta: Delta, api: str) -> Iterator[Step]:
    if delta.after is None:
        yield from _delete(delta, api)
    elif delta.before is None:
        yield from _create(delta, api)
    elif delta.base and not _type(delta).put:
        yield from _recreate(delta, api)
    elif whole_section_is_cheaper(delta, api):
        yield _replace_whole(delta)
    else:
        if delta.base:
            yield _put_base(delta)
        for collection in delta.collections:
            yield from _collection(delta, collection)


def section_body(section: ResourceSection, parent: str = "", *, full: bool = False) -> Fields:
    """The body of a section for the API.

    Args:
        section: the section.
        parent: the defaults section in `from`; "" for none.
        full: whether to include all children.
    """
    section_type = section.type
    assert section_type is not None, "an opaque section has no body"
    body: Fields = {"name": section.name} if section_type.shape is Shape.NAMED else {}
    body |= {name: value for name, value in section.base.items() if name != "from"}
    if section_type.inherits and parent:
        body["from"] = parent
    if not full:
        return body
    return full_body(section_type, body, [(path, one.body) for path, many in section.children.items() for one in many])


def _parents(delta: Delta) -> tuple[str, str]:
    """The value of `from` before and after: only that of the header, so that a plan does not add a `from`."""
    before = "" if delta.before is None else str(delta.before.base.get("from", "") or "")
    after = "" if delta.after is None else str(delta.after.base.get("from", "") or "")
    if delta.before is not None and delta.after is not None and before and not after:
        after = delta.parents[1]
    return before, after


def request_for(method: str, address: Address, body: Fields | None = None, *, full: bool = False) -> Request:
    """The request for an address and a method."""
    query = (*address.query().items(), *(FULL if full else ()))
    item = method != "POST" or address.section_type.shape is Shape.SINGLETON
    if method == "POST" and address.child:
        address, item = replace(address, key=""), True
    return Request(method, address.path(item=item), query, body)


# Sections


def _create(delta: Delta, api: str) -> Iterator[Step]:
    assert delta.after is not None
    address, after = delta.address, delta.after
    undo = (request_for("DELETE", address),)
    if _type(delta).shape is Shape.SINGLETON and _type(delta).kind == "global":
        # The API always has a global section: there is nothing to POST.
        yield _put_base(delta)
        yield from _children_of_new(delta)
    elif _whole_post_keeps_order(after, api):
        body = section_body(after, _parents(delta)[1], full=True)
        yield Step("create", Action.CREATE, address, request_for("POST", address, body, full=True), undo)
    else:
        body = section_body(after, _parents(delta)[1])
        yield Step("create", Action.CREATE, address, request_for("POST", address, body), undo)
        yield from _children_of_new(delta)


def _children_of_new(delta: Delta) -> Iterator[Step]:
    assert delta.after is not None
    for path, resources in delta.after.children.items():
        for step in _fill(delta.address.of(path), _type(delta).child_by_path[path], resources):
            yield replace(step, phase="create")


def _delete(delta: Delta, api: str) -> Iterator[Step]:
    assert delta.before is not None
    address = delta.address
    yield Step("delete", Action.DELETE, address, request_for("DELETE", address), _creation(delta, api))


def _creation(delta: Delta, api: str) -> tuple[Request, ...]:
    """The requests that restore the section."""
    reverse = Delta(delta.key, None, delta.before, base=True, parents=delta.parents[::-1])
    return tuple(step.request for step in _create(reverse, api))


def _recreate(delta: Delta, api: str) -> Iterator[Step]:
    address = delta.address
    undo = tuple(step.request for step in _create(replace(delta, before=None, after=delta.before), api))
    yield Step("update", Action.DELETE, address, request_for("DELETE", address), undo)
    for step in _create(replace(delta, before=None), api):
        yield replace(step, phase="update")


def _put_base(delta: Delta) -> Step:
    assert delta.after is not None
    before, after = _parents(delta)
    old = section_body(delta.before, before) if delta.before else {}
    request = request_for("PUT", delta.address, section_body(delta.after, after))
    return Step("update", Action.UPDATE, delta.address, request, (request_for("PUT", delta.address, old),))


def _replace_whole(delta: Delta) -> Step:
    assert delta.before is not None
    assert delta.after is not None
    before, after = _parents(delta)
    request = request_for("PUT", delta.address, section_body(delta.after, after, full=True), full=True)
    undo = request_for("PUT", delta.address, section_body(delta.before, before, full=True), full=True)
    return Step("update", Action.REPLACE, delta.address, request, (undo,))


# Which whole-section writes are safe: they sort servers by name, write other maps in random order, and drop comments
# and lines that have no field (docs/reference/dataplane-api.md 6.2).


def _whole_post_keeps_order(section: ResourceSection, api: str) -> bool:
    section_type = section.type
    if section_type is None or not section_type.full_section or not section.children:
        return False
    named = [(path, many) for path, many in section.children.items() if _is_named(section_type, path)]
    if any(newer(section_type.child_by_path[path].full_since, api) for path in section.children):
        return False
    return all(_survives_map(section_type, path, many, api) for path, many in named)


_SORTED_BY_NAME = frozenset({"servers", "server_templates"})

SORTS_SERVERS_SINCE = "3.4"
"""API releases that write the servers of a whole section in random order (measured with client-native 6.2.5)."""


def _survives_map(section_type: SectionType, path: str, many: tuple[Resource, ...], api: str) -> bool:
    if len(many) == 1 or not section_type.child_by_path[path].ordered:
        return True
    keys = [one.key for one in many]
    sorts = section_type.kind == "backend" and path in _SORTED_BY_NAME and not newer(SORTS_SERVERS_SINCE, api)
    return sorts and keys == sorted(set(keys))


def _is_named(section_type: SectionType, path: str) -> bool:
    return section_type.child_by_path[path].shape is Shape.NAMED


def whole_section_is_cheaper(delta: Delta, api: str) -> bool:
    """Whether one `full_section` PUT saves requests and loses nothing."""
    before, after = delta.before, delta.after
    if before is None or after is None or before.type is None or not before.type.put:
        return False
    count = sum(1 for collection in delta.collections for _ in _collection(delta, collection)) + delta.base
    if count <= WHOLE_SECTION_FROM or before.opaque or after.opaque or "#" in before.section.text:
        return False
    return _whole_post_keeps_order(after, api) and _whole_post_keeps_order(before, api)


WHOLE_SECTION_FROM = 3
"""Up to this number of requests, single operations are better for a reviewer."""


# Collections


def _collection(delta: Delta, collection: Collection) -> Iterator[Step]:
    child = _type(delta).child_by_path[collection.child]
    address = delta.address.of(collection.child)
    if child.shape is Shape.LIST:
        yield _put_list(address, collection.before, collection.after)
    elif child.shape is Shape.APPEND:
        yield from _refill(address, collection)
    else:
        all_of = collection
        if not collection.stays_in_place:
            before, after = delta.all_of(collection)
            all_of = replace(collection, before=before, after=after)
        yield from _named(address, child, all_of, _changed(collection))


def _fill(address: Address, child: Child, resources: tuple[Resource, ...]) -> Iterator[Step]:
    """The operations that create all children of an empty collection."""
    if child.shape is Shape.LIST:
        yield _put_list(address, (), resources)
        return
    for index, one in enumerate(resources):
        key = one.key if child.shape is Shape.NAMED else str(index)
        item = replace(address, key=key)
        yield Step("update", Action.CREATE, item, request_for("POST", item, one.body), (request_for("DELETE", item),))


def _put_list(address: Address, before: tuple[Resource, ...], after: tuple[Resource, ...]) -> Step:
    request = Request("PUT", address.path(), tuple(address.query().items()), [one.body for one in after])
    undo = Request("PUT", address.path(), tuple(address.query().items()), [one.body for one in before])
    return Step("update", Action.REPLACE, address, request, (undo,))


def _refill(address: Address, collection: Collection) -> Iterator[Step]:
    """The operations for a list without a whole-list PUT: delete its different end, from the last child, and append."""
    keep = 0
    for one, other in zip(collection.before, collection.after, strict=False):
        if one.body != other.body:
            break
        keep += 1
    for index in range(len(collection.before) - 1, keep - 1, -1):
        item = replace(address, key=str(index))
        body = collection.before[index].body
        yield Step("update", Action.DELETE, item, request_for("DELETE", item), (request_for("POST", item, body),))
    for index, one in enumerate(collection.after[keep:], keep):
        item = replace(address, key=str(index))
        yield Step("update", Action.CREATE, item, request_for("POST", item, one.body), (request_for("DELETE", item),))


def _named(address: Address, child: Child, collection: Collection, changed: frozenset[str]) -> Iterator[Step]:
    """The operations for named children: deletions, updates, then the children to append, in order.

    Deletions start with the last child, so that the inverses append the children in their old order.
    """
    old = {one.key: one for one in collection.before}
    kept = _kept_in_place(collection, ordered=child.ordered)
    kept = kept if child.put else kept - changed
    for one in reversed(collection.before):
        if one.key not in kept:
            item = replace(address, key=one.key)
            undo = (request_for("POST", item, one.body),)
            yield Step("update", Action.DELETE, item, request_for("DELETE", item), undo)
    for one in collection.after:
        item = replace(address, key=one.key)
        if one.key not in kept:
            undo = (request_for("DELETE", item),)
            yield Step("update", Action.CREATE, item, request_for("POST", item, one.body), undo)
        elif one.key in changed:
            undo = (request_for("PUT", item, old[one.key].body),)
            yield Step("update", Action.UPDATE, item, request_for("PUT", item, one.body), undo)


def _changed(collection: Collection) -> frozenset[str]:
    updates = (edit.after for edit in collection.edits if edit.action is Action.UPDATE)
    return frozenset(collection.after[index].key for index in updates if index is not None)


def _kept_in_place(collection: Collection, *, ordered: bool) -> frozenset[str]:
    """Names that keep their places: the longest head of the desired order that the current order has, too."""
    desired = [one.key for one in collection.after]
    current = [one.key for one in collection.before]
    if not ordered:
        return frozenset(desired) & frozenset(current)
    kept, position = [], 0
    places = {key: index for index, key in enumerate(current)}
    for key in desired:
        if places.get(key, -1) < position:
            break
        kept.append(key)
        position = places[key] + 1
    return frozenset(kept)
