"""All plans between configurations of the corpus can be shown in all formats."""

from __future__ import annotations

import re

from hsync.output.grouping import blocks
from hsync.output.human import plan_text
from hsync.output.look import Look
from hsync.output.machine import plan_document
from hsync.output.markdown import plan_page
from tests.corpus import needs_corpus, read_text, transitions
from tests.unit.output.plans import plan_of


@needs_corpus
def test_all_pairs_both_ways() -> None:
    pairs = [pair for _, one, other in transitions() for pair in ((one, other), (other, one))]
    for before, after in pairs:
        plan = plan_of(read_text(before), read_text(after))
        shown = [plan_text(plan), plan_text(plan, Look(60)), plan_page(plan), plan_document(plan)]
        assert not [text for text in shown if re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f]", text)]
        assert len(shown[2]) < 65_536
        listed = [change for block in blocks(plan.changes) for change in (block.own, *dict(block.inner).values())]
        assert {one.address for one in listed if one} == {one.address for one in plan.changes}
    assert len(pairs) == 176
