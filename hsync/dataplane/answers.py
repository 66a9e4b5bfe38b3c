"""Answers: what a server said, and how its words are made fit for a message.

Rule 1: a server's words are never trusted: control characters, escapes and bidirectional marks do not reach a
    terminal.
Rule 2: `one_line` is for messages, `lines` for the attribute `server_message`.

Theory: errors come as JSON `{"code", "message"}`, labelled text/plain by some lines (raw, 3.0 to 3.3.5), or as plain
text from whatever stands in between. The checker's output is wrapped in `msg="..."`, which is taken off again.

Source: docs/reference/dataplane-api.md 1.5 and 2.2.
"""

from __future__ import annotations

import json
import re
import unicodedata
from dataclasses import dataclass

from hsync.errors import ServerRefused, TargetError
from hsync.schema import Json

__all__ = ["WARNINGS", "Answer", "lines", "one_line", "refused", "warnings_of"]

MAX_MESSAGE = 2000
"""Characters of a server's words inside a one-line message; the attribute `server_message` holds all."""

_LOGGED = re.compile(r'(?:\bline=(?P<line>\d+) )?\bmsg="(?P<words>.*)"$')

_REDIRECT = "redirects are not followed: give the address that the server itself has"
_HINTS = {
    401: "set HSYNC_USER and HSYNC_PASSWORD to a user of the Data Plane API",
    403: "the user may not do this: look at what stands between hsync and the Data Plane API",
    413: "raise `max_body_size` of the Data Plane API",
    **dict.fromkeys((301, 302, 303, 307, 308), _REDIRECT),
}


WARNINGS = "HAProxy-Warnings"
"""Header of the embedded target: what HAProxy warns of in a text that it accepts, a JSON list. Servers have no place
for that.
"""


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer of a server.

    Args:
        status: HTTP status.
        body: the bytes, cut for an error that is too long.
        version: header `Configuration-Version`; None when it is missing or not a number.
        reload_id: header `Reload-ID`; None when nothing was scheduled.
        warnings: header `HAProxy-Warnings`.
    """

    status: int
    body: bytes = b""
    version: int | None = None
    reload_id: str | None = None
    warnings: tuple[str, ...] = ()

    @property
    def own_version(self) -> int:
        """`version` of a success, which has one: see `hsync.dataplane.connection`, rule 4."""
        assert self.version is not None
        return self.version

    def is_about(self, transaction: str) -> bool:
        """Whether the body is an object, and names no other transaction than this one."""
        try:
            body = json.loads(self.text)
        except (ValueError, RecursionError):
            return False
        return isinstance(body, dict) and body.get("id", transaction) == transaction

    @property
    def text(self) -> str:
        """The body as bytes are: what is not UTF-8 becomes surrogates."""
        return self.body.decode("utf-8", "surrogateescape")

    @property
    def message(self) -> str:
        """The server's own words: `message` of a JSON error, else the text; may have several lines."""
        text = self.body.decode("utf-8", "replace").strip()
        try:
            body = json.loads(text)
        except (ValueError, RecursionError):
            return text
        found = body.get("message") if isinstance(body, dict) else None
        return found.strip() if isinstance(found, str) else text

    def json(self, where: str) -> Json:
        """The body as JSON; an empty one is None.

        Args:
            where: the target, for the message.

        Returns:
            The value.

        Raises:
            TargetError: it is not JSON.
        """
        if not self.body:
            return None
        try:
            value: Json = json.loads(self.body)
        except (ValueError, RecursionError) as fault:
            raise TargetError(f"{where}: the answer is not JSON: {one_line(self.text[:200])}") from fault
        return value


def warnings_of(header: str) -> tuple[str, ...]:
    """What the header `HAProxy-Warnings` tells, in clean words; nothing when it is not what hsync writes."""
    try:
        told = json.loads(header or "[]")
    except (ValueError, RecursionError):
        return ()
    return tuple(lines(one) for one in told if isinstance(one, str)) if isinstance(told, list) else ()


def one_line(text: str) -> str:
    """A server's words on one line: line ends become `; `, anything unprintable an escape, long ones are cut."""
    joined = "; ".join(filter(None, (line.strip() for line in text.splitlines())))
    return _printable(joined if len(joined) <= MAX_MESSAGE else joined[:MAX_MESSAGE] + " ...")


def lines(message: str) -> str:
    """HAProxy's or the server's words, a line each, without the frame that the checker's output comes in."""
    kept = [line.strip() for line in message.splitlines()]
    logged = [match for match in map(_LOGGED.search, kept) if match]
    if logged:
        kept = [(f"line {m['line']}: " if m["line"] else "") + m["words"].replace('\\"', '"') for m in logged]
    return "\n".join(_printable(line) for line in kept if line)


def refused(what: str, answer: Answer, hint: str = "") -> ServerRefused:
    """The error for an answer that is not the expected one.

    Args:
        what: where and what was asked, for the start of the message.
        answer: what came back.
        hint: what to do; by default what the status suggests.

    Returns:
        The error, to be raised by the caller.
    """
    words = lines(answer.message)
    said = f": {one_line(words)}" if words else ""
    return ServerRefused(
        f"{what}: the server answered {answer.status}{said}",
        status=answer.status,
        server_message=words,
        hint=hint or _HINTS.get(answer.status, ""),
    )


def _printable(text: str) -> str:
    """`text` with control, format, private and surrogate characters as escapes."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(c if c == " " or unicodedata.category(c)[0] not in "CZ" else _escape(c) for c in text)


def _escape(character: str) -> str:
    return " " if character == "\t" else character.encode("unicode_escape", "surrogatepass").decode("ascii")
