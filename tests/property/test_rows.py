"""All rows and forms of all section types, with random lines: text -> JSON -> text -> JSON, in hsync and in the engine.

`HSYNC_ROWS` is the number of random lines for each row (default 2, half of them with odd words).
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from hsync.model import Configuration, full_body, normal, section_text, to_resources
from hsync.model.resources import ResourceSection
from hsync.plan.compare import compare
from hsync.plan.obstacles import newer, obstacles
from hsync.schema import Shape
from hsync.sections import by_kind, parse
from tests.oracle.engine import API, Engine, EngineError, engine
from tests.oracle.score import canonical_configuration, clean
from tests.property.faults import FAULTS, Fault, fault_of
from tests.property.strategies import Line, lines_of
from tests.property.words import Scope

__all__ = ["engine"]

SETTINGS = settings(
    max_examples=int(os.environ.get("HSYNC_ROWS", "2")),
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.generate],  # lines are judged one by one: there is nothing to shrink
)
CONTEXT = {
    "acme": ("directory https://acme.example/dir",),
    "crt-store": ("crt-base /c", "key-base /k"),
    "fcgi-app": ("docroot /d", "option max-reqs 5"),
    "http-errors": ("errorfile 400 /e",),
    "log-profile": ("log-tag it",),
}
"""Lines without which the server cannot read or write a section."""

CHUNK = 40
"""Number of rows in a request to the engine."""


def chunks(api: str, odd: bool) -> list[tuple[Line, ...]]:
    """The rows of each family, in chunks."""
    found: dict[str, list[Line]] = {}
    for kind, section_type in by_kind().items():
        for line in () if newer(section_type.since, api) else lines_of(kind, Scope(api, odd)):
            found.setdefault(line.family, []).append(line)
    return [tuple(many[at : at + CHUNK]) for many in found.values() for at in range(0, len(many), CHUNK)]


def ids(lines: Any) -> str:
    return str(lines[0].family)


def kind_of(lines: tuple[Line, ...]) -> str:
    return lines[0].family.partition("/")[0]


def each(lines: tuple[Line, ...]) -> st.SearchStrategy[tuple[str, ...]]:
    return st.tuples(*(line.made for line in lines))


def section(kind: str, number: int, line: str) -> str:
    """A line in a section of its own."""
    header = kind if by_kind()[kind].shape is Shape.SINGLETON else f"{kind} s{number}"
    return "\n  ".join([header, *CONTEXT.get(kind, ()), line]) + "\n"


def bound(text: str) -> ResourceSection:
    return to_resources(parse(text).sections[0])


def body_of(read: ResourceSection) -> dict[str, Any]:
    children = [(path, one.body) for path, many in read.children.items() for one in many]
    name = {"name": read.name} if read.name else {}
    return full_body(by_kind()[read.kind], {**name, **read.base}, children)


@pytest.mark.parametrize("odd", [False, True], ids=["plain", "odd"])
def test_every_row_and_form_is_generated(odd: bool) -> None:
    for kind, section_type in by_kind().items():
        made = Counter(line.family for line in lines_of(kind, Scope("3.4", odd)))
        assert made[kind] == len(section_type.rows)
        assert [made[f"{kind}/{child.path}"] for child in section_type.children] == [
            len(child.forms) for child in section_type.children
        ]


@pytest.mark.parametrize("lines", [*chunks("3.4", odd=False), *chunks("3.4", odd=True)], ids=ids)
def test_text_to_json_to_text_to_json_is_a_fix_point(lines: tuple[Line, ...]) -> None:
    @SETTINGS
    @given(each(lines))
    def hold(texts: tuple[str, ...]) -> None:
        for number, (line, text) in enumerate(zip(lines, texts, strict=True)):
            read = bound(section(kind_of(lines), number, text))
            reasons = [one.reason for one in read.opaque]
            if line.raw_only and reasons:
                assert reasons == [line.raw_only]
                continue
            assert reasons == [], text
            body = body_of(read)
            again = section_text(by_kind()[read.kind], body)
            assert body_of(bound(again)) == body
            assert section_text(by_kind()[read.kind], body_of(bound(again))) == again

    hold()


# The engine


def engine_chunks() -> list[tuple[Line, ...]]:
    pieces = (tuple(one for one in many if not one.raw_only) for odd in (False, True) for many in chunks(API, odd))
    return [many for many in pieces if many]


@pytest.mark.parametrize("lines", engine_chunks(), ids=ids)
def test_the_engine_reads_and_writes_the_same(engine: Engine, lines: tuple[Line, ...]) -> None:
    kind = kind_of(lines)

    @SETTINGS
    @given(each(lines))
    def hold(texts: tuple[str, ...]) -> None:
        sent = [text for text in texts if sendable(kind, text)]
        wrong = list(reading_differs(engine, kind, [text for text in sent if fault_of(kind, text) is None]))
        wrong += writing_differs(engine, kind, sent)
        assert not wrong, "\n".join(map(str, wrong))

    hold()


def sendable(kind: str, line: str) -> bool:
    """Whether a plan for the engine would write the line by an operation."""
    before = "global\n  daemon\n" if kind == "global" else ""
    deltas = compare(Configuration.from_text(before), Configuration.from_text(section(kind, 0, line)))
    return not any(obstacles(deltas, API))


def whole(kind: str, lines: list[str]) -> str:
    return "".join(section(kind, number, line) for number, line in enumerate(lines))


def halves(kind: str, lines: list[str]) -> tuple[list[str], list[str]]:
    return lines[: len(lines) // 2], lines[len(lines) // 2 :]


def reading_differs(engine: Engine, kind: str, lines: list[str]) -> Iterator[tuple[str, Any, Any]]:
    """Lines for which the JSON of engine and hsync differ, with both. A line that the engine cannot read is searched for."""
    text = whole(kind, lines)
    ours = objects(kind, canonical_configuration(text))
    try:
        theirs = engine.full(text)
        problem = theirs.get("errors")
    except EngineError as error:
        problem, theirs = error.message, {}
    if problem and len(lines) > 1:
        for half in halves(kind, lines):
            yield from reading_differs(engine, kind, half)
    elif problem:
        yield lines[0], ours, problem
    else:
        found = objects(kind, theirs)
        for name in sorted({*ours, *found}):
            if ours.get(name) != found.get(name):
                line = lines[int(name[1:])] if name[:1] == "s" and name[1:].isdigit() else name
                yield line, ours.get(name), found.get(name)


def objects(kind: str, document: dict[str, Any]) -> dict[str, Any]:
    """The objects of a kind by name; the fields of a singleton."""
    found = clean(normal(document.get(by_kind()[kind].path) or []))
    return {one["name"]: one for one in found} if isinstance(found, list) else found


def writing_differs(engine: Engine, kind: str, lines: list[str]) -> Iterator[tuple[str, Any, Any]]:
    """Lines that engine and hsync write with different meanings, with both. A line that the engine refuses is searched for.

    A repeated word, or another order of parameters, has the same meaning.
    """
    section_type = by_kind()[kind]
    document = canonical_configuration(whole(kind, lines))
    bodies = document.get(section_type.path, [])
    each_body = bodies if isinstance(bodies, list) else [bodies]
    ours = "".join(section_text(section_type, one) for one in each_body if isinstance(one, dict))
    try:
        theirs = engine.text(document)
    except EngineError as error:
        if len(lines) == 1:
            yield lines[0], ours, error.message
            return
        for half in halves(kind, lines):
            yield from writing_differs(engine, kind, half)
        return
    found = parse(theirs).by_key
    differing = {delta.key for delta in compare(Configuration.from_text(theirs), Configuration.from_text(ours))}
    for key, one in parse(ours).by_key.items():
        before, after = Counter(one.meaning[1:]), Counter(found[key].meaning[1:] if key in found else ())
        if key in differing:
            yield str(key), list(before - after), list(after - before)


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.example)
def test_the_fault_of_the_engine_is_still_true(engine: Engine, fault: Fault) -> None:
    assert fault_of(fault.kind, fault.example) is fault
    assert sendable(fault.kind, fault.example)
    assert list(reading_differs(engine, fault.kind, [fault.example]))
    assert list(writing_differs(engine, fault.kind, [fault.example])) == []
