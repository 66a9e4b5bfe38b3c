"""several: joins a configuration in several files, some of which are templates, to one text (see `syntax.folder`).

Rule 1: `10-web.cfg.j2` is rendered to `10-web.cfg`; `20-api.cfg` is not rendered. Other files of the folder do not
belong to the configuration; templates may include them.
Rule 2: the files have the order in which `haproxy -f DIR` reads them: sorted by the bytes of their names.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from hsync.errors import InputError
from hsync.render.files import read_bytes, shown
from hsync.render.rendered import Rendered, renumbered
from hsync.render.taken import OPENING
from hsync.syntax import is_file_name, join_files
from hsync.trust.reach import Reach

__all__ = ["holds_templates", "in_folder", "templates_in"]

SUFFIX = ".j2"
"""Suffix of templates in a folder."""


def in_folder(
    folder: Path, root: Path | None, rendered: Callable[[Path], Rendered] | None, reach: Reach | None = None
) -> Rendered:
    """The text of the files of a folder.

    Args:
        folder: has files `*.cfg`, and templates `*.cfg.j2`.
        root: the folder of the project, to which names of sources are relative.
        rendered: renders a template; None for a folder without templates.
        reach: the files that may be read; None for any.

    Raises:
        InputError: there is no file, two files have the same name after rendering, or a file cannot be read.
        NotAllowedError: a file may not be read.
    """
    made: dict[str, Rendered] = {}
    count = 0
    for name, path in _files(folder, root).items():
        made[name] = renumbered(_one(path, root, rendered, reach), count)
        count += len(made[name].taken)
    try:
        text = join_files((name, one.text) for name, one in made.items())
    except ValueError as fault:
        raise InputError(f"{shown(folder, root)}: {fault}", hint="rename the file, or change its text") from fault
    lines = [line for one in made.values() for line in (one.lines[0] if one.lines else "", *one.lines)]
    digests = dict(pair for one in made.values() for pair in one.digests)
    taken = tuple(secret for one in made.values() for secret in one.taken)
    return Rendered(text, tuple(lines), tuple(sorted(digests.items())), taken)


def templates_in(folder: Path, root: Path | None) -> tuple[Path, ...]:
    """The templates of a folder, in the order in which HAProxy reads their results.

    Args:
        folder: has files `*.cfg`, and templates `*.cfg.j2`.
        root: the folder of the project, for messages.

    Raises:
        InputError: there is no file, or two files have the same name after rendering.
    """
    return tuple(path for path in _files(folder, root).values() if path.suffix == SUFFIX)


def holds_templates(folder: Path) -> bool:
    """Whether this is a folder with at least one template."""
    return folder.is_dir() and any(one.suffix == SUFFIX and is_file_name(one.stem) for one in folder.iterdir())


def _files(folder: Path, root: Path | None) -> dict[str, Path]:
    """The files by their names after rendering, in the order of HAProxy."""
    found: dict[str, Path] = {}
    name = shown(folder, root)
    for path in folder.iterdir():
        target = path.name.removesuffix(SUFFIX)
        if not is_file_name(target) or not path.is_file():
            continue
        if target in found:
            raise InputError(f"{name} has both {target} and {target}{SUFFIX}", hint="remove one of the two")
        found[target] = path
    if not found:
        hint = f"HAProxy reads files named *.cfg; templates are named *.cfg{SUFFIX}"
        raise InputError(f"{name} has no file of a configuration", hint=hint)
    return dict(sorted(found.items(), key=lambda item: item[0].encode("utf-8", "surrogateescape")))


def _one(path: Path, root: Path | None, rendered: Callable[[Path], Rendered] | None, reach: Reach | None) -> Rendered:
    if path.suffix == SUFFIX and rendered is not None:
        made = rendered(path)
        missing = made.text.count("\n") + bool(made.text and not made.text.endswith("\n")) - len(made.lines)
        return replace(made, lines=(*made.lines, *made.lines[-1:] * max(missing, 0)))
    data = read_bytes(path, "configuration", reach=reach)
    text, name = data.decode("utf-8", "surrogateescape"), shown(path, root)
    if OPENING in text:
        raise InputError(f"{name} has a NUL, which HAProxy does not read", hint="remove it")
    count = text.count("\n") + bool(text and not text.endswith("\n"))
    return Rendered(
        text, tuple(f"{name}:{n}" for n in range(1, count + 1)), ((name, hashlib.sha256(data).hexdigest()),)
    )
