"""Verdicts: what HAProxy accepted once is not judged again: plan, verify and apply ask about the same text.

Rule 1: only acceptance is kept. A refused text is judged again: what it lacked may have come.
Rule 2: a verdict stands for the text, the binary and the files that the text names, each by path, size and time. Where
what HAProxy reads cannot be told from the text, nothing is kept.
Rule 3: the folder is private and holds no truth: to delete it costs time. It ignores itself in git, since warnings
quote lines.
"""

from __future__ import annotations

import hashlib
import json
import platform
import re
import stat
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from hsync.files import replace_file
from hsync.sections import parse
from hsync.syntax import decode

__all__ = ["Verdicts", "key_of"]

LONG = 1024
"""A longer word is no path."""

KEPT = 50
"""Verdicts that are kept; the oldest go."""

_VARIABLE = re.compile(r"\$[A-Za-z_{]")
_OTHER_FILES = re.compile(r"^\s*(?:\.|lua-load|lua-prepend-path|ssl-engine|ssl-provider)|\bcrt-list\b", re.MULTILINE)
_HOST = re.compile(r"\s*(?:\"|')?(?:server|server-template|peer|nameserver|mailer|log|source|bind)\b")
_BASES = frozenset({"ca-base", "crt-base", "key-base", "default-path"})
_FOLDERS = frozenset({"crt", "ca-file", "ca-verify-file"})
"""What may name a folder, of which HAProxy reads each file."""
_SEPARATORS = re.compile(r"[,()=@|:]")
_NUMBERS = re.compile(r"[\d.:*\[\]a-fA-F-]*\Z")
_FAMILIES = ("ipv4@", "ipv6@", "udp@", "udp4@", "udp6@", "tcp@", "tcp4@", "tcp6@", "quic4@", "quic6@")
_ELSEWHERE = ("unix@", "abns@", "fd@", "sockpair@", "ring@", "backend@", "/", "stdout", "stderr", "global")


@dataclass(frozen=True, slots=True)
class Verdicts:
    """Accepted texts in a folder.

    Args:
        folder: made when it is needed.
    """

    folder: Path

    def find(self, key: str) -> tuple[str, ...] | None:
        """The warnings of a text that was accepted; None when that is not known."""
        try:
            kept = json.loads((self.folder / f"{key}.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        good = isinstance(kept, list) and all(isinstance(one, str) for one in kept)
        return tuple(kept) if good else None

    def keep(self, key: str, warnings: tuple[str, ...]) -> None:
        """Remember that a text was accepted; without a place for it nothing is remembered."""
        with suppress(OSError):
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            replace_file(self.folder / ".gitignore", b"*\n")
            replace_file(self.folder / f"{key}.json", json.dumps(warnings).encode())
            by_age = sorted(self.folder.glob("*.json"), key=lambda one: one.stat().st_mtime)
            for old in by_age[:-KEPT]:
                old.unlink(missing_ok=True)


def key_of(binary: str, text: str, home: Path | None) -> str:
    """What a verdict stands for, as a name for it; "" when it may change although nothing of that does.

    Args:
        binary: path of HAProxy. Its size and time stand for its version: to ask for that would be a run as well.
        text: what it judges.
        home: folder that relative paths start from.
    """
    if _is_open(text):
        return ""
    parts = [text, _state(Path(binary)), platform.node(), str(home), *(_state(one) for one in _files(text, home))]
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogateescape")).hexdigest()


def _is_open(text: str) -> bool:
    """Whether HAProxy reads more than the text and the files that it names.

    Environment variables, conditions on them, Lua (which loads what it likes), lists of certificates (which name
    files), and names of hosts, which DNS answers today in one way and tomorrow in another.
    """
    if _VARIABLE.search(text) or _OTHER_FILES.search(text):
        return True
    return any(not _is_number(address) for address in _addresses(text))


def _addresses(text: str) -> Iterator[str]:
    for line in text.splitlines():
        if _HOST.match(line):
            words = decode(line)
            at = 1 if words[0] in {"log", "source", "bind"} else 3 if words[0] == "server-template" else 2
            yield from (one for word in words[at : at + 1] for one in word.split(","))
            yield from (words[n + 1] for n, word in enumerate(words[:-1]) if word in {"addr", "agent-addr", "source"})


def _is_number(address: str) -> bool:
    """Whether an address needs nobody to look it up."""
    for family in _FAMILIES:
        address = address.removeprefix(family)
    return address.startswith(_ELSEWHERE) or _NUMBERS.match(address) is not None


def _files(text: str, home: Path | None) -> Iterator[Path]:
    """All that may be a file that a text names, and what lies in a folder of certificates; also what is not there."""
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
        return f"{path} folder"  # its time changes with files that nobody names
    return f"{path} {found.st_size} {found.st_mtime_ns} {found.st_ino} {found.st_mode}"
