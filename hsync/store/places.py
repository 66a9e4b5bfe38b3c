"""places: the files of a target in the state folder.

Rule 1: a state belongs to an identity (URL, or resolved path of the file), never to a name: two names of a target share
a state and a lock, two targets with the same name share nothing.
Rule 2: file names are for people. A state file contains its identity; a state of another identity is neither used nor
overwritten.

Theory of operation: all state files of the folder are searched for the identity, so that a state is found under any
name of its target, and under the file names of hsync 0.1.0. A new file has the name of the target: `edge1.json` for a
name of hsync.toml, `haproxy-1a2b3c4d.json` for a name derived from a path or a URL, which may not be unique.
"""

from __future__ import annotations

import grp
import hashlib
import json
import os
import pwd
import re
import shlex
import stat
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from hsync.errors import InputError
from hsync.files import read_file
from hsync.store.files import read_text

__all__ = ["Place", "exposed", "file_of", "other_writers", "short_digest"]

_WHEN = re.compile(r'"when": "([^"]*)"')


def file_of(folder: Path, stem: str, suffix: str) -> Path:
    """A file in the state folder. Special characters of the name are percent-encoded, so it cannot leave the folder.

    Args:
        folder: the state folder.
        stem: the name without suffix.
        suffix: `.json`, `.lock` or `.holder`.
    """
    return folder / (quote(stem, safe=" @:+,=", errors="surrogateescape") + suffix)


def short_digest(identity: str) -> str:
    """Eight hexadecimal digits that distinguish targets with the same name."""
    return _digest(identity)[:8]


def _digest(identity: str) -> str:
    return hashlib.sha256(_bytes(identity)).hexdigest()


def _bytes(identity: str) -> bytes:
    return identity.encode("utf-8", "surrogateescape")


def other_writers(folder: Path) -> str:
    """Who else can write to a folder, and so replace the files in it; "" if nobody can, or the folder does not exist.

    Root does not count, and neither does a group with the name of the user, which is private on many systems.

    Args:
        folder: a folder.

    Returns:
        `everybody`, `the group NAME` or `its owner NAME`.
    """
    try:
        found = folder.stat()
    except OSError:
        return ""
    me = os.geteuid()
    if found.st_mode & stat.S_IWOTH:
        return "everybody"
    if found.st_mode & stat.S_IWGRP:
        group = _name(grp.getgrgid, found.st_gid)
        if group not in {"root", _name(pwd.getpwuid, me)}:
            return f"the group {group}"
    return "" if found.st_uid in {0, me} else f"its owner {_name(pwd.getpwuid, found.st_uid)}"


def exposed(*folders: Path) -> Iterator[str]:
    """Warnings of folders for states or plans that others can write to, each with a remedy."""
    for folder in dict.fromkeys(folders):
        if who := other_writers(folder):
            name = shlex.quote(str(folder))
            remedy = f"chown {os.geteuid()} {name}" if who.startswith("its owner") else f"chmod go-w {name}"
            yield f"{who} can write to {name}, and so replace the files that hsync reads: {remedy}"


def _name(find: Callable[[int], Sequence[object]], number: int) -> str:
    """The name of a user or a group; its number if it has no name."""
    try:
        return str(find(number)[0])
    except KeyError:
        return str(number)


@dataclass(frozen=True, slots=True)
class Place:
    """The place of a target's state and lock.

    Args:
        folder: the state folder.
        name: of the target, for file names and messages.
        identity: the URL, or `file:` or `unix://` with the resolved path.
        derived: whether the name was derived from the identity, so that other targets may have it too.
    """

    folder: Path
    name: str
    identity: str
    derived: bool = False

    def lock_file(self, suffix: str) -> Path:
        """The file with a suffix `.lock`, `.holder` or `.write.lock`; it does not depend on the target's name."""
        readable = re.sub(r"[^A-Za-z0-9.]+", "-", self.identity.partition(":")[2]).strip("-.")[-40:].strip("-.")
        return file_of(self.folder, f"{readable or 'target'}-{short_digest(self.identity)}", suffix)

    def found(self) -> Path | None:
        """The newest state file of this target; None if there is none."""
        mine = [path for path in self._state_files() if self._may_be_mine(path) and _about(path) == self.identity]
        own = set(self._own())
        return max(mine, key=lambda path: (_newest(path), path in own, path.name), default=None)

    def new(self) -> Path:
        """The path for a new state file, which does not exist yet."""
        return next(path for path in self._own() if not path.exists())

    def unreadable(self) -> Path | None:
        """A state file with this target's name, but without an identity; None if there is none."""
        return next((path for path in self._own() if path.exists() and not _about(path)), None)

    def stranger(self) -> tuple[Path, str] | None:
        """The state file with this target's name and its identity, if that is another; else None."""
        if self.derived:
            return None  # a derived name may not be unique
        path = next(self._own())
        about = _about(path) if path.exists() else ""
        return (path, about) if about and about != self.identity else None

    def _may_be_mine(self, path: Path) -> bool:
        """Whether a file contains the identity: a quick test, since most files are of other targets."""
        try:
            data = read_file(path)
        except OSError:
            return False
        return json.dumps(self.identity)[1:-1].encode() in data or _bytes(self.identity) in data

    def _own(self) -> Iterator[Path]:
        """Possible file names for a state of this target, the preferred one first."""
        if not self.derived:
            yield file_of(self.folder, self.name, ".json")
        for digits in (8, 64):
            yield file_of(self.folder, f"{self.name}-{_digest(self.identity)[:digits]}", ".json")

    def _state_files(self) -> list[Path]:
        return sorted(path for path in self.folder.glob("*.json") if not path.name.startswith("."))


def _about(path: Path) -> str:
    """The identity in a state file; "" if there is none."""
    try:
        url = json.loads(read_text(path, kind="state file"))["target"]["url"]
    except (InputError, ValueError, LookupError, TypeError, RecursionError):
        return ""
    return url if isinstance(url, str) else ""


def _newest(path: Path) -> str:
    """The latest time in a state file."""
    return max(_WHEN.findall(read_text(path, kind="state file")), default="")
