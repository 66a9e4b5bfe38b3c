"""guard: an apply whose effect is watched (`--watch`), and undone when it is a regression.

Theory of operation: with `--rollback-on-regression` an apply is one that must be confirmed (`session.confirming`), and
the end of the watch without a regression confirms it. So the way back is proved before anything is sent, and it is
taken also if this process dies while it watches.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from hsync.errors import CommittedError, StalePlanError, TargetError, UsageError
from hsync.lanes import Outcome
from hsync.session.asked import Confirmation
from hsync.session.confirming import Confirming, accept
from hsync.session.project import Project
from hsync.session.session import Session
from hsync.session.taking_back import take_back
from hsync.session.watching.watch import Watch, Watched

__all__ = ["Guarded"]

MARGIN_S = 60.0
"""Seconds behind the end of the watch in which the detached watcher does nothing yet."""


@dataclass
class Guarded:
    """One apply.

    Args:
        session: with the target. The caller holds its lock.
        project: has the thresholds, and the secrets of the text before.
        asked: what is to happen after the apply.
        start: starts the detached watcher, see `Confirming`.
    """

    session: Session
    project: Project
    asked: Confirmation
    start: Callable[[], tuple[str, str]]
    _watch: Watch | None = field(default=None, init=False)

    @property
    def confirming(self) -> Confirming | None:
        """How the apply is to be confirmed; None if it need not be.

        Raises:
            UsageError: it would be undone before the watch has ended.
        """
        within, watch = self.asked.confirm_within, self.asked.watch or 0.0
        if within is not None and within <= watch:
            hint = f"give more time: --confirm-within {watch + MARGIN_S:.0f}s"
            raise UsageError("--confirm-within ends before --watch", hint=hint)
        if within is None and self._undoes:
            within = watch + MARGIN_S
        return None if within is None else Confirming(within, self.start, self.session.clock)

    @property
    def _undoes(self) -> bool:
        return self.asked.watch is not None and self.asked.rollback_on_regression

    def begin(self) -> None:
        """Read what is normal, before anything is sent.

        Raises:
            TargetError: HAProxy cannot be asked for its numbers.
        """
        if self.asked.watch is not None:
            limits = self.project.settings.watch
            self._watch = Watch(self.session.client, limits, self.asked.watch, self.session.clock)
            self._watch.begin()

    def end(self, outcome: Outcome, tell: Callable[[str], None]) -> None:
        """Watch, and undo or confirm the apply.

        Args:
            outcome: of the apply.
            tell: called with sentences.

        Raises:
            CommittedError: there is a regression.
            StalePlanError: it was undone.
            The errors of `take_back`: it was not undone yet; the detached watcher goes on.
        """
        if self._watch is None or not outcome.changed:
            return
        try:
            found = self._watch.watch(tell)
        except TargetError as error:
            found = Watched((f"HAProxy does not tell its numbers any more: {error.message}",), 0, 0)
        if found.regressions:
            self._regressed(outcome, found)
        tell(f"{self.session.name}: {found.words}")
        if self._undoes and self.asked.confirm_within is None:
            accept(self.session.store, by=found.words)
            self.session.state = self.session.store.read()

    def _regressed(self, outcome: Outcome, found: Watched) -> None:
        if self._undoes:
            done = take_back(self.session, self.project, found.words)
            raise StalePlanError(done, hint="correct the configuration, then: hsync plan")
        now = outcome.snapshot
        raise CommittedError(
            f"{self.session.name}: {outcome.message}, but {found.words}",
            version=now.version,
            sha256=now.sha256,
            text=now.text,
            reload_id=outcome.reload_id,
            reloaded=True,
            hint="undo it: hsync rollback, then hsync apply; to have that done: --rollback-on-regression",
        )
