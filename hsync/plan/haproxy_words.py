"""haproxy_words: HAProxy's words about a text, without what nobody reads.

Rule 1: no path of a file that only HAProxy saw is left in them.
Rule 2: what is left out is a count, a warning, a list of all that HAProxy knows, or a guess that is far from what
stands there.

Source: HAProxy 2.8 to 3.4, `haproxy -c`, as the checker hands its alerts on.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from difflib import get_close_matches
from typing import NamedTuple

__all__ = ["NO_REASON", "Said", "alerts", "quoted", "said"]

NO_REASON = "it gives no reason"

_NO_LISTENER = re.compile(r".*will not start \(no listener\).*")
"""The whole answer to a text that it finds no error in, and nothing to listen on."""

LONG = 240
"""Characters of an answer that somebody reads; its middle goes."""

_PLACED = re.compile(r"(?:\[(?P<file>[^\]\n]*):|\Aline )(?P<line>\d+)(?:\]\s*:?|:)\s*")
_COUNTED = re.compile(r"\b(Fatal errors|Error\(s\)) found")
"""HAProxy's last words only count what it has said before."""

_WARNED = ("[WARNING]", "[NOTICE]")

_AT_END = re.compile(r" ?\(at (?P<file>[^\s()]+):(?P<line>\d+)\)\.?\Z")
"""The line of something that HAProxy looked up when it had read all: `unknown http-errors section 'x' (at FILE:7).`"""

_IN_PASSING = re.compile(r"\bat line (\d+)\b")
"""Another line of the text: `another server named 'a' was already defined at line 7`."""

_TIMEOUTS = re.compile(r"\. While not properly invalid.* non-zero value:")
""""missing timeouts for frontend 'f'", and a sermon of three lines before their names."""

_LISTED = re.compile(r"expects (?:'[^']*', ){4,}.*\bbut got ('[^']*')")
"""HAProxy answers one unknown word with the list of all that it knows."""

_MEANT = re.compile(r"[\s;.]*\b[Dd]id you mean '([^']*)' maybe ?\?\Z")


class Said(NamedTuple):
    """One thing that HAProxy has against a text.

    Args:
        line: number of the line that it names; 0 for none.
        what: its words.
        meant: what it thinks was meant; "" for nothing.
    """

    line: int
    what: str
    meant: str


def said(message: str, where: Callable[[int], str]) -> Iterator[Said]:
    """What HAProxy says, each thing once.

    Args:
        message: the server's message, a thing a line.
        where: line number of the text -> its source, for the lines that the words name in passing.
    """
    lines = [line for line in message.splitlines() if line and not line.startswith(_WARNED)] or [NO_REASON]
    told = [line for line in lines if not _COUNTED.search(line)] or lines
    return (_one(line, where) for line in dict.fromkeys(told))


def alerts(output: str) -> str:
    """The alerts in what HAProxy wrote when it started, a line each; all of it when there are none."""
    found = [line.partition(" : ")[2] for line in output.splitlines() if line.lstrip().startswith("[ALERT]")]
    return "\n  ".join(["", *found]) if len(found) > 1 else "".join(found) or output


def quoted(what: str) -> list[str]:
    """The words in quotes."""
    return re.findall("'([^']*)'", what)


def _one(line: str, where: Callable[[int], str]) -> Said:
    placed = _PLACED.search(line) or _AT_END.search(line)
    number = int(placed["line"]) if placed else 0
    what = line.replace(placed[0], "") if placed else line
    if placed and placed["file"]:
        what = re.sub(rf"{re.escape(placed['file'])}:(\d+)", lambda other: where(int(other[1])), what)
    what = _IN_PASSING.sub(lambda other: f"at {where(int(other[1]))}", what)
    what = re.sub(r"\A(?:config )?(?:[Pp]arsing )?", "", what).rstrip(".:")
    what = _NO_LISTENER.sub("nothing listens: HAProxy does not start without a `bind` line", what)
    what, meant = _guess(_TIMEOUTS.sub("; set", _LISTED.sub(r"does not know \1", what)))
    return Said(number, what if len(what) <= LONG else f"{what[: LONG // 2]} … {what[-LONG // 2 :]}", meant)


def _guess(what: str) -> tuple[str, str]:
    """The words without HAProxy's guess, and the guess if it is near one of them."""
    guess = _MEANT.search(what)
    if guess is None:
        return what, ""
    words = quoted(what[: guess.start()])
    near = guess[1] not in words and get_close_matches(guess[1], words, n=1)
    return what[: guess.start()], guess[1] if near else ""
