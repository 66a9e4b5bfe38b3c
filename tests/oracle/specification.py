"""The published specifications as leaf properties, and the fields of the section types for them.

A leaf is a property with a plain value: `name`, `stats_options.stats_uri_prefix`, `error_files[].code`. Parts of a
definition (`allOf`) are merged in the data; for a list of objects the fields of its items count; `metadata` is a comment
and not a setting.

Source: docs/reference/recordings.md 2.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from hsync.schema import Field, Fields, Json, Shape
from hsync.schema.groups import top_field
from hsync.sections import by_kind
from tests.corpus import CORPUS

LINES = ("3.0", "3.1", "3.2", "3.3", "3.4")
OLDEST, NEWEST = LINES[0], LINES[-1]

CHILD_OBJECTS = {
    "acls": "acl",
    "backend_switching_rules": "backend_switching_rule",
    "binds": "bind",
    "captures": "capture",
    "crt_loads": "crt_load",
    "dgram_binds": "dgram_bind",
    "filter_sequences": "filter_sequence",
    "filters": "filter",
    "force_be_switches": "force_be_switch",
    "groups": "group",
    "http_after_response_rules": "http_after_response_rule",
    "http_checks": "http_check",
    "http_error_rules": "http_error_rule",
    "http_request_rules": "http_request_rule",
    "http_response_rules": "http_response_rule",
    "log_targets": "log_target",
    "mailer_entries": "mailer_entry",
    "nameservers": "nameserver",
    "peer_entries": "peer_entry",
    "quic_initial_rules": "quic_initial_rule",
    "server_switching_rules": "server_switching_rule",
    "server_templates": "server_template",
    "servers": "server",
    "ssl_front_uses": "ssl_front_use",
    "stick_rules": "stick_rule",
    "tables": "table",
    "tcp_checks": "tcp_check",
    "tcp_request_rules": "tcp_request_rule",
    "tcp_response_rules": "tcp_response_rule",
    "users": "user",
}
"""The definition of a child, by collection."""


OLDER_NAMES = {"fcgi_app": "fcgiApp"}
"""Names of definitions in older API releases."""


@dataclass(frozen=True)
class Leaf:
    """A property with a plain value: `object` is the name of the definition, `type` the type in JSON."""

    object: str
    path: str
    type: str

    @property
    def id(self) -> str:
        """`backend.balance.algorithm`."""
        return f"{self.object}.{self.path}"


@cache
def served(line: str) -> dict[str, Any]:
    """The specification of an API release."""
    return dict(json.loads((CORPUS / "spec" / f"{line}.json").read_text(encoding="utf-8")))


def definition(line: str, name: str) -> dict[str, Any]:
    """A definition; empty if the API release does not have it."""
    definitions = served(line)["definitions"]
    return dict(definitions.get(name) or definitions.get(OLDER_NAMES.get(name, ""), {}))


def resolved(line: str, schema: dict[str, Any]) -> dict[str, Any]:
    """A schema with references resolved and parts merged."""
    if "$ref" in schema:
        return resolved(line, served(line)["definitions"][schema["$ref"]])
    parts = [resolved(line, part) for part in schema.get("allOf", ())]
    merged = {name: inner for part in parts for name, inner in part.get("properties", {}).items()}
    return {**schema, "type": "object", "properties": merged} if parts else schema


@cache
def section_objects() -> dict[str, str]:
    """The definition of each section's object in the newest API release, by section keyword."""
    return {kind: _object_at(section.path) for kind, section in by_kind().items()}


def _object_at(collection: str) -> str:
    methods = served(NEWEST)["paths"][f"/services/haproxy/configuration/{collection}"]
    parameters = (methods.get("post") or methods["put"])["parameters"]
    return next(str(one["schema"]["$ref"]) for one in parameters if one["in"] == "body")


def nested_lists(kind: str) -> frozenset[str]:
    """The properties for children in a section's full body."""
    return frozenset(child.in_full for child in by_kind()[kind].children)


@cache
def leaves(line: str) -> dict[str, Leaf]:
    """The leaf properties of an API release, by id."""
    found = [leaf for name in CHILD_OBJECTS.values() for leaf in _leaves(line, name)]
    for kind, name in section_objects().items():
        hidden = nested_lists(kind)
        found += [leaf for leaf in _leaves(line, name) if top_field(leaf.path) not in hidden]
    return {leaf.id: leaf for leaf in found}


def _leaves(line: str, name: str) -> Iterator[Leaf]:
    return (Leaf(name, path, kind) for path, kind in _walk(line, definition(line, name)))


