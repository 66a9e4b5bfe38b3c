"""Whatever stands in a plan, a state, a report: a terminal and a page show it as text, and as nothing else.

Every text of a value is replaced by that of an enemy, whatever field it is in: a new field is tried without a line here.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import cast

import pytest

from hsync.errors import Fault
from hsync.output.drifts import Compared, drift_text, drifts_text
from hsync.output.human import plan_text
from hsync.output.look import Look
from hsync.output.machine import plan_document
from hsync.output.markdown import plan_page
from hsync.output.progress import progress_on
from hsync.output.reports import (
    imported_text,
    judged_text,
    outcome_text,
    table,
    verified_text,
)
from hsync.output.safe import fit, hanging, plain
from hsync.output.words import Saved
from hsync.plan.plan import Plan, Target
from hsync.plan.verdict import LOCAL, Finding, Severity, Verdict
from tests.hostile import CHARACTERS, MARKUP, batches, hostile, page_of, payload, screen_of, seen
from tests.unit.output.plans import NOTHING, RAW, SAVED, TRANSACTION
from tests.unit.output.test_look import Terminal

PLANS = {"transaction": TRANSACTION, "raw": RAW, "nothing": NOTHING}
FACTS = replace(SAVED, read=True, words=("-t", "edge1"), signer="ops", note="signature dropped")
BENIGN = "benign"
COLOURED = Look(colour=True)
FEW, MANY = 4, 24
"""Characters on one screen: of a whole plan, of a report."""

TEXTS: dict[str, Callable[[str], str]] = {
    "verify": lambda bad: verified_text((bad, bad), iter((bad,))),
    "validate, accepted": lambda bad: judged_text(bad, Verdict(LOCAL), bad),
    "validate, refused": lambda bad: judged_text(bad, verdict(bad, Severity.ERROR), bad),
    "validate, warned": lambda bad: judged_text(bad, verdict(bad, Severity.WARNING), bad),
    "validate, not asked": lambda bad: judged_text(bad, Verdict(reason=bad), bad),
    "apply": lambda bad: outcome_text(bad, plan(TRANSACTION, bad)),
    "drift, none": lambda bad: drift_text(Compared(bad, 1, bad), None, COLOURED),
    "drift": lambda bad: drift_text(Compared(bad, 1, bad, (bad, bad)), None, COLOURED, [bad, bad]),
    "drifts": lambda bad: drifts_text(
        [
            Compared(bad),
            Compared(bad, 1, bad, (bad,), plan(TRANSACTION, bad).changes),
            Compared(bad, error=(bad, bad), hint=bad),
        ],
        COLOURED,
    ),
    "drift with a plan": lambda bad: drift_text(Compared(bad, 1, bad, (bad,)), plan(NOTHING, bad), COLOURED),
    "import": lambda bad: imported_text(Target(bad, bad, bad), bad, bad, 1, bad, 2),
    "state and allow": lambda bad: table([[bad, bad], [bad, bad, bad]]),
    "error": lambda bad: hanging(f"Error: {bad}"),
}


def verdict(bad: str, severity: Severity) -> Verdict:
    return Verdict(LOCAL, bad, (Finding(severity, Fault(bad, bad, bad, bad, 3)),))


def plan(made: Plan, bad: str) -> Plan:
    """A plan of an enemy. What a plan file cannot have stays: another lane, and an operation on what is no address."""
    changed = cast("Plan", hostile(made, bad))
    object.__setattr__(changed, "lane", made.lane)
    pairs = zip(changed.operations, made.operations, strict=True)
    object.__setattr__(changed, "operations", tuple(replace(new, address=old.address) for new, old in pairs))
    return changed


def saved(bad: str) -> Saved:
    return cast("Saved", hostile(FACTS, bad))


def as_text(made: Plan, bad: str) -> str:
    return plan_text(plan(made, bad), COLOURED, saved=saved(bad), diff=True, bodies=True)


def as_page(made: Plan, bad: str) -> str:
    return plan_page(plan(made, bad), saved=saved(bad), bodies=True)


Tried = Callable[[int, Callable[[str], None]], int]


@pytest.fixture
def tried(record_property: Callable[[str, object], None]) -> Tried:
    """Make a check with all characters, some of them on one screen; gives how many there were."""

    def trying(size: int, check: Callable[[str], None]) -> int:
        groups = batches(size)
        for characters in groups:
            check(characters)
        count = sum(map(len, groups))
        record_property("torture", ("characters in every field", count))
        return count

    return trying


@pytest.mark.parametrize("kind", PLANS)
def test_a_terminal_shows_a_plan_as_text(kind: str, tried: Tried) -> None:
    made = PLANS[kind]
    length = len(as_text(made, BENIGN).split("\n"))

    def check(characters: str) -> None:
        bad = payload(characters)
        shown = as_text(made, bad)
        assert fit(shown) == shown  # the exit has nothing to do: the door let nothing in
        lines = screen_of(shown).lines
        of_bodies = bad.count("\n") * len(made.operations) if kind == "raw" else 0  # a text is shown line by line
        assert len(lines) == length + of_bodies
        assert seen(plain(bad)) in seen(" ".join(lines))

    assert tried(FEW, check) == len(CHARACTERS) >= 115


@pytest.mark.parametrize("width", [40, 80, 200])
def test_a_narrow_terminal_shows_nothing_else(width: int, tried: Tried) -> None:
    def check(characters: str) -> None:
        shown = plan_text(plan(TRANSACTION, payload(characters)), Look(width), saved=saved(payload(characters)))
        screen_of(fit(shown))  # a word that is cut may begin with a mark

    assert tried(MANY, check) == len(CHARACTERS)


@pytest.mark.parametrize("verb", TEXTS)
def test_a_terminal_shows_a_report_as_text(verb: str, tried: Tried) -> None:
    length = len(TEXTS[verb](BENIGN).split("\n"))

    def check(characters: str) -> None:
        bad = payload(characters)
        lines = screen_of(TEXTS[verb](bad)).lines
        assert len(lines) == length + (bad.count("\n") if verb == "error" else 0)
        assert verb != "error" or all(not line or line.startswith("  ") for line in lines[1:])
        assert seen(plain(bad)) in seen(" ".join(lines)) or verb == "error" or "\n" in bad

    assert tried(MANY, check) == len(CHARACTERS)


def test_what_moves_while_a_plan_is_applied_is_text(tried: Tried) -> None:
    def check(character: str) -> None:
        stream, bad = Terminal(), payload(character)
        with progress_on(stream) as progress:
            progress(bad, 1, 2)
        assert plain(bad)[:20] in stream.getvalue()
        assert "\x1b]0;" not in stream.getvalue()
        assert character in "\n\r\x1b" + plain(bad) or character not in stream.getvalue()

    assert tried(1, check) == len(CHARACTERS)


@pytest.mark.parametrize("kind", PLANS)
def test_json_is_ascii_and_says_what_is_the_case(kind: str, tried: Tried) -> None:
    def check(characters: str) -> None:
        bad = payload(characters)
        document = plan_document(plan(PLANS[kind], bad), saved(bad), bodies=True)
        assert document.replace("\n", "").isprintable()
        assert document.isascii()
        assert json.loads(document)["target"]["name"] == bad

    assert tried(FEW, check) == len(CHARACTERS)


@pytest.mark.parametrize("kind", PLANS)
def test_a_page_shows_a_plan_as_text(kind: str, tried: Tried) -> None:
    shape = page_of(as_page(PLANS[kind], BENIGN)).shape

    def check(bad: str) -> None:
        page = page_of(as_page(PLANS[kind], bad))
        assert not bad or page.shape == shape
        assert seen(plain(bad)) in seen(page.text)

    assert tried(FEW, lambda characters: check(payload(characters))) == len(CHARACTERS)
    for bad in MARKUP.values():
        check(bad)
    assert len(MARKUP) >= 50
