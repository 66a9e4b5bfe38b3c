"""The type of JSON values, and access to nested fields by dotted paths (`stats_options.stats_uri_prefix`)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TypeAlias

__all__ = ["Body", "Fields", "Json", "drop", "get", "put", "values_at"]

Json: TypeAlias = "None | bool | int | float | str | list[Json] | dict[str, Json]"
Fields: TypeAlias = dict[str, Json]
Body: TypeAlias = Mapping[str, Json]


def get(body: Body, path: str) -> Json:
    """The value at a dotted path; None if any part of the path is absent."""
    if "." not in path:
        return body.get(path)
    value: Json = dict(body)
    for part in path.split("."):
        if not isinstance(value, dict):
            return None
        value = value.get(part)
    return value


def values_at(body: Json, path: str) -> Iterator[Json]:
    """The values at a path; `a[].b` is the `b` of each item of `a`. None for an absent value."""
    head, mark, tail = path.partition("[].")
    value = get(body, head) if isinstance(body, dict) else None
    if not mark:
        yield value
    for item in value if mark and isinstance(value, list) else ():
        yield from values_at(item, tail)


def put(body: Fields, path: str, value: Json) -> None:
    """Set the value at a dotted path; missing inner objects are created."""
    *parents, last = path.split(".")
    for part in parents:
        inner = body.setdefault(part, {})
        if not isinstance(inner, dict):
            raise TypeError(f"{path}: {part} is not an object")
        body = inner
    body[last] = value


def drop(body: Fields, path: str) -> None:
    """Remove the value at a dotted path, and inner objects that are empty then."""
    first, _, rest = path.partition(".")
    if not rest:
        body.pop(first, None)
        return
    inner = body.get(first)
    if isinstance(inner, dict):
        drop(inner, rest)
        if not inner:
            del body[first]
