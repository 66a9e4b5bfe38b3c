"""Plans carry their risks: `show`, `verify` and `apply` refuse one without them, and accept what hsync wrote."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace

import pytest

from hsync.dataplane import DataplaneClient
from hsync.errors import UnsafePlanError
from hsync.plan.hiding import hidden_line
from hsync.plan.plan import Plan
from hsync.plan.risk import Accept, Level, Risk
from hsync.plan.scope import Scope, violations
from hsync.session import apply_plan, make_plan, read_desired, verify_plan
from hsync.session.shown import refuse_contradiction
from hsync.store.planfile import Meta, dump, load
from hsync.syntax.words import decode
from hsync.testing import Server
from tests.unit.risks.commits import COMMITS, SITES, Commit

On = Callable[[str], AbstractContextManager[DataplaneClient]]

IDS = [f"{one.site} {one.rule}" for one in COMMITS]


@contextmanager
def server(text: str) -> Iterator[DataplaneClient]:
    with Server(text) as one:
        yield one.client


@contextmanager
def file(text: str) -> Iterator[DataplaneClient]:
    with DataplaneClient.embedded(text=text) as client:
        yield client


def planned(client: DataplaneClient, commit: Commit, scope: Scope | None = None) -> Plan:
    desired = read_desired(commit.text(with_mistake=True), "t.cfg")
    return make_plan(client, desired, client.as_target("edge1", "3.4"), scope=scope)


@pytest.mark.parametrize("target", [server, file], ids=["server", "file"])
@pytest.mark.parametrize("commit", COMMITS, ids=IDS)
def test_a_plan_has_the_risk_wherever_it_is_read(commit: Commit, target: On) -> None:
    with target(SITES[commit.site]) as client:
        plan = planned(client, commit)
        (risk, *_) = [one for one in plan.risks if one.rule == commit.rule and commit.said in said(one)]
        assert bool(risk.source) is (
            risk.line != "" and hidden_line(risk.line) in hidden(commit.text(with_mistake=True))
        )
        read, _, _ = load(dump(plan, Meta()), "edge1.plan.json")
        assert read == plan
        refuse_contradiction(read)
        verify_plan(client, plan)
        with pytest.raises(UnsafePlanError, match=f"it does not show the risk {commit.rule} of"):
            apply_plan(client, without(plan, risk))
        assert apply_plan(client, plan).changed


def hidden(text: str) -> list[str]:
    return [hidden_line(" ".join(decode(line))) for line in text.splitlines()]


def said(risk: Risk) -> str:
    return " ".join([str(risk.address), *risk.names, risk.reason, risk.line])


def without(plan: Plan, risk: Risk) -> Plan:
    return replace(plan, risks=tuple(one for one in plan.risks if one != risk))


APART = {("edge", "port-taken")}
"""The port is taken in a section that stays as it is."""

SHOWN_ALONE = [one for one in COMMITS if (one.site, one.rule) not in APART]


@pytest.mark.parametrize("commit", SHOWN_ALONE, ids=[f"{one.site} {one.rule}" for one in SHOWN_ALONE])
def test_show_refuses_a_plan_without_the_risk(commit: Commit) -> None:
    with server(SITES[commit.site]) as client:
        plan = planned(client, commit)
        (risk, *_) = [one for one in plan.risks if one.rule == commit.rule and commit.said in said(one)]
        other = replace(risk, level=Level.HIGH if risk.level is Level.LOW else Level.LOW)
        for forged in (without(plan, risk), replace(plan, risks=(*without(plan, risk).risks, other))):
            with pytest.raises(UnsafePlanError, match="it does not show the risk"):
                refuse_contradiction(forged)


TLS = COMMITS[12]


@pytest.mark.parametrize(
    ("accept", "open_risks"),
    [
        ((), ("tls-weaker",)),
        ((Accept("tls-weaker", "*", "printers"),), ()),
        ((Accept("tls-weaker", "glob*", "printers"),), ()),
        ((Accept("tls-weaker", "frontend/*", "printers"),), ("tls-weaker",)),
        ((Accept("acl-widened", "*", "printers"),), ("tls-weaker",)),
    ],
)
def test_a_project_accepts_a_risk(accept: tuple[Accept, ...], open_risks: tuple[str, ...]) -> None:
    with file(SITES[TLS.site]) as client:
        plan = planned(client, TLS, Scope(accept=accept))
        assert tuple(one.rule for one in plan.risks if not one.accepted) == open_risks
        assert [one.rule for one in plan.risks] == ["tls-weaker"]
        assert bool(violations(plan, "high")) is bool(open_risks)
        assert apply_plan(client, plan).changed


@pytest.mark.parametrize(
    ("levels", "fail_on", "refused"),
    [
        ((Level.HIGH,), "high", True),
        ((Level.MEDIUM,), "high", False),
        ((Level.MEDIUM,), "medium", True),
        ((Level.LOW,), "medium", False),
        ((Level.LOW,), "low", True),
        ((Level.HIGH, Level.LOW), "low", True),
        ((Level.HIGH,), "", False),
        ((), "low", False),
    ],
)
def test_a_severity_refuses_a_plan(levels: tuple[Level, ...], fail_on: str, *, refused: bool) -> None:
    with file(SITES["shop"]) as client:
        plan = planned(client, TLS)
    found = tuple(Risk("tls-weaker", level, None, "x") for level in levels)
    reasons = violations(replace(plan, risks=found), fail_on)
    assert bool(reasons) is refused
    assert all(f"--fail-on {fail_on} refuses: tls-weaker ({levels[0]})" in one for one in reasons)
