"""rule: the type of a rule, and of what it finds.

Rule 1: a rule is a pure function of two configurations. It looks at sections that change, at `global`, and at the
defaults sections; another section may only add findings. `hsync show` has no other sections.
Rule 2: a reason is one sentence with the values, made from decoded words: it must not depend on spelling or places.
Rule 3: a reason quotes lines through `quoted`, which masks secrets.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from hsync.plan.hiding import hidden_line
from hsync.plan.risk import Level
from hsync.risks.pair import Pair
from hsync.risks.side import Key, Line

__all__ = ["Example", "Found", "Rule", "quoted"]


class Found(NamedTuple):
    """A finding of a rule.

    Args:
        key: kind and name of the section.
        reason: one sentence.
        line: the line; None for none.
        who: the server, bind or proxy in the section; "" for the section itself. Equal findings are said once.
        level: another severity than that of the rule.
    """

    key: Key
    reason: str
    line: Line | None = None
    who: str = ""
    level: Level | None = None


Find = Callable[[Pair], Iterable[Found]]


class Example(NamedTuple):
    """An example of a rule: two texts. The rule must find something from `before` to `after`; a test checks it."""

    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule.

    Args:
        id: its name, `tls-weaker`.
        level: severity of its findings, unless a finding has its own.
        what: what it finds, one sentence.
        why: why this hurts, some sentences.
        example: two texts.
        find: returns the findings; None if the rule's findings come from the planning itself.
    """

    id: str
    level: Level
    what: str
    why: str
    example: Example | None
    find: Find | None = None

    def found(self, pair: Pair) -> Iterator[Found]:
        """The findings from one configuration to another."""
        if self.find is not None:
            yield from self.find(pair)


def quoted(line: Line | str) -> str:
    """A line in a sentence, with masked secrets."""
    return f"`{hidden_line(line if isinstance(line, str) else ' '.join(line.words))}`"
