"""filestore: the store in a folder of files, `state/` of a project.

Rule 1: `places` finds the file of a target, `locks` excludes other runs, `hsync.files` writes. This module uses them.
Rule 2: reads need no lock and write nothing, so a read-only folder can be read.
Rule 3: new files have mode 0600; an existing state file, for example from version control, keeps its mode. Folders of
kept texts have mode 0700.

Files of a target, with `edge1.json` as an example:
    edge1.json                      the state
    STEM.lock, STEM.holder          the lock of a run, and its holder
    STEM.write.lock                 the lock of a single write
    .kept/STEM/HEXDIGEST            kept texts; git ignores `.kept`, since texts may contain secrets
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from shlex import quote

from hsync.errors import InputError, LockedError
from hsync.files import PRIVATE, make_private_folder, reason
from hsync.plan.plan import Target
from hsync.store.files import read_text, timestamp, write_text
from hsync.store.locks import hold, lock, unlock
from hsync.store.owners import Owner
from hsync.store.places import Place, exposed
from hsync.store.state import Run, State, dump_state, load_state
from hsync.store.stores import Kept, Policy, Subject, check_write, digest_of_text, next_state, with_run

__all__ = ["FileStore"]

KEPT = ".kept"
"""Name of the folder for kept texts, in the state folder."""

WRITE_S = 30.0
"""Seconds to wait for another write, which takes milliseconds unless the disk hangs."""

_DIGEST = re.compile(r"sha256:([0-9a-f]{64})")
_HEX = re.compile(r"[0-9a-f]{64}")


class FileStore:
    """State, lock, history and texts of one target, in a folder.

    Args:
        place: the folder and the target. The first write creates the folder.
        policy: limits of history and kept texts.
        clock: seconds since 1970, for the age of kept texts.
    """

    def __init__(self, place: Place, policy: Policy | None = None, *, clock: Callable[[], float] = time.time) -> None:
        self.place = place
        self.policy = policy or Policy()
        self._clock = clock
        self._path: Path | None = None

    @property
    def subject(self) -> Subject:
        """See `StateStore.subject`."""
        return Subject(self.place.name, self.place.identity, self.place.derived)

    def warnings(self) -> tuple[str, ...]:
        """Warnings of a folder that others can write to, and of a state file with this name for another target."""
        return (*exposed(self.place.folder), *self._stranger())

    def _stranger(self) -> Iterator[str]:
        found = self.place.stranger() if self.read() is None else None
        if found is not None:
            path, about = found
            name = self.place.name
            is_now = f"{path} has the state of {about}, but {name} is {self.place.identity} now"
            yield f"{is_now}: the file is not used and not changed; to create a new state for {name}: hsync import"

    def read(self) -> State | None:
        """See `Reader.read`."""
        return self._found()[1]

    def write(self, state: State, *, expected_serial: int) -> State:
        """See `Writer.write`."""
        with self._writing():
            path, found = self._found()
            check_write(found, state, expected_serial, str(path))
            return self._put(path, next_state(found, state, expected_serial, self.place.identity, self.policy))

    def append(self, run: Run) -> State:
        """See `History.append`."""
        with self._writing():
            path, found = self._found()
            new = with_run(found, run, Target(self.place.name, self.place.identity, ""), self.policy)
            return self._put(path, new)

    def lock(self, owner: Owner, *, timeout: float = 0.0) -> AbstractContextManager[Owner | None]:
        """See `Locker.lock`."""
        return lock(self.place, owner=owner, timeout=timeout)

    def unlock(self, agree: Callable[[Owner], object]) -> Owner | None:
        """See `Locker.unlock`."""
        return unlock(self.place, agree)

    def keep(self, text: str) -> str:
        """See `Keeper.keep`."""
        digest = digest_of_text(text)
        kept = self.place.folder / KEPT
        folder = self._folder_of_texts()
        _make_private(kept)
        _make_private(folder)
        write_text(kept / ".gitignore", "*\n", mode=PRIVATE)
        path = folder / digest.removeprefix("sha256:")
        write_text(path, text, mode=PRIVATE)
        self._prune(folder, path)
        return digest

    def fetch(self, digest: str) -> str:
        """See `Keeper.fetch`."""
        match = _DIGEST.fullmatch(digest)
        if match is None:
            raise InputError(f"not a digest: {digest!r}", hint="give sha256: and 64 hexadecimal digits")
        path = self._folder_of_texts() / match[1]
        if not path.exists():
            policy = self.policy
            raise InputError(
                f"no text {digest}: there is no file {path}",
                hint=f"the last {policy.kept} texts of each target are kept, for {policy.kept_days} days",
            )
        text = read_text(path, kind="kept text", follow=False)
        if digest_of_text(text) != digest:
            raise InputError(f"{path}: the text was changed after it was kept", hint=f"rm {quote(str(path))}")
        return text

    def texts(self) -> tuple[Kept, ...]:
        """See `Keeper.texts`."""
        folder = self._folder_of_texts()
        try:
            names = [path for path in folder.iterdir() if _HEX.fullmatch(path.name)] if folder.exists() else []
            times = sorted((path.lstat().st_mtime, path.name) for path in names)
        except OSError as fault:
            raise InputError(f"cannot read {folder}: {reason(fault)}", hint="check the folder and its mode") from fault
        return tuple(Kept(f"sha256:{name}", timestamp(time_s)) for time_s, name in times)

    def _found(self) -> tuple[Path, State | None]:
        """Path and state of the target; without a state, the path for a new state file, and None."""
        if self._path is not None and self._path.is_file():
            state = _of_file(self._path)
            if state.target.url == self.place.identity:
                return self._path, state
        path = self.place.found() or self.place.unreadable()
        if path is None:
            return self.place.new(), None
        self._path = path
        return path, _of_file(path)

    def _put(self, path: Path, new: State) -> State:
        write_text(path, dump_state(new))
        self._path = path
        return new

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """Exclude other writers of this state, in this process and in others."""
        held = hold(self.place.lock_file(".write.lock"), timeout=WRITE_S)
        if held is None:
            raise LockedError(
                f"another process has been writing the state of {self.place.name} for {WRITE_S:.0f} s",
                hint="check whether the disk of the state folder hangs, then try again",
            )
        try:
            yield
        finally:
            held.release()

    def _folder_of_texts(self) -> Path:
        return self.place.folder / KEPT / self.place.lock_file("").name

    def _prune(self, folder: Path, newest: Path) -> None:
        """Delete texts beyond the limits of the policy. After an error the next call tries again."""
        oldest_s = self._clock() - self.policy.kept_days * 86400
        texts: list[tuple[bool, float, Path]] = []
        with suppress(OSError):
            for path in folder.iterdir():
                with suppress(FileNotFoundError):  # another process deletes texts, too
                    texts.append((path == newest, path.lstat().st_mtime, path))
            for count, (is_newest, time_s, path) in enumerate(sorted(texts, reverse=True)):
                if not is_newest and (count >= self.policy.kept or time_s < oldest_s):
                    path.unlink(missing_ok=True)


def _of_file(path: Path) -> State:
    hint = f"restore the file from version control, or: rm {quote(str(path))}; then: hsync import"
    return load_state(read_text(path, kind="state file"), str(path), hint)


def _make_private(folder: Path) -> None:
    """Create a folder that only the current user can enter.

    Raises:
        InputError: the folder cannot be created, or the path is something else, for example a link.
    """
    if folder.is_symlink():
        raise InputError(f"{folder} is a symbolic link", hint=f"kept texts need a folder: rm {quote(str(folder))}")
    try:
        make_private_folder(folder)
    except OSError as fault:
        hint = f"check the state folder and its free space; kept texts may be deleted: rm -r {quote(str(folder))}"
        raise InputError(f"cannot create {folder}: {reason(fault)}", hint=hint) from fault
