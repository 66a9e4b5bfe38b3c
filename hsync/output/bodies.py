"""bodies: the requests of a plan with their whole bodies, for reviewers. Secrets are masked.

Rule 1: nothing is shortened here: a reviewer sees everything that is sent.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from urllib.parse import urlencode

from hsync.output.safe import plain
from hsync.plan.plan import RAW, Operation
from hsync.plan.secrets import shown_body

__all__ = ["body_lines", "request_line"]


def request_line(operation: Operation) -> str:
    """Number, method, path and query: `1  PUT /services/haproxy/configuration/global`."""
    request = operation.request
    query = f"?{urlencode(request.query, errors='surrogatepass')}" if request.query else ""
    return plain(f"{operation.seq}  {request.method} {request.path}{query}")


def body_lines(operation: Operation) -> Iterator[str]:
    """The lines of the body: JSON, or the text of a raw push; none if the request has no body.

    Args:
        operation: see `shown_body`.
    """
    body = shown_body(operation)
    if body is None:
        return
    raw = operation.address == RAW
    text = str(body).removesuffix("\n") if raw else json.dumps(body, indent=2, sort_keys=True, ensure_ascii=False)
    yield from map(plain, text.split("\n"))
