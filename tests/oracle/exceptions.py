"""Exceptions: records of an oracle for which hsync has another answer than the oracle, with the reason.

Rule 1: an exception is a shell pattern for record ids, and a sentence with the reason.
Rule 2: an exception without a matching failure fails the test, since it could hide the next failure.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Rule:
    """A line of a table: pattern, tab, reason."""

    table: str
    pattern: str
    reason: str


def rules(*tables: str) -> tuple[Rule, ...]:
    """The lines of `exceptions_TABLE.tsv`."""
    found = []
    for table in tables:
        for line in (FOLDER / f"exceptions_{table}.tsv").read_text(encoding="utf-8").splitlines():
            pattern, _, reason = line.partition("\t")
            found.append(Rule(table, pattern, reason))
    return tuple(found)


def unlisted(ids: Iterable[str], known: Iterable[Rule]) -> list[str]:
    """The ids that no pattern matches."""
    known = list(known)
    return [one for one in ids if not any(fnmatchcase(one, rule.pattern) for rule in known)]


def unused(ids: Iterable[str], known: Iterable[Rule]) -> list[str]:
    """The patterns that match no id."""
    ids = list(ids)
    return [rule.pattern for rule in known if not any(fnmatchcase(one, rule.pattern) for one in ids)]
