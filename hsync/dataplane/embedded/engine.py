"""Engine: the state of one embedded server, and the ways it changes: commit, reload, an edit by somebody else.

Rule 1: memory and disk are two. Structured reads and transactions see memory, `raw` without a transaction sees disk.
They differ after a failed reload: disk goes back to the last good text, memory and its version do not.
Rule 2: whatever is written is written under the storage's lock, after looking whether somebody else wrote.
Rule 3: a text whose digest line is right was written by another process of ours: it is taken as it is. Any other
change is an edit by hand: its version counts one up (from 1 where it has none), and the header is written anew.

Source: docs/reference/dataplane-api.md 2.3, 2.5 and 7.3.
"""

from __future__ import annotations

from collections.abc import Hashable

from hsync.dataplane.embedded.answers import Refusal
from hsync.dataplane.embedded.checker import check
from hsync.dataplane.embedded.header import read_header
from hsync.dataplane.embedded.reloads import Outcome, Reloads
from hsync.dataplane.embedded.settings import EmbeddedSettings
from hsync.dataplane.embedded.staged import Staged, load
from hsync.dataplane.embedded.storage import Storage
from hsync.dataplane.embedded.transactions import Status, Transaction, Transactions

__all__ = ["Engine"]


class Engine:
    """One embedded server. Not safe for threads: the transport takes turns.

    Args:
        storage: where the text lies.
        settings: how the server behaves.
    """

    def __init__(self, storage: Storage, settings: EmbeddedSettings) -> None:
        self.storage = storage
        self.settings = settings
        self.transactions = Transactions(settings.max_open_transactions)
        self.reloads = Reloads(settings.reload, settings.reload_delay_s, settings.clock, self._settle)
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
        return self.memory.text(self.settings.manner) if self._unwritten else self._disk

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
            self._write(self.memory.text(self.settings.manner))

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
            text = staged.text(self.settings.manner, version)
            self._check(transaction, text)
            self._backup()
            self._write(text)
            kept = self.settings.manner.exact
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
            self.backups[self.version] = self.memory.text(self.settings.manner)
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
