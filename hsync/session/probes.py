"""probes: confirm an apply when all its probes have passed a number of times, one after the other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from hsync.dataplane.probes import TIMEOUT_S, Probe, probe_of
from hsync.output.words import count
from hsync.session.asked import Confirmation

__all__ = ["Probing"]


@dataclass
class Probing:
    """The probes of an apply.

    Args:
        probes: what is asked.
        times: how often all of them must pass in a row.
        tell: called with a sentence when the outcome changes.
    """

    probes: tuple[Probe, ...]
    times: int
    tell: Callable[[str], None]
    passed: int = 0
    """How often all have passed in a row."""
    last: str = field(default="", repr=False)

    @classmethod
    def asked(cls, confirmation: Confirmation, tell: Callable[[str], None]) -> Probing | None:
        """The probes of the command line; None for none.

        Raises:
            UsageError: one is malformed.
        """
        probes = tuple(map(probe_of, confirmation.confirm_probe))
        return cls(probes, confirmation.confirm_times, tell) if probes else None

    @property
    def words(self) -> str:
        """What has confirmed the apply, for the history."""
        return f"{count(len(self.probes), 'probe')} passed {count(self.times, 'time')}"

    def pass_now(self, left_s: float) -> bool:
        """Ask all probes once. Returns whether they have passed often enough.

        Args:
            left_s: seconds in which they have to answer.
        """
        seconds = min(TIMEOUT_S, left_s)
        failed = next((f"{one.text}: {why}" for one in self.probes if (why := one.why_not(seconds))), "")
        if failed and failed != self.last:
            self.tell(f"a probe has not passed: {failed}")
        self.last = failed
        self.passed = 0 if failed else self.passed + 1
        return self.passed >= self.times
