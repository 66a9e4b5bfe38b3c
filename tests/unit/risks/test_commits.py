"""The mistake of a commit stands in the first lines of the plan, and honest commits raise no false alarm."""

from __future__ import annotations

from collections import Counter

import pytest

from hsync.model import Configuration
from hsync.output.human import plan_text
from hsync.output.look import Look
from hsync.output.markdown import plan_page
from hsync.plan.plan import Base, Plan, Result, Target
from hsync.plan.risk import Level, Risk
from tests.drafts import draft
from tests.unit.risks.changes import risks
from tests.unit.risks.commits import COMMITS, SITES, Commit

FIRST = 10
"""Lines that a reviewer reads in any case."""

FALSE_ALARMS = 2
"""Maximum number of risks of severity high in all honest commits."""

IDS = [f"{one.site} {one.rule}" for one in COMMITS]


def risks_of(commit: Commit, *, with_mistake: bool) -> tuple[Risk, ...]:
    return risks(SITES[commit.site], commit.text(with_mistake=with_mistake))


def plan_of(commit: Commit) -> Plan:
    before, after = (
        Configuration.from_text(text, "t.cfg") for text in (SITES[commit.site], commit.text(with_mistake=True))
    )
    made = draft(before, after, api="3.4", kept=True)
    return Plan(
        Target("edge1", "file:/etc/haproxy/haproxy.cfg", "3.4", keeps_text=True),
        Base(7, "ab" * 32),
        made.lane,
        made.lane_reason,
        Result("cd" * 32),
        made.changes,
        made.operations,
        risks=made.risks,
    )


@pytest.mark.parametrize("commit", COMMITS, ids=IDS)
def test_the_mistake_is_in_the_first_ten_lines(commit: Commit) -> None:
    shown = plan_text(plan_of(commit), Look(width=100)).splitlines()[:FIRST]
    text = " ".join(" ".join(shown).split())
    assert commit.rule in text
    assert commit.said in text


@pytest.mark.parametrize("commit", COMMITS, ids=IDS)
def test_the_mistake_is_in_the_first_lines_of_a_comment(commit: Commit) -> None:
    text = "\n".join(plan_page(plan_of(commit)).splitlines()[:FIRST])
    assert f"`{commit.rule}`" in text


@pytest.mark.parametrize("commit", COMMITS, ids=IDS)
def test_the_risk_comes_from_the_mistake(commit: Commit) -> None:
    honest = [(one.rule, one.address, one.reason) for one in risks_of(commit, with_mistake=False)]
    found = [one for one in risks_of(commit, with_mistake=True) if (one.rule, one.address, one.reason) not in honest]
    assert commit.rule in [one.rule for one in found]


def test_honest_commits_raise_no_false_alarm() -> None:
    found = [
        (one.site, risk.rule, risk.reason)
        for one in COMMITS
        for risk in risks_of(one, with_mistake=False)
        if risk.level is Level.HIGH
    ]
    assert len(found) <= FALSE_ALARMS, found


def test_there_are_ten_kinds_on_three_sites() -> None:
    assert len(COMMITS) == 30
    assert Counter(one.site for one in COMMITS) == {"shop": 10, "mail": 10, "edge": 10}
