"""journal: the records of the current run, in the state of its target.

Rule: a phase is written before it begins, so that the state shows the last phase of a run that died.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from types import TracebackType
from typing import Self

from hsync.errors import BugError
from hsync.store.files import timestamp
from hsync.store.filestore import FileStore
from hsync.store.pending import Pending
from hsync.store.places import Place
from hsync.store.state import Applied, Facts, Record, Run, State
from hsync.store.stores import StateStore

__all__ = ["Journal"]


class Journal:
    """The records of a run: each phase before it begins, and the outcome.

    If the run ends by an exception without `close`, the next run gets its records. A run that ends without an exception
    must have called `close` or `landed`.

    Args:
        store: of the target; a place means its `FileStore`.
        state: the state as read; the attribute `state` is the state that was written last.
        plan: digest of the plan.
        clock: the time as text.
        facts: who runs it and why; the attribute `facts` goes into the history at the end.
    """

    def __init__(
        self,
        store: StateStore | Place,
        state: State,
        plan: str,
        *,
        clock: Callable[[], str] = timestamp,
        facts: Facts | None = None,
    ) -> None:
        self.store: StateStore = FileStore(store) if isinstance(store, Place) else store
        self.state = replace(state, journal=())
        self.plan = plan
        self.clock = clock
        self.facts = facts or Facts()
        self._began = time.monotonic()
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
            name: of the phase.
            facts: data with which the next run can find out whether the phase happened; no secrets. The digest of the
                kept text before the run is added.
        """
        kept = {"kept": self.facts.before} if self.facts.before else {}
        one = Record(name, self.plan, tuple(sorted({**facts, **kept}.items())), self.clock())
        self.state = self._written(replace(self.state, journal=(*self.state.journal, one)))

    def intend(self, pending: Pending | None) -> None:
        """Have the next record say that an apply is to be confirmed; None for none."""
        self.state = replace(self.state, pending=pending)

    def amend(self) -> None:
        """Write the state as it is now."""
        self.state = self._written(self.state)

    def landed(self, applied: Applied, owned: tuple[tuple[str, str], ...], secrets: tuple[str, ...] = ()) -> State:
        """Write that the result is committed, and keep the records: the run has not reached its end.

        Args:
            applied: the new configuration of the target.
            owned: the sections that hsync owns now.
            secrets: the lines with secrets, masked.

        Returns:
            The state that was written.
        """
        self.state = self._written(replace(self.state, applied=applied, owned=owned, secrets=secrets))
        self._closed = True
        return self.state

    def close(
        self,
        outcome: str,
        *,
        applied: Applied | None = None,
        owned: tuple[tuple[str, str], ...] | None = None,
        secrets: tuple[str, ...] | None = None,
    ) -> State:
        """Write the outcome of the run, and remove its records.

        Args:
            outcome: for the history.
            applied: the new configuration of the target; None if the run changed nothing.
            owned: the sections that hsync owns now; None for no change.
            secrets: the lines with secrets, masked; None for no change.

        Returns:
            The state that was written.
        """
        version, reload_ = (applied.version, applied.reload) if applied else (None, "")
        took_ms = round((time.monotonic() - self._began) * 1000)
        run = Run(self.plan, outcome, version, reload_, self.clock(), self.facts, took_ms)
        new = replace(self.state, journal=(), history=(*self.state.history, run))
        new = replace(new, applied=applied or new.applied, owned=new.owned if owned is None else owned)
        new = replace(new, secrets=new.secrets if secrets is None else secrets)
        self.state = self._written(new)
        self._closed = True
        return self.state

    def _written(self, state: State) -> State:
        return self.store.write(state, expected_serial=state.serial)
