"""journal: the records of a run in the state of its target.

Rule: a phase is written before it begins, so that a run that dies leaves where it was.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import TracebackType
from typing import Self

from hsync.errors import BugError
from hsync.store.files import timestamp
from hsync.store.filestore import FileStore
from hsync.store.places import Place
from hsync.store.state import Applied, Record, Run, State
from hsync.store.stores import StateStore

__all__ = ["Journal"]


class Journal:
    """Records of a run: each phase before it begins, and how the run ended.

    A run that leaves the context by an exception without `close` leaves its records to the next run. One that ends
    without an exception must have said how.

    Args:
        store: of the target; a place means its `FileStore`.
        state: the state as read; the attribute `state` is the state that was written last.
        plan: digest of the plan.
        clock: the time as text.
    """

    def __init__(
        self, store: StateStore | Place, state: State, plan: str, *, clock: Callable[[], str] = timestamp
    ) -> None:
        self.store: StateStore = FileStore(store) if isinstance(store, Place) else store
        self.state = replace(state, journal=())
        self.plan = plan
        self.clock = clock
        self._closed = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None and not self._closed:
            raise BugError("a run ended without saying how")

    def phase(self, name: str, facts: Mapping[str, str]) -> None:
        """Write that a phase is about to begin.

        Args:
            name: which.
            facts: what the next run needs to find out whether it happened; no secrets.
        """
        one = Record(name, self.plan, tuple(sorted(facts.items())), self.clock())
        self.state = self._written(replace(self.state, journal=(*self.state.journal, one)))

    def landed(self, applied: Applied, owned: tuple[tuple[str, str], ...]) -> State:
        """Write that the result is committed; the records stay, since the run has not ended well.

        Args:
            applied: what the target has now.
            owned: sections that hsync owns now.

        Returns:
            The state that was written.
        """
        self.state = self._written(replace(self.state, applied=applied, owned=owned))
        self._closed = True
        return self.state

    def close(
        self, outcome: str, *, applied: Applied | None = None, owned: tuple[tuple[str, str], ...] | None = None
    ) -> State:
        """Write how the run ended, and forget its records.

        Args:
            outcome: in words, for the history.
            applied: what the target runs now; None when the run changed nothing.
            owned: sections that hsync owns now; None leaves them as they were.

        Returns:
            The state that was written.
        """
        version, reload_ = (applied.version, applied.reload) if applied else (None, "")
        run = Run(self.plan, outcome, version, reload_, self.clock())
        new = replace(self.state, journal=(), history=(*self.state.history, run))
        new = replace(new, applied=applied or new.applied, owned=new.owned if owned is None else owned)
        self.state = self._written(new)
        self._closed = True
        return self.state

    def _written(self, state: State) -> State:
        return self.store.write(state, expected_serial=state.serial)
