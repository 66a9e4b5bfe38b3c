"""The case files of tests/cases/sections: the same tests for all section types."""

from __future__ import annotations

import json

import pytest

from hsync.model import full_body, normal, section_text, to_resources
from hsync.model.resources import ResourceSection
from hsync.schema import Json
from hsync.sections import by_kind, every_kind, parse
from hsync.syntax import decode
from tests.cases.reader import FOLDER, Case, cases


def bound(case: Case, lines: str) -> ResourceSection:
    text = "\n  ".join([f"{case.kind} it", *lines.split(";;")])
    return to_resources(parse(text + "\n").sections[0])


def body_of(section: ResourceSection) -> dict[str, Json]:
    if section.type is None:
        return {}
    children = [(path, one.body) for path, many in section.children.items() for one in many]
    return full_body(section.type, section.base, children)


def ids(case: Case) -> str:
    return case.where


@pytest.mark.parametrize("case", cases("line"), ids=ids)
def test_text_becomes_the_api_s_json_and_goes_back(case: Case) -> None:
    section = bound(case, case.parts["line"])
    assert [(one.line.text, one.reason) for one in section.opaque] == []
    assert body_of(section) == json.loads(case.parts["json"])
    written = section_text(by_kind()[case.kind], body_of(section)).splitlines()[1:]
    expected = case.parts.get("write", case.parts["line"]).split(";;")
    assert [decode(line) for line in written] == [decode(line) for line in expected]


@pytest.mark.parametrize("case", cases("noop"), ids=ids)
def test_spellings_of_one_meaning_are_equal(case: Case) -> None:
    assert case.parts["because"]
    one, other = (bound(case, lines) for lines in case.parts["noop"].split("|||"))
    assert normal(body_of(one)) == normal(body_of(other))
    assert [o.meaning for o in one.opaque] == [o.meaning for o in other.opaque]


@pytest.mark.parametrize("case", cases("differ"), ids=ids)
def test_different_meanings_differ(case: Case) -> None:
    assert case.parts["because"]
    one, other = (bound(case, lines) for lines in case.parts["differ"].split("|||"))
    assert (normal(body_of(one)), [o.meaning for o in one.opaque]) != (
        normal(body_of(other)),
        [o.meaning for o in other.opaque],
    )


@pytest.mark.parametrize("case", cases("opaque"), ids=ids)
def test_what_the_api_cannot_express_stays_text(case: Case) -> None:
    assert case.parts["because"]
    section = bound(case, case.parts["opaque"])
    assert [one.line.text for one in section.opaque] == [case.parts["opaque"].strip()]
    assert section.opaque[0].reason


def test_every_section_type_has_a_case_file() -> None:
    assert {path.stem for path in FOLDER.glob("*.txt")} == set(every_kind())
