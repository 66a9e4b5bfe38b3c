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

__all__ = ["findings"]


def findings(
    rules: Iterable[Rule],
    current: Configuration,
    result: Configuration,
    written: Configuration | None,
    where: Callable[[int], str],
) -> tuple[Risk, ...]:
    """The risks that rules find; for the arguments see `risks_between`."""
    pair, source = Pair(current, result), _sources(written, where)
    return by_level(_risk(rule, found, source) for rule in rules for found in _groups(rule, pair))


def _sources(written: Configuration | None, where: Callable[[int], str]) -> Callable[[Line], str]:
    """A function from a line of the result to its source, by its words; "" for a line without one."""

    @cache
    def numbers(key: Key) -> dict[tuple[str, ...], int]:
        section = written.sections.get(key) if written is not None else None
        return {one.meaning: one.number for one in section.directives} if section is not None else {}

    def source(line: Line) -> str:
        number = numbers(line.key).get(line.words) if line.new else None
        return where(number) if number is not None else ""

    return source


def _groups(rule: Rule, pair: Pair) -> Iterator[list[Found]]:
    """The findings of a rule; those that differ only in `who` are a group."""
    groups: dict[tuple[Key, str, Level], list[Found]] = {}
    for one in rule.found(pair):
        groups.setdefault((one.key, one.reason, one.level or rule.level), []).append(one)
    yield from groups.values()


def _risk(rule: Rule, found: list[Found], source: Callable[[Line], str]) -> Risk:
    first = min(found, key=lambda one: (one.who, one.line.words if one.line else ()))
    names = tuple(sorted({one.who for one in found if one.who}))
    line, text = first.line, ""
    if line is not None:
        text = hidden_line(" ".join(line.words))
    return Risk(
        rule.id,
        first.level or rule.level,
        _address(first.key),
        first.reason,
        names,
        text,
        source(line) if line is not None else "",
    )


def _address(key: Key) -> Address:
    known = by_kind().get(key[0])
    return Address(known.path if known else key[0], key[1])
