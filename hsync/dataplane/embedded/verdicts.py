"""Verdicts: a cache of texts that HAProxy accepted, since plan, verify and apply check the same text.

Rule 1: only acceptance is cached. A refused text is checked again, since a missing file may exist by then.
Rule 2: the key of a verdict consists of the text, the binary and the files that the text names, each with path, size
and time. If HAProxy may read other files, too, the verdict is not cached.
Rule 3: the folder is a private one outside of the project: whoever writes the project's files, in a pull request for
example, can put no verdict there. One that others can enter is not used. To delete it costs time.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import stat
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from hsync.files import is_private_folder, make_private_folder, read_file, replace_file
from hsync.sections import parse
from hsync.syntax import decode

__all__ = ["Verdicts", "key_of", "verdicts_folder"]

LONG = 1024
"""A longer word is not a path."""

KEPT = 200
"""Maximum number of verdicts, of all projects of a user; the oldest are deleted."""

MAX_BYTES = 4 * 1024 * 1024
"""Of one verdict."""

_VARIABLE = re.compile(r"\$[A-Za-z_{]")
_OTHER_FILES = re.compile(r"^\s*(?:\.|lua-load|lua-prepend-path|ssl-engine|ssl-provider)|\bcrt-list\b", re.MULTILINE)
_HOST = re.compile(r"\s*(?:\"|')?(?:server|server-template|peer|nameserver|mailer|log|source|bind)\b")
_BASES = frozenset({"ca-base", "crt-base", "key-base", "default-path"})
_FOLDERS = frozenset({"crt", "ca-file", "ca-verify-file"})
"""Parameters whose value may be a folder; HAProxy reads all files in it."""
_SEPARATORS = re.compile(r"[,()=@|:]")
_NUMBERS = re.compile(r"[\d.:*\[\]a-fA-F-]*\Z")
_FAMILIES = ("ipv4@", "ipv6@", "udp@", "udp4@", "udp6@", "tcp@", "tcp4@", "tcp6@", "quic4@", "quic6@")
_ELSEWHERE = ("unix@", "abns@", "fd@", "sockpair@", "ring@", "backend@", "/", "stdout", "stderr", "global")


@dataclass(frozen=True, slots=True)
class Verdicts:
    """A cache of accepted texts.

    Args:
        folder: the folder of the cache; created at the first use.
    """

    folder: Path

    def find(self, key: str) -> tuple[str, ...] | None:
        """The warnings about an accepted text; None if the cache does not have the text."""
        if not is_private_folder(self.folder):
            return None
        try:
            kept = json.loads(read_file(self.folder / f"{key}.json", max_bytes=MAX_BYTES, follow=False))
        except (OSError, ValueError, RecursionError):
            return None
        good = isinstance(kept, list) and all(isinstance(warning, str) for warning in kept)
        return tuple(kept) if good else None

    def keep(self, key: str, warnings: tuple[str, ...]) -> None:
        """Cache an accepted text; do nothing if the folder cannot be written."""
        with suppress(OSError):
            make_private_folder(self.folder)
            replace_file(self.folder / f"{key}.json", json.dumps(warnings).encode())
            by_age = sorted(self.folder.glob("*.json"), key=lambda path: path.stat().st_mtime)
            for old in by_age[:-KEPT]:
                old.unlink(missing_ok=True)


def verdicts_folder() -> Path | None:
    """The folder in the user's cache; None for a user without a home.

    Source: XDG Base Directory Specification 0.8, XDG_CACHE_HOME.
    """
    cache = Path(os.environ.get("XDG_CACHE_HOME", ""))
    with suppress(RuntimeError):
        return (cache if cache.is_absolute() else Path.home() / ".cache") / "hsync" / "verdicts"
    return None


def key_of(binary: str, text: str, home: Path | None) -> str:
    """The key of a verdict; "" if the verdict depends on more than the text, the binary and the named files.

    Args:
        binary: path of HAProxy. Its size and time are in the key instead of its version, which would take a run.
        text: the text to check.
        home: folder of relative paths.
    """
    if _is_open(text):
        return ""
    parts = [text, _state(Path(binary)), os.uname().nodename, str(home), *(_state(path) for path in _files(text, home))]
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogateescape")).hexdigest()


def _is_open(text: str) -> bool:
    """Whether HAProxy reads more than the text and the files that it names.

    That is: environment variables and conditions, Lua (which may load any file), certificate lists (which name further
    files), and host names, for which DNS may give another answer tomorrow.
    """
    if _VARIABLE.search(text) or _OTHER_FILES.search(text):
        return True
    return any(not _is_number(address) for address in _addresses(text))


def _addresses(text: str) -> Iterator[str]:
    for line in text.splitlines():
        if _HOST.match(line):
            words = decode(line)
            at = 1 if words[0] in {"log", "source", "bind"} else 3 if words[0] == "server-template" else 2
            yield from (address for word in words[at : at + 1] for address in word.split(","))
            yield from (words[n + 1] for n, word in enumerate(words[:-1]) if word in {"addr", "agent-addr", "source"})


def _is_number(address: str) -> bool:
    """Whether an address needs no DNS lookup."""
    for family in _FAMILIES:
        address = address.removeprefix(family)
    return address.startswith(_ELSEWHERE) or _NUMBERS.match(address) is not None


def _files(text: str, home: Path | None) -> Iterator[Path]:
    """All paths that may be a file named in a text, and the files in certificate folders; they need not exist."""
    lines = [line.meaning for section in parse(text).sections for line in section.directives]
    names = {part for words in lines for word in words for part in (word, *_SEPARATORS.split(word))}
    folders = {word for words in lines for before, word in pairwise(words) if before in _FOLDERS}
    bases = dict.fromkeys((Path(home or "."), *(Path(words[-1]) for words in lines if words[0] in _BASES)))
    for name in sorted(name for name in names if 0 < len(name) < LONG and "\0" not in name):
        for path in (base / name for base in bases):
            yield path
            with suppress(OSError):
                yield from sorted(path.iterdir()) if name in folders else ()


def _state(path: Path) -> str:
    try:
        found = path.stat()
    except (OSError, ValueError):
        return f"{path} none"
    if stat.S_ISDIR(found.st_mode):
        return f"{path} folder"  # its time changes with unrelated files
    return f"{path} {found.st_size} {found.st_mtime_ns} {found.st_ino} {found.st_mode}"
