"""Engine: the state of an embedded server, and its changes: commit, reload, edits of the file by others.

Rule 1: memory and disk may differ, as on the real server: after a failed reload the disk has the last good text again,
but memory keeps the new text and its version. Transactions and resources use memory, `raw` without a transaction reads
the disk.
Rule 2: the text is written only under the storage's lock, after checking whether another process has written it.
Rule 3: a text with a correct digest was written by another embedded server: it is used as it is. Any other change is an
edit by hand: the version goes up by one (from 1 if there is none), and new header lines are written.

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
    """An embedded server. Not thread-safe: the transport serializes the requests.

    Args:
        storage: the place of the text.
        settings: the behaviour of the server.
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
        """The text on disk; if it was edited before the server started, with the header lines of an edit."""
        return self.memory.text(self.settings.manner) if self._unwritten else self._disk

    def refresh(self) -> None:
        """Read the text again if another process has written it, and run a reload that is due."""
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
        header, before = read_header(text), self.version
        self._unwritten = False
        if header.genuine:
            self._disk = text
            self.memory = load(text, header.version or 1)
        else:
            self.memory = load(text, (header.version or 1) + 1, disclaimer=True)
            self._write(self.memory.text(self.settings.manner))
        if self.version == before:  # another text under the same number: no version shows that it is another one
            self.transactions.outdate(before)

    def _write(self, text: str) -> None:
        self.storage.write(text)
        self._disk, self._stamp, self._unwritten = text, self.storage.stamp(), False

    def check_version(self, version: int) -> None:
        """Refuse a request with an outdated version."""
        if version != self.version:
            what = f"version in configuration file is {self.version}, given version is {version}"
            raise Refusal(409, f"version mismatch: {what}")

    def begin(self) -> Transaction:
        """A transaction on the current version, which is not in the list of transactions."""
        return Transaction(self.memory.copy())

    def commit(self, transaction: Transaction, *, keep_version: bool = False) -> None:
        """Make the staged text of a transaction the current text, on disk and in memory.

        Args:
            transaction: its status becomes outdated or failed if it is refused.
            keep_version: keep the version number (`skip_version` of a raw push).

        Raises:
            Refusal: 409, there is a newer version; 400, HAProxy refuses the text.
        """
        with self.storage.lock():
            self.refresh()
            staged = transaction.staged
            outdated = transaction.status is Status.OUTDATED
            if outdated or (not keep_version and staged.version != self.version):
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
        """Check a text with the HAProxy binary, if there is one.

        Args:
            text: the whole configuration.
            transaction: id of the transaction, for the message.

        Returns:
            HAProxy's warnings.

        Raises:
            Refusal: HAProxy refuses the text.
        """
        chosen = self.settings
        if chosen.haproxy_bin is None:
            return ()
        return check(chosen.haproxy_bin, text, transaction, self.storage.folder, chosen.verdicts, chosen.sandbox)

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
        """Remember the text of a successful reload; restore the last good text after a failed one.

        If that text has no correct digest, the next `refresh` reads it as an edit by hand, and memory follows it.
        """
        if outcome.ok:
            self._last_good = self._disk
            return
        with self.storage.lock():
            self.storage.write(self._last_good)
            if read_header(self._last_good).genuine:
                self._disk, self._stamp = self._last_good, self.storage.stamp()
