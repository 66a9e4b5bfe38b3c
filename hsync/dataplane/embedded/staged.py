"""Staged: a content with its version, and its text as clients read it and a commit writes it.

Source: docs/reference/dataplane-api.md 2.1 and 2.3.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from hsync.dataplane.embedded.content import Content
from hsync.dataplane.embedded.header import read_header, write_header
from hsync.plan.snapshot import split_header

__all__ = ["KEEPING", "Manner", "Staged", "load"]


def _below_header(text: str) -> str:
    """The text below the header lines, beginning with a blank line."""
    return "\n" + text if text else ""


@dataclass(frozen=True, slots=True)
class Manner:
    """The way in which a server writes a text. The default keeps it byte for byte; `hsync.testing` has others.

    Args:
        body: makes the text below the header lines from the text of a content.
        exact: whether `body` keeps the text unchanged, so that it need not be parsed again after a commit.
        keeps_layout: whether a client may change the layout of a staged text, and whether blank lines at the start of a
            pushed text are kept.
    """

    body: Callable[[str], str] = _below_header
    exact: bool = True
    keeps_layout: bool = True


KEEPING = Manner()
"""Keeps the text byte for byte, for a file target."""


@dataclass(slots=True)
class Staged:
    """A content that is not committed yet.

    Args:
        version: version of the text on which it is based.
        content: its sections.
        disclaimer: whether its header has the two disclaimer lines.
        shown: the text before a refused write that changed the content: reads still show it; else None.
    """

    version: int
    content: Content
    disclaimer: bool = True
    shown: str | None = None

    def text(self, manner: Manner, version: int | None = None) -> str:
        """The whole text with header lines; `version` replaces its own version."""
        body = manner.body(self.content.text)
        return write_header(body, self.version if version is None else version, disclaimer=self.disclaimer)

    def copy(self) -> Staged:
        """An independent copy."""
        return replace(self, content=self.content.copy(), shown=None)


def load(text: str, version: int, *, disclaimer: bool | None = None, exact: bool = False) -> Staged:
    """Read a text.

    Args:
        text: a text with or without header lines.
        version: its version.
        disclaimer: whether to write disclaimer lines; None = only if the text has them.
        exact: whether to keep blank lines at the start of a text without header lines.
    """
    if disclaimer is None:
        disclaimer = read_header(text).disclaimer
    body = split_header(text)[1]
    return Staged(version, Content(body if exact else body.lstrip("\n")), disclaimer)
