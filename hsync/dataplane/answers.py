"""Answers: an HTTP answer as a value, and a server's message as safe text.

Rule 1: messages of a server are not trusted: control characters, escape sequences and bidirectional marks are escaped
    before they can reach a terminal.
Rule 2: `one_line` is for messages, `lines` for the attribute `server_message`.

Theory: an error is JSON `{"code", "message"}`, with media type text/plain from some releases (raw, 3.0 to 3.3.5), or
plain text from a proxy on the way. The output of HAProxy's check is wrapped in `msg="..."`, which is removed.

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
"""Maximum length of a server's message in a one-line error; the attribute `server_message` has the whole text."""

_LOGGED = re.compile(r'(?:\bline=(?P<line>\d+) )?\bmsg="(?P<words>.*)"$')

_REDIRECT = "redirects are not followed: give the server's own URL"
_HINTS = {
    401: "set HSYNC_USER and HSYNC_PASSWORD to a user of the Data Plane API",
    403: "the user is not permitted to do this: check the proxies between hsync and the Data Plane API",
    413: "raise `max_body_size` of the Data Plane API",
    **dict.fromkeys((301, 302, 303, 307, 308), _REDIRECT),
}


WARNINGS = "HAProxy-Warnings"
"""Header of the embedded server: HAProxy's warnings about an accepted text, a JSON list. Real servers report none."""


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer.

    Args:
        status: HTTP status.
        body: the bytes; the body of an error is cut to a maximum length.
        version: header `Configuration-Version`; None if it is missing or not a number.
        reload_id: header `Reload-ID`; None if no reload was scheduled.
        warnings: header `HAProxy-Warnings`.
        date: header `Date`, in seconds since 1970; None if it is missing or malformed.
    """

    status: int
    body: bytes = b""
    version: int | None = None
    reload_id: str | None = None
    warnings: tuple[str, ...] = ()
    date: float | None = None

    @property
    def own_version(self) -> int:
        """`version` of a successful answer, which always has one: see `hsync.dataplane.connection`, rule 4."""
        assert self.version is not None
        return self.version

    def is_about(self, transaction: str) -> bool:
        """Whether the body is an object that names this transaction, or none."""
        try:
            body = json.loads(self.text)
        except (ValueError, RecursionError):
            return False
        return isinstance(body, dict) and body.get("id", transaction) == transaction

    @property
    def text(self) -> str:
        """The body; bytes that are not UTF-8 become surrogates."""
        return self.body.decode("utf-8", "surrogateescape")

    @property
    def message(self) -> str:
        """The server's message: `message` of a JSON error, else the whole body; may have several lines."""
        text = self.body.decode("utf-8", "replace").strip()
        try:
            body = json.loads(text)
        except (ValueError, RecursionError):
            return text
        found = body.get("message") if isinstance(body, dict) else None
        return found.strip() if isinstance(found, str) else text

    def json(self, where: str) -> Json:
        """The body as JSON; None if it is empty.

        Args:
            where: the target, for the message.

        Returns:
            The value.

        Raises:
            TargetError: the body is not JSON.
        """
        if not self.body:
            return None
        try:
            value: Json = json.loads(self.body)
        except (ValueError, RecursionError) as fault:
            raise TargetError(f"{where}: the answer is not JSON: {one_line(self.text[:200])}") from fault
        return value


def warnings_of(header: str) -> tuple[str, ...]:
    """The warnings in the header `HAProxy-Warnings`, with unprintable characters escaped; none if it is malformed."""
    try:
        found = json.loads(header or "[]")
    except (ValueError, RecursionError):
        return ()
    return tuple(lines(one) for one in found if isinstance(one, str)) if isinstance(found, list) else ()


def one_line(text: str) -> str:
    """A message on one line: `; ` for line ends, escapes for unprintable characters, cut at `MAX_MESSAGE`."""
    joined = "; ".join(filter(None, (line.strip() for line in text.splitlines())))
    return _printable(joined if len(joined) <= MAX_MESSAGE else joined[:MAX_MESSAGE] + " ...")


def lines(message: str) -> str:
    """The lines of a message of HAProxy or the server, without the `msg="..."` around the output of HAProxy's check."""
    kept = [line.strip() for line in message.splitlines()]
    logged = [match for match in map(_LOGGED.search, kept) if match]
    if logged:
        kept = [(f"line {m['line']}: " if m["line"] else "") + m["words"].replace('\\"', '"') for m in logged]
    return "\n".join(_printable(line) for line in kept if line)


def refused(what: str, answer: Answer, hint: str = "") -> ServerRefused:
    """The error for an answer with an unexpected status.

    Args:
        what: target and request, for the start of the message.
        answer: the answer.
        hint: what to do; default: the hint for the status, if there is one.

    Returns:
        The error; the caller raises it.
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
