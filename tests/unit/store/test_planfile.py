from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from hsync.errors import BugError, InputError, PlanFileError
from hsync.model import Address
from hsync.plan.plan import Change, Hunk, Plan, Request
from hsync.store import planfile, strict
from hsync.store.planfile import digest_of, dump, load, read, write
from tests.unit.store.plans import META, NOTHING, PLAN, RAW_PLAN

GOLDEN = Path(__file__).parents[2] / "golden" / "plan.json"

Document = dict[str, Any]
Edit = Callable[[Document], object]


def edited(edit: Edit, plan: Plan = PLAN, *, seal: bool = True) -> str:
    """An edited plan file, with a new digest if `seal`."""
    document = json.loads(dump(plan, META))
    edit(document)
    if seal:
        document["digest"] = planfile._digest(document["plan"])
    return json.dumps(document)


def fault(text: str) -> PlanFileError:
    with pytest.raises(PlanFileError) as caught:
        load(text, "edge1.plan.json")
    assert caught.value.hint
    assert str(caught.value).startswith("edge1.plan.json: ")
    return caught.value


@pytest.mark.parametrize("plan", [PLAN, RAW_PLAN, NOTHING], ids=["transaction", "raw", "nothing to do"])
def test_load_gives_what_was_dumped(plan: Plan) -> None:
    assert load(dump(plan, META), "plan") == (plan, META, digest_of(plan))


def test_the_plan_file_is_the_golden_file() -> None:
    assert dump(PLAN, META) == GOLDEN.read_text(encoding="utf-8")


def test_meta_is_outside_the_digest() -> None:
    one, other = (json.loads(dump(PLAN, replace(META, created=when))) for when in ("now", "then"))
    assert one["digest"] == other["digest"]
    assert one["plan"] == other["plan"]


def test_the_file_is_utf8_and_shows_what_hides() -> None:
    text = dump(RAW_PLAN, META)
    assert "\\udce9" in text
    assert "\\u202e" in text
    assert "→" in dump(PLAN, META)
    assert text.encode()


def op(document: Document, seq: int = 2) -> Document:
    found: Document = document["plan"]["operations"][seq - 1]
    return found


def deep(levels: int) -> Any:
    value: Any = 1
    for _ in range(levels):
        value = [value]
    return value


def body(value: Any) -> Edit:
    return lambda document: op(document)["request"].update(body={"name": "web2", "x": value})


