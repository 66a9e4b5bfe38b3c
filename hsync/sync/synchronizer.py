"""The face of the library: one target, one sync at a time."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Self

from hsync.dataplane import DataplaneClient
from hsync.errors import LockedError, ReloadFailedError, StalePlanError, TargetError, UnsafePlanError
from hsync.model import Configuration
from hsync.session import read_desired
from hsync.sync.attempts import Attempts
from hsync.sync.patience import CHECKS_S, Clock, Patience, Sleep, SyncCancelledError
from hsync.sync.plans import desired_of
from hsync.sync.policy import SyncOptions, default_sync_options
from hsync.sync.result import SyncResult

__all__ = ["Synchronizer"]


class Synchronizer:
    """Makes one target hold configurations. Several threads may share it: one sync runs at a time.

    Args:
        client: of the target; stays the caller's, who closes it.
        sleep: pauses for seconds between retries, instead of waiting for the cancel event.
        clock: seconds that only grow.
    """

    def __init__(self, client: DataplaneClient, *, sleep: Sleep | None = None, clock: Clock = time.monotonic) -> None:
        self._client = client
        self._sleep = sleep
        self._clock = clock
        self._lock = threading.Lock()
        self._logger = logging.getLogger("hsync")

    def with_logger(self, logger: logging.Logger) -> Self:
        """A Synchronizer for the same target that logs elsewhere. The two take turns.

        Args:
            logger: gets the start and the outcome (info), retries and failures (warning), operations (debug).
        """
        other = type(self)(self._client, sleep=self._sleep, clock=self._clock)
        other._lock, other._logger = self._lock, logger  # noqa: SLF001 - its own class
        return other

    def sync(
        self, current: Configuration | None, desired: Configuration, options: SyncOptions | None = None
    ) -> SyncResult:
        """Bring the target from the current to the desired configuration.

        A dry run sends no write request, not even the server's own validation, which is a POST: it checks the desired
        text for faults, proves the operations on a copy, and says what would be sent.

        Args:
            current: what the target runs, as far as the caller knows; None to read it. If the target runs something
                of another meaning, that is a version conflict like any other.
            desired: what it should run.
            options: `default_sync_options()` by default.

        Returns:
            What came of it. Look at `success`, or call `raise_for_failure`.

        Raises:
            ConfigError: faults in the desired configuration, all of them.
            BugError: hsync is wrong; nothing was written.
        """
        options = options or default_sync_options()
        patience = Patience(options.policy.max_retries, options.cancel, options.timeout, self._sleep, self._clock)
        wanted = desired_of(desired, kept=self._client.traits.keeps_text)
        run = Attempts(self._client, wanted, options, patience, self._logger)
        self._logger.info("sync of %s, policy %s", self._client.url, options.policy)
        try:
            with _turn(self._lock, patience):
                return run.until_settled(current)
        except _ENDS as error:
            return run.failure(error)

    def sync_from_strings(
        self, current_text: str | None, desired_text: str, options: SyncOptions | None = None
    ) -> SyncResult:
        """Parse both texts, then the same as `sync`.

        Args:
            current_text: what the target runs, as far as the caller knows; None to read it.
            desired_text: what it should run.
            options: `default_sync_options()` by default.

        Returns:
            What came of it.

        Raises:
            ConfigError: faults in either text, all of them. Never "no changes".
        """
        current, kept = None, self._client.traits.keeps_text
        if current_text is not None:
            read_desired(current_text, "current", kept=kept)
            current = Configuration.from_text(current_text, "current")
        return self.sync(current, read_desired(desired_text, "desired", kept=kept).configuration, options)


_ENDS = (TargetError, StalePlanError, UnsafePlanError, ReloadFailedError, LockedError, SyncCancelledError)
"""What the target or the world did; all else is raised."""


@contextmanager
def _turn(lock: threading.Lock, patience: Patience) -> Iterator[None]:
    patience.check()
    while not lock.acquire(timeout=CHECKS_S):
        patience.check()
    try:
        yield
    finally:
        lock.release()
