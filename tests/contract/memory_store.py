"""A store in memory: state, history and texts of a target, until the process ends."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from hsync.errors import InputError
from hsync.plan.plan import Target
from hsync.store.files import timestamp
from hsync.store.state import Run, State, dump_state, load_state
from hsync.store.stores import (
    Kept,
    Owner,
    Policy,
    Subject,
    check_write,
    digest_of_text,
    locked,
    next_state,
    with_run,
)


@dataclass
class Shelf:
    """The data of one target."""

    text: str | None = None
    texts: dict[str, tuple[float, str]] = field(default_factory=dict)
    owner: Owner | None = None
    writing: threading.Lock = field(default_factory=threading.Lock)
    locked: threading.Lock = field(default_factory=threading.Lock)


class MemoryStore:
    """A store in memory; several threads may share its data.

    Args:
        subject: the target.
        policy: limits for the amount of data.
        shelf: the data of the target.
        clock: seconds since 1970.
    """

    def __init__(
        self, subject: Subject, policy: Policy, shelf: Shelf, *, clock: Callable[[], float] = time.time
    ) -> None:
        self.subject = subject
        self.policy = policy
        self.shelf = shelf
        self._clock = clock

    def warnings(self) -> tuple[str, ...]:
        return ()

    def read(self) -> State | None:
        text = self.shelf.text
        return None if text is None else load_state(text, self.subject.name, "this is memory: start again")

    def write(self, state: State, *, expected_serial: int) -> State:
        with self.shelf.writing:
            found = self.read()
            check_write(found, state, expected_serial, self.subject.name)
            new = next_state(found, state, expected_serial, self.subject.identity, self.policy)
            self.shelf.text = dump_state(new)
        return new

    def append(self, run: Run) -> State:
        with self.shelf.writing:
            new = with_run(self.read(), run, Target(self.subject.name, self.subject.identity, ""), self.policy)
            self.shelf.text = dump_state(new)
        return new

    def unlock(self, agree: Callable[[Owner], object]) -> Owner | None:
        if self.shelf.locked.locked():
            raise locked(self.subject.name, self.shelf.owner)
        del agree  # a thread does not die with a lock: there is none to release
        return None

    def texts(self) -> tuple[Kept, ...]:
        return tuple(Kept(digest, timestamp(when)) for digest, (when, _) in self.shelf.texts.items())

    @contextmanager
    def lock(self, owner: Owner, *, timeout: float = 0.0) -> Iterator[Owner | None]:
        if not self.shelf.locked.acquire(timeout=timeout):
            raise locked(self.subject.name, self.shelf.owner)
        self.shelf.owner = owner
        try:
            yield None  # a thread does not die with a lock
        finally:
            self.shelf.locked.release()

    def keep(self, text: str) -> str:
        digest, now, texts = digest_of_text(text), self._clock(), self.shelf.texts
        texts.pop(digest, None)
        texts[digest] = (now, text)
        oldest = now - self.policy.kept_days * 86400
        for name, (when, _) in list(texts.items())[:-1]:
            if len(texts) > self.policy.kept or when < oldest:
                del texts[name]
        return digest

    def fetch(self, digest: str) -> str:
        if digest not in self.shelf.texts:
            raise InputError(f"{digest} is not kept", hint="keep it first")
        text = self.shelf.texts[digest][1]
        if digest_of_text(text) != digest:
            raise InputError(f"{digest}: the text was changed after it was kept", hint="keep it again")
        return text