REFUSED: list[tuple[str, Edit, str, str]] = [
    ("an unknown field at the top", lambda d: d.update(more=1), "$.more", "unknown field"),
    ("a field that is missing at the top", lambda d: d.pop("meta"), "$.meta", "missing field"),
    ("an unknown field of the plan", lambda d: d["plan"].update(more=1), "$.plan.more", "unknown field"),
    ("a field with an odd name", lambda d: d["plan"].update({"a b": 1}), '$.plan["a b"]', "unknown field"),
    ("a missing field of the plan", lambda d: d["plan"].pop("drift"), "$.plan.drift", "missing field"),
    ("an unknown field of meta", lambda d: d["meta"].update(host="x"), "$.meta.host", "unknown field"),
    ("meta that is a list", lambda d: d.update(meta=[]), "$.meta", "expected an object, got a list"),
    ("an unknown field of an operation", lambda d: op(d).update(skip=1), "$.plan.operations[1].skip", "unknown field"),
    ("an unknown field of a request", lambda d: op(d)["request"].update(x=1), "operations[1].request.x", "unknown field"),
    ("an unknown field of a change", lambda d: d["plan"]["changes"][0].update(x=1), "$.plan.changes[0].x", "unknown"),
    ("a unit that is none", lambda d: d["plan"]["changes"][0].update(units={"x": "km"}), "changes[0].units.x", "ms or B"),
    ("bool for an integer", lambda d: op(d).update(seq=True), "$.plan.operations[1].seq", "expected an integer, got true or false"),
    ("a number for an integer", lambda d: op(d).update(seq=2.0), "operations[1].seq", "expected an integer, got a number"),
    ("a negative version", lambda d: d["plan"]["base"].update(version=-1), "$.plan.base.version", "-1 is less than 0"),
    ("an integer for a bool", lambda d: op(d).update(reload=1), "operations[1].reload", "expected true or false, got an integer"),
    ("null for a string", lambda d: op(d).update(phase=None), "operations[1].phase", "expected a string, got null"),
    ("a string for a list", lambda d: d["plan"].update(notes="x"), "$.plan.notes", "expected a list, got a string"),
    ("a list of the wrong kind", lambda d: d["plan"].update(notes=[1]), "$.plan.notes[0]", "expected a string"),
    ("an object for a string", lambda d: d["plan"]["target"].update(url={}), "$.plan.target.url", "got an object"),
    ("an unknown action", lambda d: op(d).update(action="poke"), "operations[1].action", "one of create, update, delete, move, replace"),
    ("an unknown phase", lambda d: op(d).update(phase="later"), "operations[1].phase", "create, update or delete"),
    ("an unknown lane", lambda d: d["plan"].update(lane="runtime"), "$.plan.lane", "one of transaction, raw"),
    ("replace as a change", lambda d: d["plan"]["changes"][0].update(action="replace"), "changes[0].action", "for operations only"),
    ("a digest that is none", lambda d: d["plan"]["base"].update(sha256="9F"), "$.plan.base.sha256", "64 hexadecimal"),
    ("a disk version that is no number", lambda d: d["plan"]["base"].update(disk_version="3"), "$.plan.base.disk_version", "an integer"),
    ("a disk that is not behind", lambda d: d["plan"]["base"].update(disk_version=41), "$.plan.base.disk_version", "the version on disk must be lower"),
    ("a body that is NaN", body(float("nan")), "request.body.x", "nan is not a JSON number"),
    ("a body that is Infinity", body([{"y": float("-inf")}]), "request.body.x[0].y", "-inf is not a JSON number"),
    ("a body that nests too deep", body(deep(32)), "request.body.x[0][0]", "nested deeper than 32 levels"),
    ("numbers out of order", lambda d: op(d).update(seq=3), "$.plan.operations[1]", "the operation has number 3, expected 2"),
    ("a raw operation in a transaction", lambda d: d["plan"].update(lane="raw"), "$.plan.operations", "the raw lane has no operation on backends/api"),
    ("a change that is not shown", lambda d: op(d).update(changes=["backends/evil"]), "operations[1]", "a change of backends/evil that the plan does not show"),
    ("a summary that is wrong", lambda d: d["plan"]["summary"].update(delete=0), "$.plan.summary.delete", "the plan has 1, not 0"),
    ("a summary that is short", lambda d: d["plan"]["summary"].pop("move"), "$.plan.summary.move", "missing field"),
    ("a request that is not the address's", lambda d: op(d)["request"].update(path="/services/haproxy/configuration/global"), "$.plan.operations[1]", "update of backends/web/servers/web2 goes to"),
    ("an inverse that leaves", lambda d: op(d)["inverse"][0].update(path="/services/haproxy/sites/x"), "operations[1].inverse[0]", "is not below a section"),
    ("another format", lambda d: d.update(format="terraform/1"), "$.format", "not a plan file of hsync ('terraform/1'"),
    ("no format", lambda d: d.pop("format"), "$.format", "not a plan file of hsync (None"),
    ("a judge that is none", lambda d: d["plan"]["verdict"].update(judge="me"), "$.plan.verdict.judge", "expected 'haproxy -c'"),
    ("findings of nobody", lambda d: d["plan"]["verdict"].update(judge=""), "$.plan.verdict.judge", "expected 'haproxy -c'"),
    ("an unknown severity", lambda d: d["plan"]["verdict"]["findings"][0].update(severity="x"), "findings[0].severity", "one of error, warning"),
    ("a column before the line", lambda d: d["plan"]["verdict"]["findings"][0].update(column=-1), "findings[0].column", "-1 is less than 0"),
    ("a newer format", lambda d: d.update(format="hsync-plan/3"), "$.format", "hsync-plan/3 is a format of another hsync version"),
    ("a newer format", lambda d: d.update(format="hsync-plan/9"), "$.format", "hsync-plan/9 is a format of another hsync version"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "edit", "where", "what"), REFUSED, ids=[row[0] for row in REFUSED])
def test_an_edited_plan_is_refused_by_name(name: str, edit: Edit, where: str, what: str) -> None:
    message = str(fault(edited(edit)))
    assert where in message
    assert what in message


def test_a_newer_format_says_to_update() -> None:
    assert "update hsync" in fault(edited(lambda d: d.update(format="hsync-plan/7"))).hint


def test_a_changed_plan_under_the_old_digest_is_refused() -> None:
    message = str(fault(edited(lambda d: op(d)["request"]["body"].update(port=81), seal=False)))
    assert "$.digest: the plan was changed after it was made" in message


def test_a_digest_that_is_no_digest_is_refused() -> None:
    assert "$.digest: expected sha256: and 64 hexadecimal digits" in str(
        fault(edited(lambda d: d.update(digest="x"), seal=False))
    )


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("", "line 1 column 1: not JSON: Expecting value"),
        ("\ufeff{}", "not JSON"),
        ('{"plan": ', "line 1 column 10: not JSON"),
        ("[]", "$: expected an object, got a list"),
        ('"hsync-plan/1"', "$: expected an object, got a string"),
        ("[" * 3000, "$: nested deeper than 32 levels"),
        ('{"a": ' + "9" * 5000 + "}", "$: not JSON that hsync writes"),
        ('{"a": "\\ud800"}', "$: \\ud800 is a lone surrogate"),
        ('{"\\uDFFF": 1}', "$: \\udfff is a lone surrogate"),
        ('{"x": 1, "y": {"a": 1, "a": 2}}', "$.y.a: duplicate key"),
        ('{"format": "hsync-plan/1", "format": "hsync-plan/1"}', "$.format: duplicate key"),
        ('{"plan": {"operations": [{}, {"a b": 1, "c": [], "a b": 1}]}}', '$.plan.operations[1]["a b"]: duplicate key'),
    ],
)  # fmt: skip
def test_what_is_no_plan_is_refused_by_place(text: str, what: str) -> None:
    assert what in str(fault(text))


