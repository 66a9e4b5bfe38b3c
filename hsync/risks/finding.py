"""finding: asks the rules, and makes risks of what they find."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import cache

from hsync.model import Address, Configuration
from hsync.plan.hiding import hidden_line
from hsync.plan.risk import Level, Risk, by_level
from hsync.risks.pair import Pair
from hsync.risks.rule import Found, Rule
from hsync.risks.side import Key, Line
from hsync.sections import by_kind
from hsync.syntax import Directive

__all__ = ["findings"]


def findings(
    rules: Iterable[Rule],
    current: Configuration,
    result: Configuration,
    written: Configuration | None,
    where: Callable[[int], str],
) -> tuple[Risk, ...]:
    """The risks that rules find; for the arguments see `risks_between`."""
    pair, origin = Pair(current, result), _origins(written, where)
    return by_level(_risk(rule, found, origin) for rule in rules for found in _groups(rule, pair))


Origin = Callable[[Line], tuple[str, str]]
"""Returns the spelling and the source of a line."""


def _origins(written: Configuration | None, where: Callable[[int], str]) -> Origin:
    """Finds lines of the result in the desired text: a server may write them in another order, and with more words."""

    @cache
    def lines(key: Key) -> dict[tuple[str, ...], Directive | None]:
        section = written.sections.get(key) if written is not None else None
        found: dict[tuple[str, ...], Directive | None] = {}
        for one in section.directives if section is not None else ():
            words = one.meaning
            found[words] = one
            if len(words) > 2:
                found[words[:2]] = None if words[:2] in found else one
        return found

    def origin(line: Line) -> tuple[str, str]:
        known = lines(line.key) if line.new else {}
        one = known.get(line.words) or known.get(line.words[:2])
        return (" ".join(one.meaning), where(one.number)) if one is not None else (" ".join(line.words), "")

    return origin


def _groups(rule: Rule, pair: Pair) -> Iterator[list[Found]]:
    """The findings of a rule; those that differ only in `who` are a group."""
    groups: dict[tuple[Key, str, Level], list[Found]] = {}
    for one in rule.found(pair):
        groups.setdefault((one.key, one.reason, one.level or rule.level), []).append(one)
    yield from groups.values()


def _risk(rule: Rule, found: list[Found], origin: Origin) -> Risk:
    first = min(found, key=lambda one: (one.who, one.line.words if one.line else ()))
    names = tuple(sorted({one.who for one in found if one.who}))
    line, source = origin(first.line) if first.line is not None else ("", "")
    level = first.level or rule.level
    return Risk(rule.id, level, _address(first.key), first.reason, names, hidden_line(line), source)


def _address(key: Key) -> Address:
    known = by_kind().get(key[0])
    return Address(known.path if known else key[0], key[1])
