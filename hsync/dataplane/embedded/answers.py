"""Answers: the answers of the embedded server as plain data, and `Refusal`, its only exception.

Rule 1: an error body is `{"code": STATUS, "message": TEXT}`, without further fields.
Rule 2: `null`, an empty list and no body are three different answers.

Source: docs/reference/dataplane-api.md 1.5.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from hsync.schema import Json

__all__ = ["Answer", "Refusal", "empty", "json_answer", "text_answer"]


@dataclass(frozen=True, slots=True)
class Answer:
    """A response without the headers that all responses have.

    Args:
        status: HTTP status.
        content: body.
        content_type: "" for an answer without a body.
        headers: further headers.
    """

    status: int
    content: bytes = b""
    content_type: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


class Refusal(Exception):  # noqa: N818 - reads as a sentence where it is raised
    """A refused request, with its HTTP status and the message of the real server."""

    def __init__(self, status: int, message: str, **headers: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.headers = headers

    def answer(self) -> Answer:
        """The refusal as an answer."""
        return json_answer(self.status, {"code": self.status, "message": self.message}, **self.headers)


def json_answer(status: int, value: Json, **headers: str) -> Answer:
    """An answer with a JSON body."""
    return Answer(status, json.dumps(value).encode() + b"\n", "application/json", headers)


def text_answer(status: int, text: str, **headers: str) -> Answer:
    """An answer with configuration text; undecodable bytes are sent unchanged."""
    return Answer(status, text.encode("utf-8", "surrogateescape"), "text/plain", headers)


def empty(status: int, **headers: str) -> Answer:
    """An answer without a body."""
    return Answer(status, headers=headers)
