"""Engine: the state of one embedded server, and the ways it changes: commit, reload, an edit by somebody else.

Rule 1: memory and disk are two. Structured reads and transactions see memory, `raw` without a transaction sees disk.
They differ after a failed reload: disk goes back to the last good text, memory and its version do not.
Rule 2: whatever is written is written under the storage's lock, after looking whether somebody else wrote.
Rule 3: a text whose digest line is right was written by another process of ours: it is taken as it is. Any other
change is an edit by hand: its version counts one up (from 1 where it has none), and the header is written anew.

Source: reference/dataplane-api.md 2.3, 2.5 and 7.3.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from pathlib import Path

from hsync.dataplane.embedded.answers import Refusal
from hsync.dataplane.embedded.checker import check
from hsync.dataplane.embedded.header import read_header
from hsync.dataplane.embedded.reloads import Outcome, Reloads, Runner, by_nothing
from hsync.dataplane.embedded.rewrite import rewrite
from hsync.dataplane.embedded.staged import Manner, Staged, load
from hsync.dataplane.embedded.storage import Storage
from hsync.dataplane.embedded.transactions import Status, Transaction, Transactions

__all__ = ["Engine", "Settings"]


@dataclass(frozen=True, slots=True)
class Settings:
    """How an embedded server behaves.

    Args:
        haproxy_bin: validates before a commit; None = no validation.
        runner: tells HAProxy to reload.
        reload_delay_s: how long a reload waits for others; 0 = runs within the commit.
        rewrite: write text as the real server does (regrouped and sorted), instead of keeping it.
        api: API line that is reported.
        damage: a test's hook that damages the staged text.
        max_open_transactions: limit of open transactions.
        backups: how many former texts are kept.
        clock: seconds, monotonic.
        verdicts: folder in which it is remembered what HAProxy accepted; None to ask it always.
    """

    haproxy_bin: str | None = None
    runner: Runner = by_nothing
    reload_delay_s: float = 0.0
    rewrite: bool = False
    api: str = "3.4"
    damage: Callable[[str], str] | None = None
    max_open_transactions: int = 20
    backups: int = 0
    clock: Callable[[], float] = time.monotonic
    verdicts: Path | None = None


def _keep(text: str) -> str:
    return "\n" + text if text else ""


def _manner(settings: Settings) -> Manner:
    layout = rewrite if settings.rewrite else _keep
    damage = settings.damage
    if damage is None:
        return Manner(layout, exact=not settings.rewrite)
    return Manner(lambda text: layout(damage(text)), exact=False)


class Engine:
    """One embedded server. Not safe for threads: the transport takes turns.

    Args:
        storage: where the text lies.
        settings: how the server behaves.
    """

    def __init__(self, storage: Storage, settings: Settings) -> None:
        self.storage = storage
        self.settings = settings
        self.manner = _manner(settings)
        self.transactions = Transactions(settings.max_open_transactions)
        self.reloads = Reloads(settings.runner, settings.reload_delay_s, settings.clock, self._settle)
        self.backups: dict[int, str] = {}
        self._stamp: Hashable = storage.stamp()
        self._disk = storage.read()
        header = read_header(self._disk)
        edited = bool(header.md5) and not header.genuine
        self.memory: Staged = load(self._disk, (header.version or 1) + edited, disclaimer=True)
        self._unwritten = edited
        self._last_good = self._disk

    @property
    def version(self) -> int:
        """The current version."""
        return self.memory.version

    def disk(self) -> str:
        """The text on disk. One that was edited before the start is shown as its next commit would have it."""
        return self.memory.text(self.manner) if self._unwritten else self._disk

    def refresh(self) -> None:
        """Look whether somebody else wrote the text, and run a reload whose time has come."""
        stamp = self.storage.stamp()
        if stamp != self._stamp:
            with self.storage.lock():
                self._look(stamp)
        self.reloads.tick()

    def _look(self, stamp: Hashable) -> None:
        self._stamp = stamp
        text = self.storage.read()
        if text == self._disk:
            return
        header = read_header(text)
        self._unwritten = False
        if header.genuine:
            self._disk = text
            self.memory = load(text, header.version or 1)
        else:
            self.memory = load(text, (header.version or 1) + 1, disclaimer=True)
            self._write(self.memory.text(self.manner))

    def _write(self, text: str) -> None:
        self.storage.write(text)
        self._disk, self._stamp, self._unwritten = text, self.storage.stamp(), False

    def check_version(self, version: int) -> None:
        """Refuse a version that is not the current one."""
        if version != self.version:
            what = f"version in configuration file is {self.version}, given version is {version}"
            raise Refusal(409, f"version mismatch: {what}")

    def begin(self) -> Transaction:
        """A transaction on the current version, not in the list yet."""
        return Transaction(self.memory.copy())

    def commit(self, transaction: Transaction, *, keep_version: bool = False) -> None:
        """Make a staged content the current one, on disk and in memory.

        Args:
            transaction: becomes outdated or failed when it is refused.
            keep_version: do not count the version up (`skip_version` of a raw push).

        Raises:
            Refusal: 409, the version moved; 400, HAProxy does not accept the text.
        """
        with self.storage.lock():
            self.refresh()
            staged = transaction.staged
            if not keep_version and staged.version != self.version:
                transaction.status = Status.OUTDATED
                versions = f"transaction version: {staged.version}, configured version: {self.version}"
                raise Refusal(409, f"version mismatch: version mismatch, {versions}")
            version = staged.version + (not keep_version)
            text = staged.text(self.manner, version)
            self._check(transaction, text)
            self._backup()
            self._write(text)
            kept = self.manner.exact
            self.memory = staged if kept else load(text, version)
            self.memory.version, self.memory.shown = version, None

    def judge(self, text: str, transaction: str = "") -> tuple[str, ...]:
        """Let HAProxy judge a text; its warnings, none without a binary.

        Args:
            text: the whole configuration.
            transaction: its id, for the message.

        Raises:
            Refusal: HAProxy does not accept the text.
        """
        if self.settings.haproxy_bin is None:
            return ()
        return check(self.settings.haproxy_bin, text, transaction, self.storage.folder, self.settings.verdicts)

    def _check(self, transaction: Transaction, text: str) -> None:
        try:
            self.judge(text, transaction.id)
        except Refusal:
            transaction.status = Status.FAILED
            self.transactions.add(transaction)
            raise

    def _backup(self) -> None:
        if self.settings.backups:
            self.backups[self.version] = self.memory.text(self.manner)
            for version in list(self.backups)[: -self.settings.backups]:
                del self.backups[version]

    def _settle(self, outcome: Outcome) -> None:
        """Keep the text of a good reload; put the last good one back after a bad one.

        A last good text without a genuine digest line looks like an edit by hand to the next look: memory follows it.
        """
        if outcome.ok:
            self._last_good = self._disk
            return
        with self.storage.lock():
            self.storage.write(self._last_good)
            if read_header(self._last_good).genuine:
                self._disk, self._stamp = self._last_good, self.storage.stamp()
