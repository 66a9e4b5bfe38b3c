"""Any plan that hsync can make is equal after writing and reading it, with the same digest."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hsync.errors import Fault, PlanFileError
from hsync.model import CONFIGURATION, Address
from hsync.plan.operations import request_for
from hsync.plan.plan import Action, Base, Change, Operation, Plan, Request, Result, Target, Unaddressed
from hsync.plan.risk import Level, Risk
from hsync.plan.verdict import LOCAL, REMOTE, Finding, Severity, Verdict
from hsync.schema import Json
from hsync.store.planfile import Meta, digest_of, dump, load

# Text as it comes from bytes: no surrogates but those of undecodable bytes.
texts = st.binary(max_size=12).map(lambda data: data.decode("utf-8", "surrogateescape"))
names = texts.filter(lambda name: name not in {"", ".", ".."})
digests = st.binary(min_size=32, max_size=32).map(bytes.hex)
numbers = st.integers() | st.floats(allow_nan=False, allow_infinity=False)
values: st.SearchStrategy[Json] = st.recursive(
    st.none() | st.booleans() | numbers | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)
bodies = st.dictionaries(texts.filter(lambda key: key != "name"), values, max_size=4)
addresses = st.one_of(
    st.builds(Address, st.just("backends"), names),
    st.builds(Address, st.just("backends"), names, st.just("servers"), names),
    st.builds(Address, st.just("frontends"), names, st.just("acls"), st.just(""), st.integers(0, 99)),
    st.builds(
        Address, st.sampled_from(["global", "listen"]), st.just(""), st.just("lines"), st.just(""), st.integers(0, 99)
    ),
)
real_changes = st.builds(
    Change,
    st.sampled_from([Action.CREATE, Action.UPDATE, Action.DELETE, Action.MOVE]),
    addresses,
    st.none() | bodies,
    st.none() | bodies,
    texts,
    texts,
    st.none() | st.integers(min_value=0),
    texts,
)


@st.composite
def servers(draw: st.DrawFn) -> Operation:
    address = Address("backends", draw(names), "servers", draw(names))
    method, action = draw(st.sampled_from([("POST", Action.CREATE), ("PUT", Action.UPDATE), ("DELETE", Action.DELETE)]))
    body = None if method == "DELETE" else {**draw(bodies), "name": address.key}
    inverse = (request_for("PUT", address.section, draw(bodies), full=draw(st.booleans())),)
    return Operation(0, "update", action, str(address), request_for(method, address, body), inverse)


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    changes = tuple(draw(st.lists(real_changes, max_size=3)))
    if draw(st.booleans()):
        lane, found = "transaction", draw(st.lists(servers(), max_size=3))
    else:
        raw = Request("POST", f"{CONFIGURATION}/raw", (), draw(texts))
        lane, found = "raw", [Operation(0, "update", Action.REPLACE, "raw", raw)]
    operations = tuple(
        Operation(seq, one.phase, one.action, one.address, one.request, one.inverse, (), draw(st.booleans()))
        for seq, one in enumerate(found, 1)
    )
    return Plan(
        Target(draw(texts), draw(texts), draw(texts)),
        Base(draw(st.integers(min_value=0)), draw(digests)),
        lane,
        draw(texts),
        Result(draw(digests), tuple(draw(st.lists(texts, max_size=2)))),
        changes,
        operations,
        tuple(sorted(draw(st.dictionaries(texts, digests, max_size=2)).items())),
        tuple(draw(st.lists(st.builds(Unaddressed, texts, texts, texts, st.booleans()), max_size=2))),
        risks=tuple(draw(st.lists(risks, max_size=2))),
        drift=tuple(draw(st.lists(texts, max_size=2))),
        notes=tuple(draw(st.lists(texts, max_size=2))),
        verdict=draw(verdicts),
    )


risks = st.builds(
    Risk,
    st.sampled_from(["tls-weaker", "brake"]),
    st.sampled_from(Level),
    st.none() | st.just(Address("backends", "a")),
    texts,
    st.lists(texts, max_size=2).map(tuple),
    texts,
    texts,
    texts,
)
faults = st.builds(Fault, texts, texts, texts, texts, st.integers(min_value=0, max_value=200))
verdicts = st.builds(Verdict, st.just(""), texts) | st.builds(
    Verdict,
    st.sampled_from([LOCAL, REMOTE]),
    texts,
    st.lists(st.builds(Finding, st.sampled_from(Severity), faults), max_size=3).map(tuple),
)


@given(plans(), st.builds(Meta, texts, texts, texts, texts))
def test_load_is_the_inverse_of_dump(plan: Plan, meta: Meta) -> None:
    text = dump(plan, meta)
    assert load(text.encode().decode(), "plan") == (plan, meta, digest_of(plan))
    assert dump(load(text, "plan")[0], meta) == text


@given(plans(), st.data())
def test_a_file_cut_short_is_refused(plan: Plan, data: st.DataObject) -> None:
    text = dump(plan, Meta())
    end = data.draw(st.integers(min_value=0, max_value=len(text) - 2))
    with pytest.raises(PlanFileError):
        load(text[:end], "plan")


@given(st.text())
def test_any_text_is_read_or_refused_by_name(text: str) -> None:
    with pytest.raises(PlanFileError):
        load(text, "plan")


@given(names, names)
def test_an_address_s_text_reads_back(name: str, key: str) -> None:
    for address in (
        Address("backends", name),
        Address("backends", name, "servers", key),
        Address("global", "", "log_targets"),
    ):
        assert Address.parse(str(address)) == address
