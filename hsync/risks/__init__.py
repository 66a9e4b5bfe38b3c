"""The rules of risk: what a reviewer must see first. A file of `rules` with `RULES` is found; there is no list to edit.

Theory of operation: `risks_between` compares two configurations, not two texts: a rule looks at what is in effect
(inherited lines, definitions of ACLs, parameters of `default-server`). Findings that differ only in the server, bind or
proxy are one. When a plan is shown, verified or applied, the findings are computed again from its operations.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from difflib import get_close_matches
from functools import cache

from hsync.errors import UsageError
from hsync.model import Address, Configuration
from hsync.plan.hiding import hidden_line
from hsync.plan.risk import Level, Risk, by_level
from hsync.registered import registered
from hsync.risks.pair import Pair
from hsync.risks.rule import Found, Rule
from hsync.risks.side import Key, Line
from hsync.sections import by_kind

__all__ = ["risks_between", "rule_of", "rules_by_id"]

Where = Callable[[Line], str]
"""Returns the source of a line of the desired configuration: `templates/haproxy.cfg.j2:41`."""


@cache
def rules_by_id() -> dict[str, Rule]:
    """All rules by id, sorted."""
    found: dict[str, Rule] = {}
    for table in registered(f"{__name__}.rules", "RULES", tuple):
        for rule in table:
            if rule.id in found:
                raise ValueError(f"two rules with the id {rule.id}")
            found[rule.id] = rule
    return dict(sorted(found.items()))


def rule_of(name: str) -> Rule:
    """The rule with an id.

    Raises:
        UsageError: there is none; has the most similar one.
    """
    found = rules_by_id().get(name)
    if found is None:
        near = get_close_matches(name, rules_by_id(), n=1)
        meant = f"; did you mean {near[0]!r}?" if near else ""
        raise UsageError(f"no risk has the id {name!r}{meant}", hint="see all: hsync explain")
    return found


def risks_between(current: Configuration, desired: Configuration, where: Where) -> tuple[Risk, ...]:
    """The risks of a change.

    Args:
        current: the configuration before.
        desired: the configuration after.
        where: returns the source of a line of `desired`.

    Returns:
        The findings, the highest severity first.
    """
    if current.document.sections == desired.document.sections:
        return ()
    pair = Pair(current, desired)
    made = (_risk(rule, found, where) for rule in rules_by_id().values() for found in _groups(rule, pair))
    return by_level(made)


def _groups(rule: Rule, pair: Pair) -> Iterator[list[Found]]:
    """The findings of a rule; those that differ only in `who` are a group."""
    groups: dict[tuple[Key, str, Level], list[Found]] = {}
    for one in rule.found(pair):
        groups.setdefault((one.key, one.reason, one.level or rule.level), []).append(one)
    yield from groups.values()


def _risk(rule: Rule, found: list[Found], where: Where) -> Risk:
    first = min(found, key=lambda one: (one.who, one.line.words if one.line else ()))
    names = tuple(sorted({one.who for one in found if one.who}))
    line = first.line
    source = where(line) if line is not None and line.new else ""
    text = hidden_line(" ".join(line.words)) if line is not None else ""
    return Risk(rule.id, first.level or rule.level, address_of(first.key), first.reason, names, text, source)


def address_of(key: Key) -> Address:
    """The address of a section."""
    known = by_kind().get(key[0])
    return Address(known.path if known else key[0], key[1])
