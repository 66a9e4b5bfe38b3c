"""allowed: checks the requests to resources in a plan file.

Rule 1: the request of an operation is determined by its address and action; the file has it only for the reader.
Rule 2: an inverse has a path below the configuration, of a section type that hsync knows.

So an edited plan, with a new digest or not, can only change the resources of its addresses: it can use no other path,
no `skip_version`, no foreign transaction, and no resource of another name.

Source: docs/reference/dataplane-api.md 4.1 (methods, renaming by a body's name).
"""

from __future__ import annotations

from functools import cache
from urllib.parse import quote, unquote

from hsync.model import CONFIGURATION, Address
from hsync.plan.operations import FULL, request_for
from hsync.plan.plan import Action, Operation, Request
from hsync.schema import Json, Shape
from hsync.sections import by_path

__all__ = ["fault_of", "inverse_fault"]

_METHODS = {Action.CREATE: "POST", Action.UPDATE: "PUT", Action.REPLACE: "PUT", Action.DELETE: "DELETE"}


def fault_of(operation: Operation) -> str:
    """Why hsync would not make an operation; "" if it would.

    Args:
        operation: the operation of a plan file.
    """
    try:
        address = Address.parse(operation.address)
    except ValueError as fault:
        return f"{operation.address!r} is not an address: {fault}"
    if operation.action not in _METHODS:
        return f"no request can {operation.action} anything"
    return (
        _shape_fault(address, operation.action)
        or _line_fault(address, operation)
        or _body_fault(address, operation.request)
    )


def _shape_fault(address: Address, action: Action) -> str:
    """Why the action is not possible for the kind of address; "" if it is."""
    child = address.child_type
    if child is None:
        return "" if address.section_type.put or _METHODS[action] != "PUT" else f"{address.collection} have no PUT"
    if child.shape is Shape.LIST:
        return "" if action is Action.REPLACE and not address.key else "a list is replaced as a whole"
    if child.shape is Shape.APPEND:
        return "" if address.key.isdecimal() and address.key.isascii() else "an item of this list has an index"
    return "" if address.key or action is Action.CREATE else "the child has no name"


def _line_fault(address: Address, operation: Operation) -> str:
    """Why method, path or query do not fit address and action; "" if they do."""
    expected = request_for(_METHODS[operation.action], address)
    request = operation.request
    if request.method != expected.method:
        return f"{operation.action} is {expected.method}, not {request.method}"
    if request.path != expected.path:
        return f"{operation.action} of {operation.address} goes to {expected.path}, not to {request.path}"
    full = not address.child and address.section_type.full_section and request.method != "DELETE"
    if request.query not in ({expected.query, expected.query + FULL} if full else {expected.query}):
        return f"the query {dict(request.query)} does not belong to {operation.address}"
    return ""


def _body_fault(address: Address, request: Request) -> str:
    """Why the body does not fit method and address; "" if it does. Another name in it would rename the resource."""
    body: Json = request.body
    child = address.child_type
    if request.method == "DELETE":
        return "" if body is None else "DELETE has no body"
    if child is not None and child.shape is Shape.LIST:
        return "" if isinstance(body, list) else "expected a list as the body"
    if not isinstance(body, dict):
        return "expected an object as the body"
    if child is None:
        key, name = "name", address.name
    elif child.shape is Shape.NAMED:
        key, name = child.key, address.key
    else:
        return ""
    return "" if body.get(key, name) == name else f"the body names {body[key]!r}, the address {name!r}"


def inverse_fault(request: Request) -> str:
    """Why a request is not allowed in an inverse; "" if it is."""
    if request.method not in _METHODS.values():
        return f"{request.method} does not undo anything"
    head, *parts = request.path.removeprefix(f"{CONFIGURATION}/").split("/")
    queries = _queries().get(head)
    if not request.path.startswith(f"{CONFIGURATION}/") or queries is None:
        return f"{request.path} is not below a section of {CONFIGURATION}"
    if not all(_is_canonical(part) for part in parts):
        return f"{request.path} is not a path that hsync writes"
    names = tuple(name for name, _ in request.query)
    if names not in queries or (FULL[0][0] in names and request.query != FULL):
        return f"the query {dict(request.query)} does not belong to {request.path}"
    return ""


def _is_canonical(part: str) -> bool:
    """Whether a part of a path is spelled as by `Address.path`; `.` and `..` would change the path."""
    plain = unquote(part, errors="surrogateescape")
    return plain not in {"", ".", ".."} and quote(plain, safe="", errors="surrogateescape") == part


@cache
def _queries() -> dict[str, frozenset[tuple[str, ...]]]:
    """The names in a query, by the first part of a path.

    That part is a section, its children if they have a path of their own, or a child whose path lacks its parent.
    """
    found = {path: frozenset({(), ("full_section",)}) for path in by_path()}
    for section_type in by_path().values():
        if section_type.children_path:
            found[section_type.children_path] = frozenset({()})
        for child in section_type.children:
            if child.parent_query:
                found[child.path] = found.get(child.path, frozenset()) | {(child.parent_query,)}
    return found