def test_a_plan_too_deep_for_its_digest_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def too_deep(plan: object) -> str:
        raise RecursionError

    text = dump(PLAN, META)
    monkeypatch.setattr(planfile, "_digest", too_deep)
    assert "$.plan: nested deeper than 32 levels" in str(fault(text))


def test_raw_lane_has_one_operation() -> None:
    def twice(document: Document) -> None:
        operations = document["plan"]["operations"]
        operations.append({**operations[0], "seq": 2})

    assert "$.plan.operations: the raw lane has only one operation" in str(fault(edited(twice, RAW_PLAN)))


def test_a_text_over_the_limit_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = tmp_path / "big.plan.json"
    path.write_text(dump(PLAN, META), encoding="utf-8")
    monkeypatch.setattr(planfile, "MAX_BYTES", 100)
    assert "larger than 100 bytes" in str(fault(path.read_text(encoding="utf-8")))
    with pytest.raises(InputError, match="larger than 100 bytes"):
        read(path)


def test_a_body_may_nest_as_deep_as_the_format_allows() -> None:
    text = edited(body(deep(strict.MAX_DEPTH - 7)))
    assert load(text, "plan")[0].operations[1].request.body == {"name": "web2", "x": deep(strict.MAX_DEPTH - 7)}


def test_write_gives_a_private_file_that_reads_back(tmp_path: Path) -> None:
    path = tmp_path / "edge1.plan.json"
    path.write_text("old", encoding="utf-8")
    path.chmod(0o644)
    assert write(path, PLAN, META) == digest_of(PLAN)
    assert path.stat().st_mode & 0o777 == 0o600
    assert read(path) == (PLAN, META, digest_of(PLAN))
    assert [file.name for file in tmp_path.iterdir()] == ["edge1.plan.json"]


BROKEN = [
    (
        "a summary that cannot be",
        replace(PLAN, operations=PLAN.operations[1:]),
        "the operation has number 2, expected 1",
    ),
    (
        "NaN",
        replace(PLAN, changes=(Change(PLAN.changes[0].action, Address.parse_change("x"), {"w": float("nan")}),)),
        "the plan cannot be written as JSON",
    ),
    ("an input twice", replace(PLAN, inputs=(("a", "1"), ("a", "2"))), "inputs with a duplicate name"),
    (
        "a query twice",
        replace(
            PLAN, operations=(replace(PLAN.operations[0], inverse=(Request("PUT", "/", (("a", "1"), ("a", "2"))),)),)
        ),
        "a query with a duplicate name",
    ),
]


@pytest.mark.parametrize(("name", "plan", "what"), BROKEN, ids=[row[0] for row in BROKEN])
def test_write_does_not_write_what_apply_would_refuse(name: str, plan: Plan, what: str, tmp_path: Path) -> None:
    with pytest.raises(BugError, match=what):
        write(tmp_path / "plan.json", plan, META)
    assert list(tmp_path.iterdir()) == []


def test_inputs_come_back_sorted_by_name() -> None:
    plan = replace(PLAN, inputs=PLAN.inputs[::-1])
    assert load(dump(plan, META), "plan")[0].inputs == PLAN.inputs
    assert digest_of(plan) == digest_of(PLAN)


ON_A_FILE = replace(
    PLAN,
    target=replace(PLAN.target, url="file:/etc/haproxy/haproxy.cfg", keeps_text=True),
    result=replace(PLAN.result, layout=(Hunk(3, 1, ("# a\n", "  b\r\n")), Hunk(9, 0, ("\x0b\n",)))),
)


def test_a_layout_comes_back() -> None:
    assert load(dump(ON_A_FILE, META), "plan")[0] == ON_A_FILE


@pytest.mark.parametrize(
    "plan",
    [
        replace(ON_A_FILE, target=PLAN.target),
        replace(NOTHING, result=replace(NOTHING.result, layout=(Hunk(1, 1, ()),))),
    ],
    ids=["a server", "no operations"],
)
def test_only_operations_on_a_file_have_a_layout(plan: Plan) -> None:
    assert "only operations on a file have a layout" in str(fault(dump(plan, META)))


def test_a_layout_begins_with_line_1() -> None:
    bad = replace(ON_A_FILE, result=replace(ON_A_FILE.result, layout=(Hunk(0, 1, ()),)))
    assert "$.plan.result.layout[0].line" in str(fault(dump(bad, META)))


def test_a_key_that_stands_twice_in_what_is_no_json_at_all(tmp_path: Path) -> None:
    (tmp_path / "it.json").write_text('[{"a": 1, "a": 2} x')
    with pytest.raises(PlanFileError, match="not JSON"):
        read(tmp_path / "it.json")
