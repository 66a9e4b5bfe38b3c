"""bodies: replaces the secrets in bodies of requests.

Rule 1: a secret is a field that the section tables mark as secret, or a word that `hiding` finds in the line of an
object.
Rule 2: the caller gives the replacement. Names of fields and numbers are kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import cache, partial

from hsync.model import CONFIGURATION, Resource, base_body, child_line, section_text, to_resources
from hsync.plan.fields import hidden_base, hidden_fields
from hsync.plan.plan import Request
from hsync.schema import Child, Fields, Json, SectionType, Shape
from hsync.sections import by_path, parse

__all__ = ["covered", "each", "mapped", "numbers", "texts"]

_Own = Callable[[Fields], Fields]

Cover = Callable[[str], Json]
"""Returns the replacement of a secret text."""


def covered(request: Request, section_type: SectionType, cover: Cover) -> Json:
    """The body of a request without its secrets.

    Args:
        request: a request for the section or its children.
        section_type: the type of the section.
        cover: returns the replacement of a secret.
    """
    return _named(_placed(request, section_type, cover), cover)


def texts(value: Json) -> Iterator[str]:
    """All texts in a body, without names of fields."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | dict):
        for item in value.values() if isinstance(value, dict) else value:
            yield from texts(item)


def numbers(value: Json) -> Iterator[int]:
    """All whole numbers in a body."""
    if isinstance(value, int) and not isinstance(value, bool):
        yield value
    elif isinstance(value, list | dict):
        for item in value.values() if isinstance(value, dict) else value:
            yield from numbers(item)


def mapped(value: Json, text: Callable[[str], Json], number: Callable[[int], Json] = int) -> Json:
    """A body with its texts and numbers replaced.

    Args:
        value: the body.
        text: returns the replacement of a text.
        number: returns the replacement of a number.
    """
    if isinstance(value, str):
        return text(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return number(value)
    if isinstance(value, list):
        return [mapped(item, text, number) for item in value]
    if isinstance(value, dict):
        return {name: mapped(item, text, number) for name, item in value.items()}
    return value


def each(request: Request, section_type: SectionType, change: Callable[[Fields, str], Fields]) -> Json:
    """The body of a request with a function applied to each of its objects: the section's own, and its children.

    Args:
        request: a request for the section or its children.
        section_type: the type of the section.
        change: returns the new object, from an object and its lines.
    """

    def own(body: Fields) -> Fields:
        base = base_body(body, section_type)
        return {**body, **change(base, section_text(section_type, base))}

    def inner(child: Child, body: Fields) -> Fields:
        return change(body, child_line(section_type, child.path, body) or "")

    return _each(request, section_type, own, inner)


def _each(request: Request, section_type: SectionType, own: _Own, inner: Callable[[Child, Fields], Fields]) -> Json:
    """The body of a request with `own` applied to the objects of sections, and `inner` to those of their children."""
    body, child = request.body, _child_of(request.path, section_type)

    def section(one: Fields) -> Fields:
        made = own(one)
        for child in section_type.children:
            made |= {child.in_full: _all(partial(inner, child), made[child.in_full])} if child.in_full in made else {}
        return made

    change = partial(inner, child) if child else section
    return change(body) if isinstance(body, dict) else _all(change, body)


def _all(change: _Own, many: Json) -> Json:
    """The objects of a list, or of the values of an object, changed."""
    if isinstance(many, list):
        return [change(one) if isinstance(one, dict) else one for one in many]
    if isinstance(many, dict):
        return {key: change(one) if isinstance(one, dict) else one for key, one in many.items()}
    return many


# By place


def _placed(request: Request, section_type: SectionType, cover: Cover) -> Json:
    """A body without the secrets that `hiding` finds."""

    def own(body: Fields) -> Fields:
        text = section_text(section_type, base_body(body, section_type))
        return _hidden_at(body, hidden_base(to_resources(parse(text).sections[0])), cover)

    def inner(child: Child, body: Fields) -> Fields:
        resource = Resource(child.path, str(body.get(child.key, "")), body)
        text = child_line(section_type, child.path, body) or ""
        return _hidden_at(body, hidden_fields(section_type.kind, resource, text), cover)

    return _each(request, section_type, own, inner)


def _child_of(path: str, section_type: SectionType) -> Child | None:
    """The collection of a path. The name of a section may be that of a collection."""
    parts = path.removeprefix(f"{CONFIGURATION}/").split("/")
    place = 1 if section_type.shape is Shape.SINGLETON else 2
    names = {parts[0], *parts[place : place + 1]}
    return next((one for one in section_type.children if one.path in names), None)


def _hidden_at(body: Fields, names: Iterable[str], cover: Cover) -> Fields:
    """An object without the texts of some of its fields, by dotted name."""
    made = dict(body)
    for name in names:
        head, _, rest = name.partition(".")
        inner = made.get(head)
        if rest and isinstance(inner, dict):
            made[head] = _hidden_at(inner, [rest], cover)
        elif inner is not None:
            made[head] = mapped(inner, cover)
    return made


# By name


def _named(value: Json, cover: Cover) -> Json:
    if isinstance(value, list):
        return [_named(item, cover) for item in value]
    if not isinstance(value, dict):
        return value
    secret = _secret_names()
    return {name: mapped(one, cover) if name in secret else _named(one, cover) for name, one in value.items()}


@cache
def _secret_names() -> frozenset[str]:
    """The last names of all secret fields. A name that is secret in one place is hidden everywhere."""
    own = (path for one in by_path().values() for path in one.secret)
    inner = (path for one in by_path().values() for child in one.children for path in child.secret)
    return frozenset(path.rpartition(".")[2] for path in (*own, *inner))
