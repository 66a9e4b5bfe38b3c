"""The main class of the library: syncs of one target, one at a time."""

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
    """Applies configurations to one target. Thread-safe: only one sync runs at a time.

    Args:
        client: client of the target; the caller closes it.
        sleep: pauses for some seconds between retries; default: wait for the cancel event.
        clock: monotonic clock, in seconds.
    """

    def __init__(self, client: DataplaneClient, *, sleep: Sleep | None = None, clock: Clock = time.monotonic) -> None:
        self._client = client
        self._sleep = sleep
        self._clock = clock
        self._lock = threading.Lock()
        self._logger = logging.getLogger("hsync")

    def with_logger(self, logger: logging.Logger) -> Self:
        """A Synchronizer for the same target with another logger. Only one of the two syncs at a time.

        Args:
            logger: gets the start and the outcome (info), retries and failures (warning), operations (debug).
        """
        other = type(self)(self._client, sleep=self._sleep, clock=self._clock)
        other._lock, other._logger = self._lock, logger  # noqa: SLF001 - its own class
        return other

    def sync(
        self, current: Configuration | None, desired: Configuration, options: SyncOptions | None = None
    ) -> SyncResult:
        """Apply the desired configuration to the target.

        A dry run sends no write request, not even the server's own validation, which is a POST. It checks the desired
        text for faults, proves the operations on a copy, and reports the operations.

        Args:
            current: the current configuration, as the caller knows it; None to read it. If the target's configuration
                has another meaning, this is a version conflict.
            desired: the desired configuration.
            options: `default_sync_options()` by default.

        Returns:
            The result. Check `success`, or call `raise_for_failure`.

        Raises:
            ConfigError: all faults in the desired configuration.
            BugError: a bug in hsync; nothing was written.
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
        """Parse both texts and call `sync`.

        Args:
            current_text: the current text, as the caller knows it; None to read it.
            desired_text: the desired text.
            options: `default_sync_options()` by default.

        Returns:
            The result.

        Raises:
            ConfigError: all faults in the two texts.
        """
        current, kept = None, self._client.traits.keeps_text
        if current_text is not None:
            read_desired(current_text, "current", kept=kept)
            current = Configuration.from_text(current_text, "current")
        return self.sync(current, read_desired(desired_text, "desired", kept=kept).configuration, options)


_ENDS = (TargetError, StalePlanError, UnsafePlanError, ReloadFailedError, LockedError, SyncCancelledError)
"""Errors for which there is a result; all others are raised."""


@contextmanager
def _turn(lock: threading.Lock, patience: Patience) -> Iterator[None]:
    patience.check()
    while not lock.acquire(timeout=CHECKS_S):
        patience.check()
    try:
        yield
    finally:
        lock.release()
