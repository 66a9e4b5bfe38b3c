"""Snapshot: the text of a target, read in one request, with its version and digest.

The server's header lines (`# _md5hash=`, `# _version=`, two disclaimer comments) belong to the server: digests do not
include them, since every commit rewrites them.

Source: docs/reference/dataplane-api.md 2.1.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

__all__ = ["HEADER", "Snapshot", "digest", "split_header"]

HEADER = re.compile(
    r"\A(?:# _md5hash=(?P<md5>[0-9a-f]{32})[ \t]*\r?\n)?(?:# _version=(?P<version>[0-9]{1,18})[ \t]*\r?\n)?"
    r"(?:# Dataplaneapi managed File\r?\n)?(?:# changing file directly can cause a conflict[^\n]*\r?\n)?"
)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The text of a target.

    Args:
        text: the whole text, including header lines.
        version: the version that writes must name, from the header of the answer.
        disk_version: the version in the header lines of the text; None for none.
        md5: the digest in the header lines of the text; None for none.
    """

    text: str
    version: int
    disk_version: int | None = None
    md5: str | None = None

    @property
    def body(self) -> str:
        """The text without the server's header lines."""
        return split_header(self.text)[1]

    @property
    def sha256(self) -> str:
        """Hex digest of `body`."""
        return digest(self.text)

    @classmethod
    def of(cls, text: str, version: int) -> Snapshot:
        """A snapshot from the text and the version of an answer."""
        match = HEADER.match(text)
        found = match.group("version") if match else None
        return cls(text, version, int(found) if found else None, match.group("md5") if match else None)

    @property
    def memory_ahead(self) -> bool:
        """Whether the disk has an older text of the server: after a failed reload the server restores the text on disk,
        but not in its memory.
        """
        return self.disk_version is not None and self.disk_version < self.version and self._is_genuine

    @property
    def text_version(self) -> int:
        """The version of the text: that of the disk if the memory is newer. Writes must name `version`."""
        return self.disk_version if self.memory_ahead and self.disk_version is not None else self.version

    @property
    def _is_genuine(self) -> bool:
        """Whether the text has the digest in its header lines."""
        if self.md5 is None:
            return True
        actual = hashlib.md5(self.text.partition("\n")[2].encode("utf-8", "surrogateescape"), usedforsecurity=False)
        return actual.hexdigest() == self.md5

    @property
    def is_own(self) -> bool:
        """Whether the server itself has written the text, as its digest in the header lines shows."""
        return self.md5 is not None and self.disk_version == self.version and self._is_genuine

    @property
    def split_brain(self) -> str:
        """Why disk and memory of the server differ; "" if they do not."""
        if self.memory_ahead:
            return (
                f"a reload failed: the server restored version {self.disk_version} on disk, its memory still has "
                f"version {self.version}"
            )
        if self.disk_version is None and self.version > 1:
            return f"the file on disk has no version, the server's memory has version {self.version}"
        if self.disk_version is not None and self.disk_version != self.version:
            return f"the file on disk has version {self.disk_version}, the server's memory has {self.version}"
        if not self._is_genuine:
            return "the text does not match its own _md5hash line: the file was edited by hand"
        return ""


def split_header(text: str) -> tuple[str, str]:
    """The server's header lines, and the rest."""
    match = HEADER.match(text)
    end = match.end() if match else 0
    return text[:end], text[end:].lstrip("\n") if end else text


def digest(text: str) -> str:
    """Hex SHA-256 of a text without the server's header lines and the blank lines at its head."""
    return hashlib.sha256(split_header(text)[1].lstrip("\n").encode("utf-8", "surrogateescape")).hexdigest()
