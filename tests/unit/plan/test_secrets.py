"""A plan file has references instead of secret values, and the values are restored exactly."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hsync.errors import InputError, PlanFileError
from hsync.model import CONFIGURATION, Address
from hsync.plan.plan import RAW, Action, Base, Change, Operation, Plan, Request, Result, Target
from hsync.plan.secrets import KEPT, conceal, forget, references, refuse_unknown, reveal, spellings, superseded
from hsync.render.filters import quote
from hsync.schema import Json

SERVER = "backends/web/servers/s1"
TOKEN = "{{hsync:secret env:TOKEN}}"


def plan_of(body: Json, *, inverse: Json = None, inputs: tuple[str, ...] = ("env:TOKEN",)) -> Plan:
    """A plan with one operation; a raw push if the body is a text."""
    if isinstance(body, str):
        request = Request("POST", f"{CONFIGURATION}/raw", (), body)
        operation = Operation(1, "update", Action.REPLACE, RAW, request)
    else:
        path = f"{CONFIGURATION}/{SERVER}"
        undo = (Request("PUT", path, (), inverse),)
        operation = Operation(1, "update", Action.UPDATE, SERVER, Request("PUT", path, (), body), undo)
    return Plan(
        Target("a", "https://a.example:5555", "3.2"),
        Base(1, "00" * 32),
        "raw" if isinstance(body, str) else "transaction",
        "",
        Result("00" * 32),
        operations=(operation,),
        inputs=tuple((f"secret {reference}", "00" * 32) for reference in inputs),
    )


def body_of(plan: Plan) -> Json:
    return plan.operations[0].request.body


CONCEALED: list[tuple[str, str, Json, Json]] = [
    ("a whole value", "hunter2", {"password": "hunter2"}, {"password": TOKEN}),
    ("inside a value", "hunter2", {"fmt": "Bearer hunter2"}, {"fmt": f"Bearer {TOKEN}"}),
    ("twice", "hunter2", {"fmt": "hunter2hunter2"}, {"fmt": TOKEN + TOKEN}),
    ("deep inside", "hunter2", {"a": [{"b": "hunter2"}]}, {"a": [{"b": TOKEN}]}),
    ("an innocent word", "hunter2", {"check": "hunter2"}, {"check": TOKEN}),
    ("a short value alone", "b", {"fmt": "b a:b"}, {"fmt": f"{TOKEN} a:{TOKEN}"}),
    ("not a short value inside a word", "b", {"fmt": "abc"}, {"fmt": "abc"}),
    ("a number", "8443", {"port": 8443}, {"port": "{{hsync:secret env:TOKEN number}}"}),
    ("not another number", "8443", {"port": 8444}, {"port": 8444}),
    ("not a truth", "True", {"on": True, "off": None, "f": 1.5}, {"on": True, "off": None, "f": 1.5}),
    ("inside quotes", 'a"b$cdef', {"fmt": '"a\\"b\\$cdef"'}, {"fmt": '"{{hsync:secret env:TOKEN quoted}}"'}),
    ("escaped bare", "pass word", {"fmt": "pass\\ word"}, {"fmt": "{{hsync:secret env:TOKEN escaped}}"}),
    ("percent-encoded", "pass word", {"uri": "/?p=pass%20word"}, {"uri": "/?p={{hsync:secret env:TOKEN url}}"}),
    ("not the name that the address has", "s1", {"name": "s1"}, {"name": "s1"}),
    ("not names of members", "secret-x", {"secret-x": 1}, {"secret-x": 1}),
    ("the whole text", "hunter2", "global\n  x hunter2\n", f"global\n  x {TOKEN}\n"),
]


@pytest.mark.parametrize(("what", "value", "body", "saved"), CONCEALED, ids=[row[0] for row in CONCEALED])
def test_a_value_becomes_its_reference_and_comes_back(what: str, value: str, body: Json, saved: Json) -> None:
    plan = plan_of(body, inverse=body)
    hidden = conceal(plan, {"env:TOKEN": value})
    assert body_of(hidden) == saved
    assert reveal(hidden, {"env:TOKEN": value}.__getitem__) == plan


def test_the_longest_value_goes_first() -> None:
    hidden = conceal(plan_of("x secret-1-more secret-1"), {"env:A": "secret-1", "env:B": "secret-1-more"})
    assert body_of(hidden) == "x {{hsync:secret env:B}} {{hsync:secret env:A}}"


def test_of_two_references_with_one_value_the_first_stands_for_both() -> None:
    hidden = conceal(plan_of("x hunter2"), {"env:B": "hunter2", "env:A": "hunter2"})
    assert references(hidden) == ("env:A",)


@pytest.mark.parametrize("reference", ["env:A", "file:a b/{c}} %41.txt", "file:caf\udce9", "file:/x/é"])
def test_any_reference_fits_into_a_marker(reference: str) -> None:
    plan = plan_of("x hunter2 y", inputs=(reference,))
    hidden = conceal(plan, {reference: "hunter2"})
    assert references(hidden) == (reference,)
    assert reveal(hidden, {reference: "hunter2"}.__getitem__) == plan


@pytest.mark.parametrize("text", ["x {{hsync:secret env:TOKEN}}", "{{hsync:secret", KEPT])
@pytest.mark.parametrize("secrets", [{}, {"env:TOKEN": "hunter2"}])
def test_a_text_that_looks_like_a_marker_is_refused(text: str, secrets: Mapping[str, str]) -> None:
    with pytest.raises(InputError, match=r"raw has the text '\{\{hsync:secret'"):
        conceal(plan_of(text), secrets)
    with pytest.raises(InputError, match="backends/web/servers/s1 has"):
        conceal(plan_of({}, inverse=[text]), secrets)


def test_a_plan_without_secrets_stays_what_it_is() -> None:
    plan = plan_of({"a": "b"})
    assert conceal(plan, {}) is plan
    assert reveal(plan, dict[str, str]().__getitem__) is plan


@pytest.mark.parametrize(
    ("body", "what"),
    [
        ("x {{hsync:secret env:OTHER}}", "the secret env:OTHER, which is not in its inputs"),
        ("x {{hsync:secret env:TOKEN", "malformed marker"),
        ("x {{hsync:secret env:TOKEN}} {{hsync:secret}}", "malformed marker"),
        ("x {{hsync:secret env:TOKEN loud}}", "malformed marker"),
        ("x {{hsync:secret env:TOKEN number}}", "malformed marker"),
        ({"a": KEPT}, "malformed marker"),
    ],
)
def test_an_edited_marker_is_refused(body: Json, what: str) -> None:
    for reading in (refuse_unknown, lambda plan: reveal(plan, lambda _: "1")):
        with pytest.raises(PlanFileError, match=what):
            reading(plan_of(body))


def test_a_number_must_be_one() -> None:
    with pytest.raises(PlanFileError, match="expected a number as the value of a secret"):
        reveal(plan_of({"port": "{{hsync:secret env:TOKEN number}}"}), lambda _: "hunter2")


def test_a_reference_without_a_value_is_told() -> None:
    with pytest.raises(InputError, match="no value for the secret env:TOKEN"):
        reveal(plan_of({"a": TOKEN}), dict[str, str]().__getitem__)


def test_a_reference_is_looked_up_once() -> None:
    asked: list[str] = []

    def lookup(reference: str) -> str:
        asked.append(reference)
        return "x"

    reveal(plan_of({"a": TOKEN, "b": TOKEN}, inverse=[TOKEN]), lookup)
    assert asked == ["env:TOKEN"]


FORGOTTEN: list[tuple[str, Json, Json]] = [
    ("a password", {"username": "u", "password": "old"}, {"username": "u", "password": KEPT}),
    ("a hash too", {"password": "$5$x$y", "secure_password": True}, {"password": KEPT, "secure_password": True}),
    ("a reference stays", {"password": TOKEN}, {"password": TOKEN}),
    ("half a reference", {"password": f"old{TOKEN}"}, {"password": KEPT}),
    ("nothing to hide", {"password": "", "cluster_secret": None}, {"password": "", "cluster_secret": None}),
    ("in a full section", {"users": {"u": {"password": "old"}}}, {"users": {"u": {"password": KEPT}}}),
    ("in a list", [{"stats_options": {"stats_auths": [{"passwd": "old"}]}}],
     [{"stats_options": {"stats_auths": [{"passwd": KEPT}]}}]),
    ("in maps of texts", {"acme_vars": {"a": "old"}}, {"acme_vars": {"a": KEPT}}),
    ("what is no secret", {"address": "192.0.2.1", "weight": 1}, {"address": "192.0.2.1", "weight": 1}),
]  # fmt: skip


@pytest.mark.parametrize(("what", "body", "saved"), FORGOTTEN, ids=[row[0] for row in FORGOTTEN])
def test_an_inverse_loses_the_secrets_of_the_server(what: str, body: Json, saved: Json) -> None:
    plan = plan_of({"password": "inline"}, inverse=body)
    forgotten = forget(plan)
    assert forgotten.operations[0].inverse[0].body == saved
    assert body_of(forgotten) == {"password": "inline"}
    assert forget(forgotten) == forgotten


SUPERSEDED: list[tuple[str, dict[str, Json] | None, dict[str, Json] | None, tuple[str, ...]]] = [
    ("the value of before", {"fmt": "old-token"}, {"fmt": "new-token"}, ("old-token",)),
    ("with what stands around it", {"fmt": "Bearer old"}, {"fmt": "Bearer new-token"}, ("Bearer old",)),
    ("not other attributes", {"name": "something"}, {"fmt": "new-token", "name": "another"}, ()),
    ("not what is still there", {"a": ["constant", "old-token"]}, {"a": ["constant", "new-token"]}, ("old-token",)),
    ("not a short one", {"fmt": "old"}, {"fmt": "new-token"}, ()),
    ("nothing before", None, {"fmt": "new-token"}, ()),
    ("nothing after", {"fmt": "old-token"}, None, ()),
]


@pytest.mark.parametrize(("what", "before", "after", "old"), SUPERSEDED, ids=[row[0] for row in SUPERSEDED])
def test_what_a_secret_takes_the_place_of(
    what: str, before: dict[str, Json] | None, after: dict[str, Json] | None, old: tuple[str, ...]
) -> None:
    plan = replace(plan_of({}), changes=(Change(Action.UPDATE, Address.parse(SERVER), before, after),))
    assert superseded(plan, ["new-token"]) == old
    assert superseded(plan, []) == ()


def test_an_inverse_loses_what_was_superseded() -> None:
    plan = forget(plan_of({}, inverse=[{"fmt": "old-token", "cond": "if"}]), ["old-token"])
    assert plan.operations[0].inverse[0].body == [{"fmt": KEPT, "cond": "if"}]


def test_a_forgotten_inverse_is_no_fault_of_the_file() -> None:
    plan = forget(plan_of({"a": TOKEN}, inverse={"password": "old"}))
    revealed = reveal(plan, {"env:TOKEN": "x"}.__getitem__)
    assert revealed.operations[0].inverse[0].body == {"password": KEPT}
    refuse_unknown(plan)


# Properties: few letters, so that values, their spellings and innocent texts meet.

letters = st.text("ab1 {}\"'\\$%\n\xe9\udce9", max_size=8) | st.sampled_from(["{{hsync", ":secret", "}}", "{", "12"])
secret_values = st.text('ab1 {}"\\$%\n\xe9\udce9', min_size=1, max_size=8) | st.sampled_from(["1", "12", "}}"])


@st.composite
def cases(draw: st.DrawFn) -> tuple[dict[str, str], Json]:
    """Secrets, and a body with their values in any encoding between other texts."""
    values = draw(st.lists(secret_values, min_size=1, max_size=3))
    secrets = {f"env:{name}": value for name, value in zip("ABC", values, strict=False)}
    piece = letters | st.sampled_from(spellings(values))
    text = st.lists(piece, max_size=5).map("".join).filter(lambda made: "{{hsync:secret" not in made)
    leaf = text | st.sampled_from([1, 12, 0, True, None, 1.5])
    members: st.SearchStrategy[Json] = st.dictionaries(
        st.sampled_from(["name", "a", "password"]), leaf | st.lists(leaf)
    )
    body = draw(text | members)
    return secrets, body


@given(cases())
def test_reveal_is_the_inverse_of_conceal(case: tuple[dict[str, str], Json]) -> None:
    secrets, body = case
    plan = plan_of(body, inverse=body, inputs=tuple(secrets))
    assert reveal(conceal(plan, secrets), secrets.__getitem__) == plan


@given(secret_values.filter(lambda value: len(value) >= 6 and value not in "{{hsync:secret env:A}}"), letters, letters)
def test_a_long_value_is_nowhere_in_what_is_saved(value: str, before: str, after: str) -> None:
    for text in spellings([value]):
        hidden = conceal(plan_of(f"{before} {text} {after}"), {"env:A": value})
        left = str(body_of(hidden)).replace("{{hsync:secret env:A", "")
        assert value not in left
        assert text not in left


@given(st.text(min_size=1).filter(lambda value: "\0" not in value))
def test_what_the_filter_quote_writes_is_found(value: str) -> None:
    assert quote(value).strip("\"'") in {text.strip("\"'") for text in spellings([value])}
