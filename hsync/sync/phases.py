"""The progress of an attempt, from the events of `apply_plan`: it shows whether the commit has been done."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from hsync.events import Event, Phase, PhaseBegan, Step
from hsync.sync.patience import Patience

__all__ = ["Phases"]


@dataclass(slots=True)
class Phases:
    """The progress of an attempt. The sync can be cancelled at each step before the commit."""

    patience: Patience
    logger: logging.Logger
    last: Phase | None = None

    def __call__(self, event: Event) -> None:
        """Record a phase; log a step, and check the limits of the sync."""
        if isinstance(event, PhaseBegan):
            self.last = event.phase
        elif isinstance(event, Step):
            self.logger.debug("%s (%d of %d)", event.what, event.done, event.total)
            if not self.committed:
                self.patience.check()

    @property
    def committed(self) -> bool:
        """Whether the server has answered the commit with success."""
        return self.last is Phase.RELOAD
