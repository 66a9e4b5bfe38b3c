"""Arrivals: reads the body of a request from a socket, by its length or in chunks.

Rule 1: a body must have the length or coding that its headers declare; otherwise its end is unknown, so the request is
refused and the connection closed.

Source: RFC 9112 6 and 7.1.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from email.message import Message
from typing import BinaryIO, Protocol

from hsync.files import MAX_BYTES

__all__ = ["MAX_BODY", "Unreadable", "read_content"]

MAX_BODY = MAX_BYTES
"""Bytes of a body: a configuration of a million lines."""

MAX_FRAMES = MAX_BODY // 8
"""Bytes of the lines around chunks."""

MAX_TRAILERS = 100

_LENGTH = re.compile(r"[0-9]{1,18}")
_SIZE = re.compile(rb"([0-9A-Fa-f]{1,16})[ \t]*(?:;[^\r\n]*)?\r?\n")
_SHOWN = 100
_LINE = 4096
"""Maximum size of the line before a chunk, and of the lines after the last chunk."""


class Unreadable(Exception):  # noqa: N818 - reads as a sentence where it is raised
    """The bytes are not a valid request; the answer has `status` and the message `what`."""

    def __init__(self, status: int, what: str) -> None:
        super().__init__(what)
        self.status = status
        self.what = what


class Stream(Protocol):
    """A stream with a body in it."""

    def read(self, size: int, /) -> bytes:
        """Read `size` bytes, or fewer at the end of the stream."""

    def readline(self, size: int, /) -> bytes:
        """Read a line, or its first `size` bytes."""


def read_content(head: Message, stream: Stream | BinaryIO) -> bytes:
    """Read a body.

    Args:
        head: the headers of the request.
        stream: the connection, after the headers.

    Raises:
        Unreadable: the headers contradict each other, declare too large a body, or do not match the body.
    """
    lengths = {value.strip() for value in head.get_all("Content-Length", ())}
    codings = [value.strip().lower() for value in head.get_all("Transfer-Encoding", ())]
    if codings and (lengths or codings != ["chunked"]):
        raise Unreadable(400, f"unsupported transfer encoding {', '.join(codings)[:_SHOWN]!r}")
    if codings:
        return b"".join(_chunks(stream))
    if len(lengths) > 1 or not all(_LENGTH.fullmatch(value) for value in lengths):
        raise Unreadable(400, f"bad Content-Length {', '.join(sorted(lengths))[:_SHOWN]!r}")
    return _exactly(stream, int(lengths.pop())) if lengths else b""


def _exactly(stream: Stream | BinaryIO, size: int) -> bytes:
    if size > MAX_BODY:
        raise Unreadable(413, f"a body of more than {MAX_BODY} bytes")
    content = stream.read(size)
    if len(content) < size:
        raise Unreadable(400, "unexpected end of the body")
    return content


def _chunks(stream: Stream | BinaryIO) -> Iterator[bytes]:
    total = frames = 0
    while True:
        line = stream.readline(_LINE)
        size = _size(line)
        if not size:
            break
        total, frames = total + size, frames + len(line)
        if total > MAX_BODY or frames > MAX_FRAMES:
            raise Unreadable(413, f"a body of more than {MAX_BODY} bytes")
        yield _exactly(stream, size)
        if stream.readline(3) not in {b"\r\n", b"\n"}:
            raise Unreadable(400, "malformed chunked encoding")
    for _ in range(MAX_TRAILERS):
        if stream.readline(_LINE) in {b"\r\n", b"\n", b""}:
            return
    raise Unreadable(400, f"more than {MAX_TRAILERS} trailers")


def _size(line: bytes) -> int:
    found = _SIZE.fullmatch(line)
    if found is None:
        raise Unreadable(400, "malformed chunked encoding")
    return int(found[1], 16)
