"""Faults: lines that the library of the engine (client-native 6.2.5, Data Plane API 3.2.5) reads into other JSON than hsync
and the newer server of the corpora, although all write them in the same way.

Rule 1: each fault has an example: `test_rows` checks that it is still true.
Rule 2: lines that are written incorrectly, or unknown, belong into the rows (`since`, `written`, `late`, `raw_only`): the
plan must know them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

__all__ = ["FAULTS", "Fault", "fault_of"]


@dataclass(frozen=True)
class Fault:
    """A group of similar lines.

    Args:
        pattern: matches the section's kind and the line, from the beginning.
        kind: section kind of the example.
        example: a line that matches.
        reason: the fault of the library.
    """

    pattern: str
    kind: str
    example: str
    reason: str


FAULTS = (
    Fault("(defaults|frontend|backend) unique-id-header", "frontend", "unique-id-header x-one",
          "reads it only beside unique-id-format"),
    Fault("backend server-template \\S+ \\S+ [^: ]+( |$)", "backend", "server-template px1- 1-3 a.example",
          "reads a port 0"),
    Fault("ring maxlen 0$", "ring", "maxlen 0", "does not read a zero"),
    Fault("log-forward (backlog|maxconn) 0$", "log-forward", "maxconn 0", "does not read a zero"),
    Fault('log-profile on .*(format|sd) "[^ ]*"', "log-profile", 'on any format "#2"',
          "takes quotes for a comment, or drops them"),
)  # fmt: skip

_COMPILED = tuple((re.compile(fault.pattern), fault) for fault in FAULTS)


def fault_of(kind: str, line: str) -> Fault | None:
    """The fault of a line.

    Args:
        kind: section kind of the line.
        line: the line.
    """
    return next((one for regex, one in _COMPILED if regex.match(f"{kind} {line}")), None)
