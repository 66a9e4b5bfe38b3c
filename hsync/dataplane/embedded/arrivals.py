"""Arrivals: the body of a request as it comes over a socket, by its length or in chunks.

Rule 1: what the head promises is what is read: a body whose end nobody knows is refused, and the connection ends.

Source: RFC 9112 6 and 7.1.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from email.message import Message
from typing import BinaryIO, Protocol

__all__ = ["MAX_BODY", "Unreadable", "read_content"]

MAX_BODY = 256 * 1024 * 1024
"""Bytes of a body: a configuration of some million lines."""

_LENGTH = re.compile(r"[0-9]{1,18}")
_SIZE = re.compile(rb"([0-9A-Fa-f]{1,16})[ \t]*(?:;[^\r\n]*)?\r?\n")
_SHOWN = 100
_LINE = 4096
"""Bytes of a chunk's first line, and of a line behind the last chunk."""


class Unreadable(Exception):  # noqa: N818 - reads as a sentence where it is raised
    """What has come is no request: `status` and `what` are the answer."""

    def __init__(self, status: int, what: str) -> None:
        super().__init__(what)
        self.status = status
        self.what = what


class Stream(Protocol):
    """What a body is read from."""

    def read(self, size: int, /) -> bytes:
        """So many bytes, or fewer at the end."""

    def readline(self, size: int, /) -> bytes:
        """A line, cut at so many bytes."""


def read_content(head: Message, stream: Stream | BinaryIO) -> bytes:
    """Read a body.

    Args:
        head: the headers.
        stream: stands behind them.

    Raises:
        Unreadable: the headers contradict each other, promise too much, or something else comes than they promise.
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
    total = 0
    while size := _size(stream):
        total += size
        if total > MAX_BODY:
            raise Unreadable(413, f"a body of more than {MAX_BODY} bytes")
        yield _exactly(stream, size)
        if stream.readline(3) not in {b"\r\n", b"\n"}:
            raise Unreadable(400, "malformed chunked encoding")
    while stream.readline(_LINE) not in {b"\r\n", b"\n", b""}:
        pass


def _size(stream: Stream | BinaryIO) -> int:
    found = _SIZE.fullmatch(stream.readline(_LINE))
    if found is None:
        raise Unreadable(400, "malformed chunked encoding")
    return int(found[1], 16)
