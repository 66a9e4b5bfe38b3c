"""How far one attempt got, by the events of `apply_plan`: an error comes from before or after the commit."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from hsync.events import Event, Phase, PhaseBegan, Step
from hsync.sync.patience import Patience

__all__ = ["Phases"]


@dataclass(slots=True)
class Phases:
    """How far one attempt got; a sync can be ended at each of its steps before the commit."""

    patience: Patience
    logger: logging.Logger
    last: Phase | None = None

    def __call__(self, event: Event) -> None:
        """Note a phase; log a step, and end the sync there if its time is over."""
        if isinstance(event, PhaseBegan):
            self.last = event.phase
        elif isinstance(event, Step):
            self.logger.debug("%s (%d of %d)", event.what, event.done, event.total)
            if not self.committed:
                self.patience.check()

    @property
    def committed(self) -> bool:
        """Whether the commit was answered with success."""
        return self.last is Phase.RELOAD
