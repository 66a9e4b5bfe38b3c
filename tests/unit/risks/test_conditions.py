"""Conditions are compared by what they mean."""

from __future__ import annotations

import pytest

from hsync.model import Address
from hsync.output.risks import told_risks
from hsync.plan.risk import Level, Risk
from hsync.risks import rules_by_id
from hsync.risks.conditions import condition_of, excludes, implies, names_in
from tests.unit.risks.changes import found


def implied(one: str, other: str) -> bool:
    return implies(condition_of(tuple(one.split()), {}), condition_of(tuple(other.split()), {}))


MANY = " or ".join(f"{{ path /a{at} }} {{ path /b{at} }}" for at in range(9))


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("if { path /a }", "", True),
        ("", "if { path /a }", False),
        ("if { path /a }", "if TRUE", True),
        ("if { path /a }", "if !FALSE", True),
        ("if { path /a } { src 10.1.1.1 }", "if { path /a }", True),
        ("if { path /a }", "if { path /a } { src 10.1.1.1 }", False),
        ("if { path /a }", "if { path /a } or { path /b }", True),
        ("if { path /a } || { path /b }", "if { path /a }", False),
        ("if ! { path /a }", "unless { path /a }", True),
        ("if !{ path /a }", "unless { path /a }", True),
        ("if ! ! { path /a }", "if { path /a }", True),
        ("unless { path /a /b }", "unless { path /a }", True),
        ("unless { path /a }", "unless { path /a /b }", False),
        ("if METH_GET", "if { method GET HEAD }", True),
        ("if LOCALHOST", "if { src 127.0.0.0/8 ::1 }", True),
        ("if unknown", "if unknown", True),
        ("if unknown", "if other", False),
        (f"unless {MANY}", f"unless {MANY}", True),
        (f"unless {MANY}", "if { path /a }", False),
        ("if { path /a ", "if { path /a }", True),
    ],
)
def test_what_a_condition_implies(one: str, other: str, *, expected: bool) -> None:
    assert implied(one, other) is expected


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("if { path /a }", "if { path /b }", True),
        ("if { path /a }", "if { path -i /A }", False),
        ("if { path_beg /a }", "if { path /b/a }", True),
        ("if { path /b/a }", "if { path_beg /a }", True),
        ("if { path_beg /a }", "if { path /a/b }", False),
        ("if { path_beg /a }", "if { path_beg /a/b }", False),
        ("if { path_reg a }", "if { path /b }", False),
        ("if { path -f a }", "if { path /b }", False),
        ("if { src 10.1.0.0/16 }", "if { src 10.2.0.0/16 }", True),
        ("if { src 10.1.0.0/16 }", "if { src 10.1.2.3 }", False),
        ("if { src 10.1.0.0/16 }", "if { src ::1 }", True),
        ("if { dst_port 80 }", "if { dst_port 81:99 }", True),
        ("if { dst_port 80 }", "if { dst_port lt 90 }", False),
        ("if { path /a }", "unless { path /a /b }", True),
        ("unless { path /a }", "if { path /a }", True),
        ("unless { path /a }", "unless { path /b }", False),
        ("if { hdr(x) a }", "if { hdr(x) b }", False),
        ("if FALSE", "if { path /a }", True),
    ],
)
def test_what_excludes_each_other(one: str, other: str, *, expected: bool) -> None:
    sides = [condition_of(tuple(text.split()), {}) for text in (one, other)]
    assert excludes(sides[0], sides[1]) is expected


def test_the_names_in_a_condition() -> None:
    assert list(names_in(("unless", "a", "!b", "{", "path", "/c", "}", "or", "d"))) == [
        (True, "a"),
        (False, "b"),
        (True, "d"),
    ]


def test_an_acl_of_the_statistics_page_lets_in() -> None:
    page = "listen s\n  bind :9\n  acl ops src {}\n  stats uri /s\n  stats auth a:b\n  stats admin if ops\n"
    assert "high acl-widened" in found(page.format("10.1.1.0/24"), page.format("10.0.0.0/8"))


def test_many_rules_are_compared_by_their_words() -> None:
    def denials(count: int, extra: str = "") -> str:
        lines = (f"  http-request deny if {{ path /x{at} }}{extra}\n" for at in range(count))
        return "frontend f\n  mode http\n  bind :1\n" + "".join(lines)

    assert found(denials(500), denials(500)) == []
    assert set(found(denials(500), denials(500, " { src 10.1.1.1 }"))) == {"high deny-removed"}
    assert found(denials(500), "frontend f\n  mode http\n  bind :1\n") == ["high deny-removed"] * 500


def test_a_bind_with_a_name_meets_no_other() -> None:
    assert "high port-taken" not in found(
        "listen a\n  bind x:80\n", "listen a\n  bind x:80\nlisten b\n  bind 10.1.1.1:80\n"
    )
    assert found("listen a\n  bind :80\n", "listen a\n  bind :80\nlisten b\n  bind :80 interface eth1\n") == [
        "medium bind-added"
    ]


def test_many_findings_of_a_rule_are_one_row_that_names_all_sections() -> None:
    many = [Risk("section-deleted", Level.HIGH, Address("backends", f"b{at}"), f"reason {at}") for at in range(60)]
    first, rest = told_risks(many)
    assert (first.place, first.words) == ("backends/b0", "reason 0")
    assert rest.words == "and 59 more like it: " + ", ".join(f"backends/b{at}" for at in range(1, 60))
    accepted = Risk("tls-weaker", Level.LOW, None, "x", ("a", "b", "c", "d", "e", "f", "g"), accepted="ok")
    (row,) = told_risks([accepted])
    assert (row.level, row.place, row.words) == ("accepted", "", "a, b, c, d, e and 2 more: x (accepted: ok)")


def test_two_rules_with_one_id_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    rule = next(iter(rules_by_id().values()))
    monkeypatch.setattr("hsync.risks.registered", lambda *_: iter([(rule, rule)]))
    with pytest.raises(ValueError, match=f"two rules with the id {rule.id}"):
        rules_by_id.__wrapped__()
