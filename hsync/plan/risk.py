"""risk: a finding about a change that may hurt, for the reviewer. Plain data; the rules are in `hsync.risks`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hsync.model import Address

__all__ = ["BRAKE", "Accept", "Level", "Risk", "accepted_by", "by_level", "counted_risks"]


BRAKE = "brake"
"""The rule of the risks that keep a plan from being saved: they come first."""


class Level(StrEnum):
    """The severity of a risk, highest first."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"

    @property
    def rank(self) -> int:
        """Its place in the order, 0 for the highest."""
        return list(Level).index(self)


@dataclass(frozen=True, slots=True)
class Risk:
    """A finding of a rule about one section.

    Args:
        rule: id of the rule, as in `hsync explain ID`.
        level: its severity.
        address: the section; None for a finding about the whole target.
        reason: one sentence, with the values.
        names: the servers, binds or proxies in the section that it concerns, sorted; empty for the section itself.
        line: the line of text; the old one if there is no new one; "" for none.
        source: the place of the new line: `templates/haproxy.cfg.j2:41`; "" for none.
        accepted: the reason why hsync.toml accepts it; "" if it does not. It must not decide whether it is shown.
    """

    rule: str
    level: Level
    address: Address | None
    reason: str
    names: tuple[str, ...] = ()
    line: str = ""
    source: str = ""
    accepted: str = ""


@dataclass(frozen=True, slots=True)
class Accept:
    """A risk that a project accepts: it is shown with the reason, and `--fail-on` passes it.

    Args:
        risk: id of the rule.
        at: pattern of sections, `frontend/internal*`; `*` for all.
        reason: why, for people.
    """

    risk: str
    at: str
    reason: str

    def __str__(self) -> str:
        """In short, `tls-weaker@frontend/internal*`."""
        return f"{self.risk}@{self.at}"

    def fits(self, risk: Risk) -> bool:
        """Whether it accepts a risk."""
        key = risk.address.section_key if risk.address is not None else ()
        return risk.rule == self.risk and fnmatchcase("/".join(filter(None, key)), self.at)


def accepted_by(accepts: Sequence[Accept], risks: Iterable[Risk]) -> tuple[Risk, ...]:
    """The risks, those that a project accepts with its reason."""
    reasons = ((next((one.reason for one in accepts if one.fits(risk)), ""), risk) for risk in risks)
    return by_level(replace(risk, accepted=reason) if reason else risk for reason, risk in reasons)


def by_level(risks: Iterable[Risk]) -> tuple[Risk, ...]:
    """The risks in the order in which they are shown: open ones first, by severity, rule and address."""
    return tuple(
        sorted(
            risks,
            key=lambda one: (
                bool(one.accepted),
                one.level.rank,
                one.rule != BRAKE,
                one.rule,
                str(one.address),
                one.reason,
            ),
        )
    )


def counted_risks(risks: Iterable[Risk]) -> dict[str, int]:
    """The number of risks by severity, highest first, then `accepted`; without those that are 0."""
    count = Counter("accepted" if one.accepted else one.level.value for one in risks)
    return {name: count[name] for name in (*(level.value for level in Level), "accepted") if count[name]}
