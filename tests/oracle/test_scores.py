"""The section types against their oracles: all deviating records are listed with a reason, and the scores are the saved ones.

`directives`, `unmodelled`, `rejected`: the real server's JSON and text of 10,395 lines. `properties`: its text of 5,605 JSON
bodies. `specification`, `bodies`, `older`: the published specifications. `engine`: the server's own library. `keywords`, `haproxy`:
HAProxy itself. `files`, `rewritten`: 109 whole files. The scores are printed (`pytest -rP`); `python -m tests.oracle.board` makes the table without tests.
"""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest

from hsync.dataplane.embedded import find_haproxy
from tests.corpus import needs_corpus
from tests.oracle import board
from tests.oracle.engine import BINARY
from tests.oracle.exceptions import rules, unlisted, unused

RECORDS = rules("proxies", "rules", "sections", "servers")
LINES = [rule for rule in RECORDS if rule.pattern[0] != "("]
EXCEPTIONS = {
    "directives": LINES,
    "unmodelled": LINES,
    "properties": [rule for rule in RECORDS if rule.pattern[0] == "("],
    "specification": rules("specification"),
    "older": rules("older"),
    "engine": rules("engine"),
    "keywords": rules("keywords"),
}
OTHERS = {
    "rejected": {"0077-global": "two valid lines in one record: its source reads one"},
    "rewritten": {
        "cookies/cookies-with-prefix.cfg": "the server reads `insert ... prefix` as `prefix` and writes that"
    },
    "bodies": {},
    "files": {},
    "haproxy": {},
}
"""Exceptions by id, for oracles with very few of them."""

needs_haproxy = pytest.mark.skipif(find_haproxy() is None, reason="there is no haproxy binary")
needs_engine = pytest.mark.skipif(
    not BINARY.is_file() and not os.environ.get("CI"), reason="the test engine is not built (`make engine`)"
)
MARKS = {"haproxy": needs_haproxy, "engine": needs_engine}
ORACLES = [pytest.param(one, marks=MARKS.get(one, ())) for one in board.ORACLES]


@needs_corpus
@pytest.mark.parametrize("oracle", ORACLES)
def test_every_record_is_as_the_oracle_has_it_or_is_named_with_a_reason(oracle: str) -> None:
    wrong = board.wrong(board.ORACLES[oracle]())
    if oracle in EXCEPTIONS:
        assert unlisted(wrong, EXCEPTIONS[oracle]) == []
    else:
        assert sorted(wrong) == sorted(OTHERS[oracle])


@needs_corpus
@pytest.mark.parametrize("oracle", [one for one in ORACLES if one.values[0] in EXCEPTIONS])
def test_every_exception_is_needed(oracle: str) -> None:
    same = [other for other, listed in EXCEPTIONS.items() if listed is EXCEPTIONS[oracle]]
    assert unused([one for other in same for one in board.wrong(board.ORACLES[other]())], EXCEPTIONS[oracle]) == []


@pytest.mark.parametrize("oracle", EXCEPTIONS)
def test_every_exception_has_one_reason_that_people_can_read(oracle: str) -> None:
    patterns = [rule.pattern for rule in EXCEPTIONS[oracle]]
    assert len(set(patterns)) == len(patterns)
    assert all(len(rule.reason) > 7 and "\t" not in rule.reason for rule in EXCEPTIONS[oracle])


@needs_corpus
@pytest.mark.parametrize("oracle", ORACLES)
def test_the_scores_are_those_that_were_kept(oracle: str, record_property: Callable[[str, object], None]) -> None:
    total = next(board.shown(oracle))
    record_property("score", total)
    print("\n".join(board.shown(oracle)))
    kept = {part: score for part, score in board.expected().items() if part[0] == oracle}
    assert board.scores(oracle) == kept


@needs_corpus
def test_a_real_server_models_two_of_the_lines_that_are_no_configuration() -> None:
    rejected = [one.id for one in board.rejected()]
    modelled = {one.id for one in board.directives()}
    assert len(rejected) == 1550
    assert sorted(modelled & set(rejected)) == ["0077-global", "2227-global"]
