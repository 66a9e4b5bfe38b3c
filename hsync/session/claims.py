"""claims: the values of hsync.toml that only the operator can allow (see `hsync.trust`).

Rule 1: a value that stays inside the project and starts no program is not a claim: `path = "haproxy.cfg"` needs no
permission.
Rule 2: all settings of a server are one claim: with another user, authority or key it is another claim.
Rule 3: if a claim names a program or an authority in a file of the project, the content of the file belongs to it.
"""

from __future__ import annotations

import hashlib
import os
import shlex
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from hsync.dataplane import TargetSettings
from hsync.dataplane.kinds import Names
from hsync.errors import InputError
from hsync.files import FileTooLargeError, read_file
from hsync.render import Project
from hsync.render.project import FILE_NAME, line_of
from hsync.store.kinds.file import folder_of
from hsync.trust import Claim, Kind
from hsync.trust.reach import is_inside

__all__ = ["claims_of_link", "claims_of_rendering", "claims_of_state", "claims_of_target", "where_in"]

OF_NO_PROGRAM = frozenset({"", "none", "haproxy"})
"""Values of `haproxy_bin` with which the operator's PATH decides, or no program runs."""

_WILD = set("*?[")

_MAX_BYTES = 256 * 1024 * 1024


def where_in(project: Project, *keys: str) -> str:
    """The place of a setting in hsync.toml: `hsync.toml:12`; without the line if it is not found."""
    try:
        text = read_file(project.root / FILE_NAME).decode()
    except (OSError, ValueError):
        return FILE_NAME
    line = line_of(text, keys)
    return f"{FILE_NAME}:{line}" if line else FILE_NAME


def claims_of_state(project: Project) -> Iterator[Claim]:
    """The place of the states, if it is another machine, or a folder outside of the project."""
    folder = folder_of(project.state)
    where = where_in(project, "state")
    if folder is None:
        yield Claim(Kind.URL, project.state, where, "state")
    elif not is_inside(real := Path(os.path.realpath(folder)), project.root):
        yield Claim(Kind.PATH, str(real), where, "state")


def claims_of_rendering(project: Project, environment: str = "") -> Iterator[Claim]:
    """The project's own code, and files outside of the project: template, folders of templates, variables.

    Args:
        project: the project with an environment, if any.
        environment: its name, for the places.
    """
    if project.filters is not None:
        yield Claim(Kind.PROGRAM, _with_content(project.filters), where_in(project, "filters"), "filters")
    for name, paths in (("template", (project.template,)), ("templates", project.templates)):
        yield from _outside(project, name, (name,), paths)
    keys = ("environments", environment, "vars") if environment else ("vars",)
    yield from _outside(project, "vars", keys, (project.root / _fixed(one) for one in project.vars))


def _outside(project: Project, setting: str, keys: Sequence[str], paths: Iterable[Path]) -> Iterator[Claim]:
    for path in paths:
        real = Path(os.path.realpath(path))
        if not is_inside(real, project.root):
            yield Claim(Kind.FILE, str(real), where_in(project, *keys), setting)


def _fixed(pattern: str) -> Path:
    """A name; for a pattern, the folders before the first part with a wildcard."""
    parts = Path(pattern).parts
    wild = next((n for n, part in enumerate(parts) if _WILD & set(part)), len(parts))
    return Path(*parts[:wild])


def claims_of_target(settings: TargetSettings, project: Project, *keys: str) -> Iterator[Claim]:
    """The claims of a target in hsync.toml.

    Args:
        settings: the settings of hsync.toml.
        project: the project with the table.
        keys: the keys of the table, or of the setting that names the target.
    """

    def claim(kind: Kind, value: str, name: str) -> Claim:
        own = (*keys, name) if keys[:1] == ("targets",) else keys
        return Claim(kind, value, where_in(project, *own), ".".join(own))

    for name, value, names in _named(settings):
        if names is Names.ADDRESS:
            yield claim(Kind.URL, _connection(value, settings), name)
        elif names is Names.PLACE:
            real = Path(os.path.realpath(value))
            if not is_inside(real, project.root) or real == project.root / FILE_NAME:
                yield claim(Kind.PATH, str(real), name)
        elif names is Names.SOCKET:
            yield claim(Kind.SOCKET, os.path.realpath(value), name)
        elif names is Names.COMMAND:
            yield claim(Kind.PROGRAM, _with_contents(_words(value), project), name)
        elif names is Names.PROGRAM and value not in OF_NO_PROGRAM:
            yield claim(Kind.PROGRAM, _with_contents([value], project), name)


def claims_of_link(settings: TargetSettings, project: Project) -> Iterator[Claim]:
    """The claim of a typed path: none, unless it is a link in the project to a place outside of it.

    Args:
        settings: the settings of the typed target.
        project: the project in whose folder it may be.
    """
    for _, value, names in _named(settings):
        path, real = Path(os.path.abspath(value)), Path(os.path.realpath(value))  # noqa: PTH100 - without `..`
        if names is Names.PLACE and is_inside(path, project.root) and not is_inside(real, project.root):
            yield Claim(Kind.PATH, str(real), value, "-t")


def _named(settings: TargetSettings) -> Iterator[tuple[str, str, Names]]:
    """The settings with a value, and what the value names."""
    for name, names in settings.settings().items():
        if value := getattr(settings, name):
            yield name, str(value), names


def _connection(address: str, settings: TargetSettings) -> str:
    """All settings of a server: URL, user, authorities and keys."""
    words = [address]
    for name, value, names in _named(settings):
        if names is not Names.ADDRESS:
            words.append(f"{name}={_with_content(Path(value)) if names.is_path else value}")
    return " ".join(words)


def _words(command: str) -> list[str]:
    try:
        return shlex.split(command)
    except ValueError:
        return [command]


def _with_contents(words: Sequence[str], project: Project) -> str:
    """A command; after each word that is a file of the project comes the digest of its content."""
    paths = ((word, Path(os.path.realpath(word))) for word in words)
    return " ".join(
        _with_content(path) if path.is_file() and path.is_relative_to(project.root) else shlex.quote(word)
        for word, path in paths
    )


def _with_content(path: Path) -> str:
    """A real path, and the digest of the file's content.

    Raises:
        InputError: the file is too large.
    """
    real = Path(os.path.realpath(path))
    try:
        data = read_file(real, max_bytes=_MAX_BYTES)
    except FileTooLargeError as fault:
        hint = "use a smaller file, or one outside of the project"
        raise InputError(f"{real} is too large to be allowed", hint=hint) from fault
    except OSError:
        return str(real)
    return f"{real} sha256:{hashlib.sha256(data).hexdigest()}"
