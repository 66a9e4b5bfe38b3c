"""A plan's effects are there after it ran, not before, and not when somebody changed one of them."""

from __future__ import annotations

import pytest

from hsync.model import Configuration
from hsync.plan.effects import holds
from hsync.plan.plan import Plan, Target
from hsync.session import apply_plan, make_plan, read_desired
from hsync.testing import Server
from tests.unit.plan.test_operations import BASE, CASES, RAW, edited

ALL = {name: edits for name, (edits, _) in {**CASES, **RAW}.items() if name != "a server with a variable as port"}
"""All but one: a server that rewrites would move that line behind its siblings."""


def applied(edits: list[tuple[str, str]]) -> tuple[Plan, str]:
    client = Server(BASE).client
    plan = make_plan(client, read_desired(edited(*edits), "d"), Target("t", client.identity, "3.4"))
    return plan, apply_plan(client, plan).snapshot.text


@pytest.mark.parametrize("edits", ALL.values(), ids=ALL)
def test_effects_are_there_after_the_plan_ran_and_not_before(edits: list[tuple[str, str]]) -> None:
    plan, text = applied(edits)
    assert not holds(Configuration.from_text(BASE), plan)
    assert holds(Configuration.from_text(text), plan)


@pytest.mark.parametrize(
    ("case", "old", "new"),
    [
        ("an attribute of a section", "maxconn 200", "maxconn 201"),
        ("an attribute of a server", "weight 5", "weight 6"),
        ("a server at the end", "server s4 10.0.0.4:80", "server s4 10.0.0.5:80"),
        ("a server at the end", "server s4 10.0.0.4:80", "server s4 10.0.0.4:80\n  server s5 10.0.0.5:80"),
        ("a server less", "server s1 ", "server s2 10.0.0.2:80\n  server s1 "),
        ("a rule more", "deny if is_b", "deny if is_a"),
        ("a backend with servers in order of their names", "backend b2 from base", "backend b3 from base"),
        ("a listen section", "bind :9", "bind :8"),
    ],
)
def test_one_effect_that_is_gone_is_noticed(case: str, old: str, new: str) -> None:
    plan, text = applied(ALL[case])
    assert old in text
    assert not holds(Configuration.from_text(text.replace(old, new, 1)), plan)
