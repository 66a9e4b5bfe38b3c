"""Faults: lines that the library inside the engine (client-native 6.2.5, Data Plane API 3.2.5) reads into other JSON than hsync
and the newer server of the corpora, though both write them in the same way.

Rule 1: each fault has a line that shows it: `test_rows` holds that it is still true.
Rule 2: what is written wrongly, or not known, belongs into the row tables (`since`, `written`, `late`, `raw_only`): the
planner must know it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

__all__ = ["FAULTS", "Fault", "fault_of"]


@dataclass(frozen=True)
class Fault:
    """A kind of lines.

    Args:
        pattern: matches the section's kind and the line, from the beginning.
        kind: section of the example.
        example: a line that matches.
        reason: what the library does.
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
    """The fault that a line shows.

    Args:
        kind: its section's keyword.
        line: the line.
    """
    return next((one for regex, one in _COMPILED if regex.match(f"{kind} {line}")), None)
