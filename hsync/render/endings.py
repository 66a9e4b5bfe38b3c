"""endings: the error of a process that ended without an answer, with the line of the template that it was rendering.

Rule 1: the process may have broken out of the sandbox, so its notes are not trusted: they only give the place of the
error.

Source: https://docs.python.org/3/library/faulthandler.html for the traceback, which begins with the innermost call.
"""

from __future__ import annotations

import json
import re
import signal
from contextlib import suppress
from dataclasses import dataclass

from hsync.errors import InputError
from hsync.render.limits import Limits

__all__ = ["Ended", "ending"]

_FRAME = re.compile(r'  File "(template-\d+)", line (\d+) in ')
_STACK = re.compile(r"(?:Current t|T)hread 0x|Stack \(most recent")


@dataclass(frozen=True, slots=True)
class Ended:
    """The end of a process without an answer.

    Args:
        status: its exit status, or the negative number of the signal that ended it.
        notes: its notes and tracebacks.
        is_late: whether it was killed after the limit of elapsed time.
        is_long: whether it was killed because its answer was too long.
    """

    status: int
    notes: bytes
    is_late: bool = False
    is_long: bool = False


def ending(ended: Ended, limits: Limits, patience_s: int) -> InputError:
    """The error for a process without an answer.

    Args:
        ended: its end.
        limits: its limits.
        patience_s: its limit of elapsed time, in seconds.
    """
    lines = ended.notes.decode("utf-8", "replace").split("\n")
    where = _place(lines)
    told, hint = _why(ended, limits, patience_s, has_stack=any(map(_STACK.match, lines)))
    return InputError(f"{where}: {told}" if where else told, hint=hint)


def _why(ended: Ended, limits: Limits, patience_s: int, *, has_stack: bool) -> tuple[str, str]:
    if ended.is_late:
        told = f"this has not ended after {patience_s} s, with little CPU time: it waits for something"
        return told, "check for files on an unreachable network, and check the project's own filters"
    if ended.is_long:
        over = limits.over("output_mb")
        return over.message, over.hint
    if has_stack and -ended.status in {signal.SIGKILL, signal.SIGXCPU}:
        over = limits.over("seconds")
        return over.message, over.hint
    how = f"signal {signal.Signals(-ended.status).name}" if ended.status < 0 else f"status {ended.status}"
    told = f"the process that renders this has died ({how}): the nesting is too deep, or memory is short"
    return told, "reduce the nesting, or give this machine more memory, and run the command again"


def _place(lines: list[str]) -> str:
    """The line of a template, or the file, that the process was at; "" when it had not begun."""
    file, at = "", ""
    codes: dict[str, tuple[str, list[tuple[int, int]]]] = {}
    for line in lines:
        if line.startswith("{"):
            with suppress(ValueError, TypeError, LookupError):
                note = json.loads(line)
                file = str(note.get("reading", file))
                codes[note["code"]] = str(note["name"]), [(int(own), int(code)) for own, code in note["lines"]]
        elif _STACK.match(line):
            at = ""
        elif not at and (frame := _FRAME.match(line)) and frame[1] in codes:
            name, numbers = codes[frame[1]]
            at = f"{name}:{next((own for own, code in reversed(numbers) if code <= int(frame[2])), 1)}"
    return at or file
