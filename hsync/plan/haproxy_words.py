"""haproxy_words: parses messages of HAProxy about a text, and shortens them.

Rule 1: paths of temporary files are removed.
Rule 2: removed are also counts, warnings, lists of all known words, and suggestions that are not similar to the text.

Source: HAProxy 2.8 to 3.4, `haproxy -c`, as the checker returns its alerts.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from difflib import get_close_matches
from typing import NamedTuple

__all__ = ["NO_REASON", "Said", "alerts", "quoted", "said"]

NO_REASON = "no reason given"

_NO_LISTENER = re.compile(r".*will not start \(no listener\).*")
"""The whole answer to a text without errors and without a bind."""

LONG = 240
"""Maximum number of characters of a message; the middle of a longer one is cut."""

_PLACED = re.compile(r"(?:\[(?P<file>[^\]\n]*):|\Aline )(?P<line>\d+)(?:\]\s*:?|:)\s*")
_COUNTED = re.compile(r"\b(Fatal errors|Error\(s\)) found")
"""HAProxy's last messages only count the errors before them."""

_WARNED = ("[WARNING]", "[NOTICE]")

_AT_END = re.compile(r" ?\(at (?P<file>[^\s()]+):(?P<line>\d+)\)\.?\Z")
"""The line of a name that HAProxy looks up at the end of the text: `unknown http-errors section 'x' (at FILE:7).`"""

_IN_PASSING = re.compile(r"\bat line (\d+)\b")
"""A reference to another line: `another server named 'a' was already defined at line 7`."""

_TIMEOUTS = re.compile(r"\. While not properly invalid.* non-zero value:")
""""missing timeouts for frontend 'f'", with three lines of explanation before the names of the timeouts."""

_LISTED = re.compile(r"expects (?:'[^']*', ){4,}.*\bbut got ('[^']*')")
"""HAProxy answers an unknown word with the list of all known words."""

_MEANT = re.compile(r"[\s;.]*\b[Dd]id you mean '([^']*)' maybe ?\?\Z")


class Said(NamedTuple):
    """A message of HAProxy about a text.

    Args:
        line: number of its line; 0 for none.
        what: the message.
        meant: the suggested word; "" for none.
    """

    line: int
    what: str
    meant: str


def said(message: str, where: Callable[[int], str]) -> Iterator[Said]:
    """The messages of HAProxy, without duplicates.

    Args:
        message: the server's message, with one message of HAProxy in each line.
        where: returns the source of a line of the text, for references to other lines.
    """
    lines = [line for line in message.splitlines() if line and not line.startswith(_WARNED)] or [NO_REASON]
    told = [line for line in lines if not _COUNTED.search(line)] or lines
    return (_one(line, where) for line in dict.fromkeys(told))


def alerts(output: str) -> str:
    """The alerts in HAProxy's output, a line each; the whole output if it has no alerts."""
    found = [line.partition(" : ")[2] for line in output.splitlines() if line.lstrip().startswith("[ALERT]")]
    return "\n  ".join(["", *found]) if len(found) > 1 else "".join(found) or output


def quoted(what: str) -> list[str]:
    """The quoted words."""
    return re.findall("'([^']*)'", what)


def _one(line: str, where: Callable[[int], str]) -> Said:
    placed = _PLACED.search(line) or _AT_END.search(line)
    number = int(placed["line"]) if placed else 0
    what = line.replace(placed[0], "") if placed else line
    if placed and placed["file"]:
        what = re.sub(rf"{re.escape(placed['file'])}:(\d+)", lambda other: where(int(other[1])), what)
    what = _IN_PASSING.sub(lambda other: f"at {where(int(other[1]))}", what)
    what = re.sub(r"\A(?:config )?(?:[Pp]arsing )?", "", what).rstrip(".:")
    what = _NO_LISTENER.sub("no `bind` line: HAProxy does not start without one", what)
    what, meant = _guess(_TIMEOUTS.sub("; set", _LISTED.sub(r"does not know \1", what)))
    return Said(number, what if len(what) <= LONG else f"{what[: LONG // 2]} … {what[-LONG // 2 :]}", meant)


def _guess(what: str) -> tuple[str, str]:
    """The message without HAProxy's suggestion, and the suggestion if it is similar to one of the words."""
    guess = _MEANT.search(what)
    if guess is None:
        return what, ""
    words = quoted(what[: guess.start()])
    near = guess[1] not in words and get_close_matches(guess[1], words, n=1)
    return what[: guess.start()], guess[1] if near else ""
