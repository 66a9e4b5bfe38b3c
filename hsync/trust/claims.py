"""claims: the values of a project that only the operator may vouch for, one by one.

Rule 1: the text of a claim holds all that decides what would happen: of an address also whom it gets credentials of and
whom it trusts, of a program inside the project also its content. Two claims of one text are the same.
Rule 2: a text holds no secret: it is shown, and kept.
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
    """What a claim is about."""

    PROGRAM = "program"
    """A program that is run."""
    URL = "url"
    """An address that is sent requests, and credentials if there is a user."""
    SOCKET = "socket"
    """A socket that is written to."""
    PATH = "path"
    """A file or folder outside of the project that is read and written."""
    FILE = "file"
    """A file, or all files of a folder, outside of the project that are read."""


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
        kind: what it is about.
        value: what it is, in one form only.
        where: `hsync.toml:12`, for people; "" when it is not known. Decides nothing.
        setting: `targets.edge1.url`, likewise.
    """

    kind: Kind
    value: str
    where: str = field(default="", compare=False)
    setting: str = field(default="", compare=False)

    @property
    def text(self) -> str:
        """`file:/run/secrets/db`: as it is kept, and typed after `hsync allow`."""
        return f"{self.kind}:{self.value}"

    def as_tuple(self) -> tuple[str, str, str]:
        """As `NotAllowedError` has it."""
        return (self.text, self.where, self.setting)

    def __str__(self) -> str:
        """`hsync.toml:12: targets.edge1.url sends requests to https://edge1.example:5555`."""
        place = f"{self.where}: " if self.where else ""
        return f"{place}{self.setting or 'the project'} {_DOES[self.kind]} {self.value}"


def parse_claim(text: str, where: str = "", setting: str = "") -> Claim:
    """A claim as somebody types it; the path in it is where its symbolic links lead.

    Args:
        text: `KIND:VALUE`.
        where: as `Claim` takes it.
        setting: likewise.

    Raises:
        UsageError: another kind, or no value.
    """
    kind, _, value = text.partition(":")
    if kind not in set(Kind) or not value:
        raise UsageError(f"{text!r} cannot be allowed", hint=f"give KIND:VALUE; a kind is {', '.join(Kind)}")
    chosen = Kind(kind)
    return Claim(chosen, os.path.realpath(value) if chosen in _PATHS else value, where, setting)


def digest_of(claims: Iterable[Claim]) -> str:
    """The digest of some claims, whatever their order: `sha256:…`. One that is changed, added or removed changes it."""
    canonical = json.dumps(sorted({one.text for one in claims}))
    return f"sha256:{hashlib.sha256(canonical.encode('utf-8', 'surrogateescape')).hexdigest()}"
