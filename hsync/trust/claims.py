"""claims: the values of a project that need the operator's permission, one by one.

Rule 1: the text of a claim has all facts that decide its effect: for a URL also the user whose password it gets and the
trusted authorities, for a program in the project also its content. Claims with the same text are the same claim.
Rule 2: the text has no secret: it is shown and stored.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from hsync.errors import UsageError

__all__ = ["Claim", "Kind", "digest_of", "parse_claim"]


class Kind(StrEnum):
    """Kind of a claim: the effect of its value."""

    PROGRAM = "program"
    """A program that hsync runs."""
    URL = "url"
    """A URL that gets requests, and credentials if a user is set."""
    SOCKET = "socket"
    """A socket that hsync writes to."""
    PATH = "path"
    """A file or folder outside of the project that hsync reads and writes."""
    FILE = "file"
    """A file, or all files of a folder, outside of the project that hsync reads."""


_DOES = {
    Kind.PROGRAM: "runs",
    Kind.URL: "sends requests to",
    Kind.SOCKET: "writes to the socket",
    Kind.PATH: "reads and writes",
    Kind.FILE: "reads",
}

_PATHS = frozenset({Kind.SOCKET, Kind.PATH, Kind.FILE})


@dataclass(frozen=True, slots=True)
class Claim:
    """A value of a project that has no effect until the operator allows it.

    Args:
        kind: its effect.
        value: the value in canonical form.
        where: `hsync.toml:12`, for people only; "" if it is unknown.
        setting: `targets.edge1.url`, for people only.
    """

    kind: Kind
    value: str
    where: str = field(default="", compare=False)
    setting: str = field(default="", compare=False)

    @property
    def text(self) -> str:
        """`file:/run/secrets/db`: the form that is stored, and the argument of `hsync allow`."""
        return f"{self.kind}:{self.value}"

    def as_tuple(self) -> tuple[str, str, str]:
        """The claim as in `NotAllowedError`."""
        return (self.text, self.where, self.setting)

    def __str__(self) -> str:
        """`hsync.toml:12: targets.edge1.url sends requests to https://edge1.example:5555`."""
        place = f"{self.where}: " if self.where else ""
        return f"{place}{self.setting or 'the project'} {_DOES[self.kind]} {self.value}"


def parse_claim(text: str, where: str = "", setting: str = "") -> Claim:
    """Parse a claim; symbolic links in its path are resolved.

    Args:
        text: `KIND:VALUE`.
        where: see `Claim`.
        setting: see `Claim`.

    Raises:
        UsageError: an unknown kind, or no value.
    """
    kind, _, value = text.partition(":")
    if kind not in set(Kind) or not value:
        raise UsageError(f"{text!r} cannot be allowed", hint=f"give KIND:VALUE; a kind is {', '.join(Kind)}")
    chosen = Kind(kind)
    return Claim(chosen, os.path.realpath(value) if chosen in _PATHS else value, where, setting)


def digest_of(claims: Iterable[Claim]) -> str:
    """The digest of a set of claims: `sha256:…`. It does not depend on their order."""
    canonical = json.dumps(sorted({one.text for one in claims}))
    return f"sha256:{hashlib.sha256(canonical.encode('utf-8', 'surrogateescape')).hexdigest()}"
