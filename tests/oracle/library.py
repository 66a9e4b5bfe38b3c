"""The library of the real server (tests/engine) as an oracle for lines that its API release can write.

Theory of operation: each request to the library has a hundred sections with one line each. It is older than the server of
the recorded lines (3.2.5 against 3.4.2), so only lines are used for which a plan would have the transaction lane.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import groupby, islice
from pathlib import Path

from hsync.model import Configuration, normal
from hsync.plan.compare import Delta, compare
from hsync.plan.obstacles import obstacles
from hsync.schema import Fields, SectionType, Shape
from hsync.sections import by_kind, parse
from hsync.syntax import decode
from tests.corpus import json_lines
from tests.oracle.engine import API, Engine, EngineError
from tests.oracle.score import clean, our_json, our_lines

BATCH = 100


@dataclass(frozen=True)
class Record:
    """A line in a section of its own, and hsync's JSON for it."""

    id: str
    kind: str
    line: str
    body: Fields

    @property
    def type(self) -> SectionType:
        """The type of its section."""
        return by_kind()[self.kind]

    @property
    def single(self) -> bool:
        """Whether a configuration can have only one such section."""
        return self.type.shape is Shape.SINGLETON

    def text(self, name: str) -> str:
        """A section with the line."""
        return f"{self.kind} {name}".rstrip() + f"\n  {self.line}\n"


@cache
def records() -> tuple[Record, ...]:
    """All lines that become JSON."""
    found = []
    for one in json_lines("oracle/lines.jsonl"):
        body, opaque = our_json(one["section"], one["line"])
        if body and not opaque:
            found.append(Record(one["id"], one["section"], one["line"], body))
    return tuple(found)


@cache
def sayable(line: str) -> tuple[Record, ...]:
    """The records that a plan for an API release writes by operations, in a new section."""
    return tuple(one for one, deltas in zip(records(), _deltas(), strict=True) if not any(obstacles(deltas, line)))


@cache
def _deltas() -> tuple[tuple[Delta, ...], ...]:
    """The deltas by record. The global section always exists, so the current text has another line in it."""
    found = []
    for one in records():
        before = "global\n  daemon\n" if one.kind == "global" else ""
        after = one.text("" if one.single else "s1")
        found.append(compare(Configuration.from_text(before), Configuration.from_text(after)))
    return tuple(found)


def differences() -> Iterator[tuple[str, Record, bool]]:
    """For each record: whether the library has the same JSON and text, and the differences."""
    with tempfile.TemporaryDirectory() as folder, Engine(Path(folder)) as engine:
        for batch in _batches():
            read, written = _read(engine, batch), _written(engine, batch)
            for index, one in enumerate(batch):
                name = _name(one, index)
                theirs = {key: value for key, value in read.get(name, {}).items() if key != "name"}
                yield "json", one, normal(theirs) == normal(one.body)
                yield "text", one, sorted(written.get(name, [])) == sorted(our_lines(one.type, one.body))


def _batches() -> Iterator[list[Record]]:
    for _, group in groupby(sorted(sayable(API), key=lambda one: one.kind), key=lambda one: one.kind):
        many = list(group)
        size = 1 if many[0].single else BATCH
        rest = iter(many)
        while batch := list(islice(rest, size)):
            yield batch


def _name(record: Record, index: int) -> str:
    return "" if record.single else f"s{index}"


def _read(engine: Engine, batch: list[Record]) -> dict[str, Fields]:
    """The library's JSON for a text, by section name."""
    found = engine.full("".join(one.text(_name(one, index)) for index, one in enumerate(batch)))
    sections = found.get(batch[0].type.path, [])
    listed = [{"name": "", **sections}] if isinstance(sections, dict) else sections
    return {one["name"]: clean(one) for one in listed}


def _written(engine: Engine, batch: list[Record]) -> dict[str, list[tuple[str, ...]]]:
    """The library's text for JSON, decoded, by section name. A refused batch is sent again section by section."""
    bodies = {_name(one, index): one.body for index, one in enumerate(batch)}
    try:
        return _text(engine, batch[0], bodies)
    except EngineError:
        found: dict[str, list[tuple[str, ...]]] = {}
        for name, body in bodies.items():
            try:
                found |= _text(engine, batch[0], {name: body})
            except EngineError:
                found[name] = []
        return found


def _text(engine: Engine, like: Record, bodies: dict[str, Fields]) -> dict[str, list[tuple[str, ...]]]:
    many = [{"name": name, **body} if name else body for name, body in bodies.items()]
    text = engine.text({like.type.path: many[0] if like.single else many})
    sections = [section for section in parse(text).sections if section.kind == like.kind]
    return {section.name: [decode(line) for line in section.lines[1:] if line.strip()] for section in sections}
