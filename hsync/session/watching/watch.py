"""watch: read the numbers of HAProxy before an apply, and for a while after it.

Theory of operation: two samples before the apply show what is normal; the first one after the reload is where the
counters of the new process begin. Then a sample a second is compared with what was normal, until a rule finds a
regression or the time is over.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from hsync.dataplane import DataplaneClient
from hsync.dataplane.stats import Sample, read_sample
from hsync.errors import TargetError
from hsync.output.words import count
from hsync.render.thresholds import Thresholds
from hsync.session.watching.rules import RULES, Seen
from hsync.store import Clock

__all__ = ["Watch", "Watched"]

NORMAL_S = 2.0
"""Seconds between the two samples before an apply."""

TICK_S = 1.0
"""Seconds between two samples after it."""

LOST = 3
"""How often in a row HAProxy may not answer."""


@dataclass(frozen=True, slots=True)
class Watched:
    """What was found.

    Args:
        regressions: one sentence each; empty for none.
        seconds: how long it was watched.
        requests: how many requests there were in that time.
    """

    regressions: tuple[str, ...]
    seconds: float
    requests: int

    @property
    def words(self) -> str:
        """The result as a sentence."""
        if self.regressions:
            return f"worse after {self.seconds:.0f} s: {'; '.join(self.regressions)}"
        return f"watched for {self.seconds:.0f} s: no regression in {count(self.requests, 'request')}"


@dataclass
class Watch:
    """A watch of one target.

    Args:
        client: of the target.
        limits: the thresholds.
        seconds: how long to watch after the apply.
        clock: the clocks.
    """

    client: DataplaneClient
    limits: Thresholds
    seconds: float
    clock: Clock
    before: list[Sample] = field(default_factory=list)

    def begin(self) -> None:
        """Read what is normal, before anything is sent.

        Raises:
            TargetError: HAProxy cannot be asked.
        """
        self.before.append(self._sample())
        self.clock.sleep(NORMAL_S)
        self.before.append(self._sample())

    def watch(self, tell: Callable[[str], None]) -> Watched:
        """Watch until there is a regression, or the time is over.

        Args:
            tell: called with a sentence.

        Raises:
            TargetError: HAProxy does not answer any more.
        """
        start, lost, after = self.clock.uptime(), 0, list[Sample]()
        while True:
            gone = self.clock.uptime() - start
            try:
                after.append(self._sample())
                lost = 0
            except TargetError as error:
                lost += 1
                if lost == LOST:
                    raise
                tell(f"HAProxy has not answered: {error.message}")
            found = self._found(after) if after else ()
            if found or gone >= self.seconds:
                return Watched(found, gone, _requests(after))
            self.clock.sleep(min(TICK_S, self.seconds - gone))

    def _found(self, after: list[Sample]) -> tuple[str, ...]:
        seen = Seen(tuple(self.before), tuple(after))
        return tuple(words for rule in RULES for words in rule(seen, self.limits))

    def _sample(self) -> Sample:
        return read_sample(self.client.get_json, self.clock.uptime)


def _requests(after: list[Sample]) -> int:
    """The requests of all frontends in the time of these samples."""
    ends = ((line, after[0].lines.get(key)) for key, line in after[-1].of("frontend")) if after else ()
    return sum(line.since(first).requests if first else line.requests for line, first in ends)
