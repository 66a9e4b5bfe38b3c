"""Requests: the parts of a request, and the real server's messages for bad parameters.

Source: docs/reference/dataplane-api.md 1.5, 2.2.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from hsync.dataplane.embedded.answers import Refusal

__all__ = ["INTEGER", "Request", "is_int64"]

INTEGER = re.compile("[+-]?[0-9]+")

_TRUE = frozenset({"1", "t", "T", "TRUE", "true", "True"})
_FALSE = frozenset({"0", "f", "F", "FALSE", "false", "False"})


@dataclass(frozen=True, slots=True)
class Request:
    """A request.

    Args:
        method: in upper case.
        path: percent-encoded, without the query.
        query: decoded names and values, in order.
        headers: values by lower-case name.
        content: body.
    """

    method: str
    path: str
    query: tuple[tuple[str, str], ...] = ()
    headers: dict[str, str] = field(default_factory=dict)
    content: bytes = b""

    def get(self, name: str) -> str | None:
        """A query parameter; None if it is absent."""
        values = [value for key, value in self.query if key == name]
        if len(values) > 1:
            raise Refusal(
                400, f"Invalid format for parameter {name}: multiple values for single value parameter '{name}'"
            )
        return values[0] if values else None

    def flag(self, name: str) -> bool:
        """A boolean parameter; False if it is absent."""
        value = self.get(name)
        if value is None or value in _FALSE:
            return False
        if value in _TRUE:
            return True
        raise _unbound(name, "strconv.ParseBool", value)

    def number(self, name: str) -> int:
        """An integer parameter; 0 if it is absent."""
        value = self.get(name)
        if value is None:
            return 0
        if not INTEGER.fullmatch(value):
            raise _unbound(name, "strconv.ParseInt", value)
        if not is_int64(int(value[:24])):
            raise _unbound(name, "strconv.ParseInt", value, "value out of range")
        return int(value)

    @property
    def transaction_id(self) -> str:
        """The id of the transaction, or ""."""
        return self.get("transaction_id") or ""

    def require_type(self, wanted: str) -> None:
        """Refuse a body with another content type; parameters after a semicolon are ignored."""
        given = self.headers.get("content-type", "")
        if given.partition(";")[0] != wanted:
            raise Refusal(415, f'header Content-Type has unexpected value "{given}"')

    def require_accept(self, *available: str) -> None:
        """Refuse a request that accepts none of the available media types."""
        wanted = [part.partition(";")[0].strip() for part in self.headers.get("accept", "*/*").split(",")]
        groups = {kind.partition("/")[0] + "/*" for kind in available}
        if not any(kind in {"*/*", "", *available} | groups for kind in wanted):
            listed = " ".join(available)
            raise Refusal(406, f"unsupported media type requested, only [{listed}] are available")


def is_int64(number: int) -> bool:
    """Whether a number fits into the server's integers."""
    return -(2**63) <= number < 2**63


def _unbound(name: str, function: str, value: str, what: str = "invalid syntax") -> Refusal:
    reason = f'error binding string parameter: {function}: parsing "{value}": {what}'
    return Refusal(400, f"Invalid format for parameter {name}: {reason}")
