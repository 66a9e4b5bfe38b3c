"""folder: a configuration of several files as one text, in which a comment line begins each file.

    ###_file_### 10-web.cfg

Theory of operation: HAProxy reads the `*.cfg` files of a folder one after the other, in byte order of their names
(`haproxy -f DIR`). With one text for all files, comparison, operations, proof, digest and version need no change. To
any other reader the line is a comment.

Rule 1: `split_files(join_files(files)) == files`.

Source: HAProxy manual, management guide 3 (`-f`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable

__all__ = ["FILE_MARK", "is_file_name", "join_files", "split_files", "without_marks"]

FILE_MARK = "###_file_### "
"""Start of the line that begins a file; the name of the file follows."""

_MARK = re.compile(rf"^{FILE_MARK}(.*)\n", re.MULTILINE)
_NAME = re.compile(r"(?!\.)[^/\x00-\x1f\x7f]+\.cfg", re.DOTALL)


def is_file_name(name: str) -> bool:
    """Whether HAProxy reads a file of this name in a folder: `*.cfg`, not hidden."""
    return _NAME.fullmatch(name) is not None


def join_files(files: Iterable[tuple[str, str]]) -> str:
    """Join files to one text.

    Args:
        files: name and text of each file, in any order; a missing line feed at the end of a text is added.

    Raises:
        ValueError: HAProxy does not read a file of this name, two files have one name, or a text has a line that begins
            with FILE_MARK.
    """
    ordered = sorted(files, key=lambda file: file[0].encode("utf-8", "surrogateescape"))
    for name, text in ordered:
        if not is_file_name(name):
            raise ValueError(f"HAProxy does not read a file named {name!r} in a folder")
        if _MARK.search(text):
            raise ValueError(f"{name} has a line that begins with {FILE_MARK.strip()!r}")
    if len({name for name, _ in ordered}) != len(ordered):
        raise ValueError("two files have the same name")
    return "".join(f"{FILE_MARK}{name}\n{_ended(text)}" for name, text in ordered)


def split_files(text: str) -> list[tuple[str, str]]:
    """Split a text into its files, in their order: the inverse of `join_files`.

    Args:
        text: the result of `join_files`.

    Raises:
        ValueError: lines before the first file, or file names that `join_files` refuses.
    """
    head, *rest = _MARK.split(text)
    if head.strip():
        raise ValueError("lines before the first file")
    files = list(zip(rest[::2], rest[1::2], strict=True))
    join_files(files)
    return files


def without_marks(text: str) -> str:
    """The text without the lines that begin its files."""
    return _MARK.sub("", text)


def _ended(text: str) -> str:
    return text if not text or text.endswith("\n") else f"{text}\n"
