"""Exceptions: records of an oracle for which hsync does not give the oracle's answer, each with its reason.

Rule 1: an exception names records by a shell pattern over their ids; who adds one says why in a sentence.
Rule 2: an exception that no record needs any more is a fault: it would hide the next one.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Rule:
    """One line of a table: pattern, tab, reason."""

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
    """The ids that no rule names."""
    known = list(known)
    return [one for one in ids if not any(fnmatchcase(one, rule.pattern) for rule in known)]


def unused(ids: Iterable[str], known: Iterable[Rule]) -> list[str]:
    """The patterns that name no id."""
    ids = list(ids)
    return [rule.pattern for rule in known if not any(fnmatchcase(one, rule.pattern) for one in ids)]
