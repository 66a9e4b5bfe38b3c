"""How far one attempt got, as `apply_plan` tells its journal: an error comes from before or after the commit."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass

from hsync.sync.patience import Patience

__all__ = ["Phases"]


@dataclass(slots=True)
class Phases:
    """The journal of one attempt: how far it got; and its progress, where a sync can be ended."""

    patience: Patience
    logger: logging.Logger
    name: str = ""

    def phase(self, name: str, facts: Mapping[str, str]) -> None:  # noqa: ARG002 - the protocol of a journal
        """Note how far it got."""
        self.name = name

    def progress(self, what: str, done: int, total: int) -> None:
        """Log a step, and end the sync here if its time is over; never after the commit."""
        self.logger.debug("%s (%d of %d)", what, done, total)
        if not self.committed:
            self.patience.check()

    @property
    def committed(self) -> bool:
        """Whether the commit was answered with success."""
        return self.name == "reload"

    @property
    def stored(self) -> bool:
        """Whether a raw push was stored at least, still without its reload."""
        return self.name == "commit"
