"""The texts of the rules: their examples are true, and the page has them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from hsync.errors import UsageError
from hsync.output.explained import explained, overview, risks_page
from hsync.risks import rule_of, rules_by_id
from hsync.risks.rule import Rule
from tests.unit.risks.changes import risks

PAGE = Path(__file__).resolve().parents[3] / "docs" / "risks.md"
RULES = list(rules_by_id().values())
SHOWN = [rule for rule in RULES if rule.example is not None]


def test_the_page_is_made_of_the_rules() -> None:
    page = risks_page(RULES)
    if os.environ.get("HSYNC_UPDATE_GOLDEN"):
        PAGE.write_text(page, encoding="utf-8")
    assert PAGE.read_text(encoding="utf-8") == page, "run with HSYNC_UPDATE_GOLDEN=1"


@pytest.mark.parametrize("rule", SHOWN, ids=[rule.id for rule in SHOWN])
def test_an_example_shows_its_rule(rule: Rule) -> None:
    assert rule.example is not None
    found = [one for one in risks(*rule.example) if one.rule == rule.id]
    assert found
    assert (
        found[0].level == rule.level
        or rule.level.value in rule.what.lower()
        or found[0].level.value in rule.what.lower()
    )


@pytest.mark.parametrize("rule", SHOWN, ids=[rule.id for rule in SHOWN])
def test_an_example_read_twice_has_no_risk(rule: Rule) -> None:
    for text in rule.example or ():
        assert risks(text, f"{text}# a comment\n") == ()


@pytest.mark.parametrize("rule", RULES, ids=[rule.id for rule in RULES])
def test_a_rule_is_explained(rule: Rule) -> None:
    text = explained(rule)
    assert text.startswith(f"{rule.id} ({rule.level})\n")
    assert (rule.example is None) == ("[[accept]]" not in text)
    assert rule.id in overview(RULES)
    assert rule.what.endswith(".")
    assert rule.why.endswith(".")


def test_an_unknown_id_has_the_nearest_one() -> None:
    with pytest.raises(UsageError, match=r"no risk has the id 'tls-weeker'; did you mean 'tls-weaker'"):
        rule_of("tls-weeker")
    with pytest.raises(UsageError, match=r"no risk has the id 'zzz'$"):
        rule_of("zzz")


def test_there_are_about_fifty_or_more() -> None:
    assert len(RULES) >= 50
