"""Staged: a content with its version, as the text that a client reads and a commit writes.

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
    """A text with the blank line that separates it from the header lines."""
    return "\n" + text if text else ""


@dataclass(frozen=True, slots=True)
class Manner:
    """How a server writes a content. The default keeps the text byte for byte; `hsync.testing` has others.

    Args:
        body: from a content's text to the text below the header lines.
        exact: whether `body` keeps the text, so that the content need not be read again after a commit.
        keeps_layout: whether a client may give a staged content another layout, and blank lines at the head of a
            pushed text stay.
    """

    body: Callable[[str], str] = _below_header
    exact: bool = True
    keeps_layout: bool = True


KEEPING = Manner()
"""Keeps the text byte for byte, as a file."""


@dataclass(slots=True)
class Staged:
    """A content on its way.

    Args:
        version: of the text it came from.
        content: its sections.
        disclaimer: whether the server's two disclaimer lines stand in its header.
        shown: the text that reads see although a refused write has changed the content; None normally.
    """

    version: int
    content: Content
    disclaimer: bool = True
    shown: str | None = None

    def text(self, manner: Manner, version: int | None = None) -> str:
        """The whole text, under its own or another version."""
        body = manner.body(self.content.text)
        return write_header(body, self.version if version is None else version, disclaimer=self.disclaimer)

    def copy(self) -> Staged:
        """One that can be changed without changing this one."""
        return replace(self, content=self.content.copy(), shown=None)


def load(text: str, version: int, *, disclaimer: bool | None = None, exact: bool = False) -> Staged:
    """Read a text.

    Args:
        text: with or without header lines.
        version: its version.
        disclaimer: None = keep what the header has.
        exact: whether blank lines at the head of a text without header lines stay.
    """
    if disclaimer is None:
        disclaimer = read_header(text).disclaimer
    body = split_header(text)[1]
    return Staged(version, Content(body if exact else body.lstrip("\n")), disclaimer)
