"""Script: a server that answers from a list, and records the requests."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import httpx

from hsync.dataplane import DataplaneClient

Headers = dict[str, str | bytes]
URL = "https://edge1.example:5555"


@dataclass
class Script:
    """Answers in order: `(status, body, headers)` or an exception. The last answer is repeated."""

    answers: list[tuple[int, Any, Headers] | Exception]
    requests: list[httpx.Request] = field(default_factory=list)
    slept: list[float] = field(default_factory=list)
    now: float = 0.0

    def __call__(self, request: httpx.Request) -> httpx.Response:
        request.read()
        self.requests.append(request)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        status, body, headers = answer
        content = body if isinstance(body, str | bytes) or body is None else json.dumps(body)
        raw = [
            (name.encode(), value if isinstance(value, bytes) else value.encode()) for name, value in headers.items()
        ]
        return httpx.Response(status, content=content, headers=raw)

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds

    def client(self, url: str = URL, **options: Any) -> DataplaneClient:
        return DataplaneClient(
            url, transport=httpx.MockTransport(self), sleep=self.sleep, clock=lambda: self.now, **options
        )

    @property
    def sent(self) -> list[str]:
        """Method, path and query of each request, without the base path."""
        return [f"{r.method} {r.url.raw_path.decode().removeprefix('/v3')}" for r in self.requests]


def script(*answers: tuple[Any, ...] | Exception) -> Script:
    """A script from short forms: `(202,)`, `(400, "words")`, `(201, {"id": "t"}, {"Reload-ID": "1"})`."""
    return Script([one if isinstance(one, Exception) else _full(one) for one in answers])


def _full(answer: Iterable[Any]) -> tuple[int, Any, Headers]:
    status, body, headers = (*answer, None, None)[:3]
    return status, body, {"Configuration-Version": "7", **(headers or {})}


def refusal(status: int, message: str) -> tuple[int, dict[str, Any]]:
    """The body of a server's error."""
    return status, {"code": status, "message": message}
