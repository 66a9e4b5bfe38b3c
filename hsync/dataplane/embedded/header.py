"""Header: the server's header lines: digest, version, disclaimer.

    # _md5hash=<md5 of everything after this line>
    # _version=<version>
    # Dataplaneapi managed File
    # changing file directly can cause a conflict if dataplaneapi is running

Source: docs/reference/dataplane-api.md 2.1.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from hsync.plan.snapshot import HEADER, split_header

__all__ = ["Header", "carried_md5", "read_header", "write_header"]

DISCLAIMER = "# Dataplaneapi managed File\n# changing file directly can cause a conflict if dataplaneapi is running\n"


@dataclass(frozen=True, slots=True)
class Header:
    """The header lines of a text.

    Args:
        version: None if no line has it.
        md5: "" without a digest line.
        disclaimer: whether there are the two disclaimer lines.
        genuine: whether the digest is correct: the text was not edited since the server wrote it.
    """

    version: int | None
    md5: str
    disclaimer: bool
    genuine: bool


def read_header(text: str) -> Header:
    """Read the header lines of a text."""
    lines, _ = split_header(text)
    match = HEADER.match(text)
    version, md5 = match.group("version") if match else None, carried_md5(text)
    genuine = bool(md5) and _md5(text.partition("\n")[2]) == md5
    return Header(int(version) if version else None, md5, "# Dataplaneapi managed" in lines, genuine)


def carried_md5(text: str) -> str:
    """The digest in the header lines, or ""; it may be wrong."""
    match = HEADER.match(text)
    return (match.group("md5") or "") if match else ""


def write_header(body: str, version: int, *, disclaimer: bool) -> str:
    """The text with header lines before `body`, which begins with a blank line."""
    rest = f"# _version={version}\n{DISCLAIMER if disclaimer else ''}{body}"
    return f"# _md5hash={_md5(rest)}\n{rest}"


def _md5(text: str) -> str:
    return hashlib.md5(text.encode("utf-8", "surrogateescape"), usedforsecurity=False).hexdigest()
