"""folder: a configuration in several files as one text, in which a line of its own begins each file.

    ###_file_### 10-web.cfg

Theory of operation: HAProxy reads the `*.cfg` files of a folder one after the other, in the order of their bytes
(`haproxy -f DIR`). One text keeps everything else as it is: comparison, operations, proof, digest and version. The
line is a comment to whoever does not know it.

Rule 1: `split_files(join_files(files)) == files`.

Source: HAProxy manual, management guide 3 (`-f`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable

__all__ = ["FILE_MARK", "is_file_name", "join_files", "split_files", "without_marks"]

FILE_MARK = "###_file_### "
"""How the line begins that stands in front of a file; its name follows."""

_MARK = re.compile(rf"^{FILE_MARK}(.*)\n", re.MULTILINE)
_NAME = re.compile(r"(?!\.)[^/\x00-\x1f\x7f]+\.cfg", re.DOTALL)


def is_file_name(name: str) -> bool:
    """Whether HAProxy reads a file of this name in a folder: `*.cfg`, not hidden."""
    return _NAME.fullmatch(name) is not None


def join_files(files: Iterable[tuple[str, str]]) -> str:
    """One text of several files.

    Args:
        files: name and text of each, in any order; a missing line feed at the end of a text is added.

    Raises:
        ValueError: a name that HAProxy does not read, one that is there twice, or a text that holds a mark itself.
    """
    ordered = sorted(files, key=lambda file: file[0].encode("utf-8", "surrogateescape"))
    for name, text in ordered:
        if not is_file_name(name):
            raise ValueError(f"{name!r} is no file that HAProxy reads in a folder")
        if _MARK.search(text):
            raise ValueError(f"{name} holds a line that begins with {FILE_MARK.strip()!r}")
    if len({name for name, _ in ordered}) != len(ordered):
        raise ValueError("two files of one name")
    return "".join(f"{FILE_MARK}{name}\n{_ended(text)}" for name, text in ordered)


def split_files(text: str) -> list[tuple[str, str]]:
    """The files of a text, in its order: the inverse of `join_files`.

    Args:
        text: from `join_files`.

    Raises:
        ValueError: lines in front of the first file, or names that `join_files` refuses.
    """
    head, *rest = _MARK.split(text)
    if head.strip():
        raise ValueError("lines in front of the first file")
    files = list(zip(rest[::2], rest[1::2], strict=True))
    join_files(files)
    return files


def without_marks(text: str) -> str:
    """A text without the lines that begin its files."""
    return _MARK.sub("", text)


def _ended(text: str) -> str:
    return text if not text or text.endswith("\n") else f"{text}\n"