def _walk(line: str, schema: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    for name, inner in schema.get("properties", {}).items():
        one = resolved(line, inner)
        items = resolved(line, one.get("items", {}))
        if name == "metadata":
            continue
        if one.get("properties"):
            yield from _walk(line, one, f"{prefix}{name}.")
        elif items.get("properties"):
            yield from _walk(line, items, f"{prefix}{name}[].")
        else:
            yield f"{prefix}{name}", str(one.get("type", "object"))


@dataclass(frozen=True)
class Known:
    """A leaf in the section types: its first API release, and the JSON types of its rows."""

    since: str
    types: frozenset[str]


@cache
def known() -> dict[str, Known]:
    """The fields of the section types, by the id of their leaf."""
    found: dict[str, Known] = {}
    for name, field, since in _fields():
        key = f"{name}.{field.path}"
        # An enum is a type of its own to the tables, and any value of a constant field is its only one.
        kinds = frozenset({"string", "integer"} if field.kind == "enum" else {field.kind})
        before = found.get(key, Known(since, kinds))
        found[key] = Known(min(before.since, since), before.types | kinds)
    inner = {f"{parent}." for parent in found} | {f"{parent}[]." for parent in found}
    parents = {
        prefix.rstrip(".").removesuffix("[]") for prefix in inner if any(key.startswith(prefix) for key in found)
    }
    return {key: one for key, one in found.items() if key not in parents}


def _fields() -> Iterator[tuple[str, Field, str]]:
    """Definition, field, and the first API release that has the field and its object."""
    for kind, name in section_objects().items():
        section = by_kind()[kind]
        for field in section.fields():
            yield name, field, max(OLDEST, field.since, section.since)
    for section in by_kind().values():
        for child in section.children:
            for form in child.forms:
                for field in form.fields():
                    yield CHILD_OBJECTS[child.path], field, max(OLDEST, field.since, child.since, section.since)


# Bodies against definitions


def faults(line: str, schema: dict[str, Any], body: Json, where: str = "") -> Iterator[str]:
    """Violations of a definition by a body: types, enums, patterns, bounds, required and unknown properties."""
    schema = resolved(line, schema)
    kind = schema.get("type", "object")
    if not isinstance(body, _PYTHON[kind]) or (isinstance(body, bool) and kind != "boolean"):
        yield f"{where} is no {kind}"
    elif "enum" in schema and body not in schema["enum"]:
        yield f"{where} is none of its values"
    elif isinstance(body, str) and not re.search(schema.get("pattern", ""), body):
        yield f"{where} does not match its pattern"
    elif isinstance(body, int) and not schema.get("minimum", body) <= body <= schema.get("maximum", body):
        yield f"{where} is out of bounds"
    elif isinstance(body, list):
        for item in body:
            yield from faults(line, schema.get("items", {}), item, f"{where}[]")
    elif isinstance(body, dict):
        yield from _object_faults(line, schema, body, where)


_PYTHON: dict[str, type | tuple[type, ...]] = {
    "string": str,
    "integer": int,
    "boolean": bool,
    "array": list,
    "object": dict,
}


def _object_faults(line: str, schema: dict[str, Any], body: dict[str, Json], where: str) -> Iterator[str]:
    properties = schema.get("properties")
    if properties is None:
        # A map of named children, or an object with free names.
        inner = schema.get("additionalProperties")
        for value in body.values() if isinstance(inner, dict) else ():
            yield from faults(line, inner, value, f"{where}{{}}") if isinstance(inner, dict) else ()
        return
    yield from (f"{where}.{name} is missing" for name in schema.get("required", ()) if name not in body)
    for name, value in body.items():
        if name in properties:
            yield from faults(line, properties[name], value, f"{where}.{name}")
        else:
            yield f"{where}.{name} is unknown"


def kept(line: str, schema: dict[str, Any], body: Json) -> Json:
    """The properties of a body that a server with this API release knows; it ignores others."""
    schema = resolved(line, schema)
    properties = schema.get("properties")
    inner = schema.get("additionalProperties")
    if isinstance(body, list):
        return [kept(line, schema.get("items", {}), item) for item in body]
    if not isinstance(body, dict) or (properties is None and not isinstance(inner, dict)):
        return body
    if properties is None:
        return {name: kept(line, inner or {}, value) for name, value in body.items()}
    return {name: kept(line, properties[name], value) for name, value in body.items() if name in properties}


def definition_of(line: str, kind: str) -> dict[str, Any]:
    """The definition of a section's full body, by section keyword."""
    return definition(line, section_objects()[kind])


def faults_of(kind: str, body: Fields, line: str = NEWEST) -> list[str]:
    """Violations of a specification by a full body, except for fields in `needs` of the section type."""
    section = by_kind()[kind]
    named: Fields = {"name": "s1", **body} if section.shape is Shape.NAMED else body
    excused = {f".{name} is missing" for name in section.needs}
    return [fault for fault in faults(line, definition_of(line, kind), named) if fault not in excused]
