"""The rules of risk: what a reviewer must see first. A file of `rules` with `RULES` is found; there is no list to edit.

Theory of operation: `risks_between` compares two configurations, not two texts: a rule looks at what is in effect
(inherited lines, definitions of ACLs, parameters of `default-server`). Findings that differ only in the server, bind or
proxy are one. When a plan is shown, verified or applied, the findings are computed again from its operations.
"""

from __future__ import annotations

from collections.abc import Callable
from difflib import get_close_matches
from functools import cache
from typing import TYPE_CHECKING

from hsync.errors import UsageError
from hsync.registered import registered

if TYPE_CHECKING:
    from hsync.model import Configuration
    from hsync.plan.risk import Risk
    from hsync.risks.rule import Rule

__all__ = ["risks_between", "rule_of", "rules_by_id"]


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


def risks_between(
    current: Configuration,
    result: Configuration,
    written: Configuration | None = None,
    where: Callable[[int], str] = str,
) -> tuple[Risk, ...]:
    """The risks of a change.

    Args:
        current: the configuration before.
        result: the configuration after.
        written: the desired configuration: the result, but its lines may have another order; None for no sources.
        where: returns the source of a line of `written`, by its number.

    Returns:
        The findings, the highest severity first.
    """
    if current.document.sections == result.document.sections:
        return ()
    from hsync.risks.finding import findings

    return findings(rules_by_id().values(), current, result, written, where)
