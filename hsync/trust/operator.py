"""operator: the settings of the person or pipeline that runs hsync, from one file and the environment.

    files = ["/run/secrets"]              # files outside of projects that their templates and secrets may read
    untrusted_secrets = ["env:TOKEN"]     # the only secrets of a run with --untrusted
    untrusted_files = ["errors/503.http"] # the only files that a configuration may name in such a run

    require_signature = true              # `apply` without --allowed-signers is refused

    [secrets]                             # programs that print secrets: secret("cmd:token")
    token = ["vault", "kv", "get", "-field=token", "kv/edge"]

    [targets.edge1]                       # replaces the table of this name in hsync.toml
    url = "https://edge1.example:5555"

The file is `$XDG_CONFIG_HOME/hsync/config.toml`, that is ~/.config/hsync/config.toml, or the one of --operator-config.

Rule 1: a file that another user can write is refused.
Rule 2: an unknown key is refused: a misspelt safety setting must not be silently ignored.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path

from hsync.errors import InputError
from hsync.files import read_file, reason
from hsync.trust.claims import Claim

__all__ = ["Operator", "read_operator"]

ALLOW = "HSYNC_ALLOW"

FILE_NAME = "config.toml"

_MAX_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Operator:
    """The settings of the operator.

    Args:
        file: the file, which need not exist; None for a user without a home folder.
        targets: the tables `[targets.NAME]`; relative paths start from the folder of the file.
        files: real paths that every project may read.
        untrusted_secrets: references of secrets that an untrusted project may use.
        untrusted_files: files that the configuration of an untrusted project may name, as spelled there.
        words: the words of HSYNC_ALLOW: digests of claims.
        untrusted: why the project is not trusted; "" if it is.
        ask: prompts on a terminal whether claims are allowed; None if there is no terminal.
        named: whether --operator-config was given.
        require_signature: whether `apply` refuses a plan without a valid signature.
        commands: programs that print secrets, with their arguments, by name.
    """

    file: Path | None = None
    targets: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    files: tuple[Path, ...] = ()
    untrusted_secrets: frozenset[str] = frozenset()
    untrusted_files: frozenset[str] = frozenset()
    words: frozenset[str] = frozenset()
    untrusted: str = ""
    ask: Callable[[Sequence[Claim]], bool] | None = None
    named: bool = False
    require_signature: bool = False
    commands: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def folder(self) -> Path | None:
        """The folder of the file and of the allowances; None if there is none."""
        return self.file.parent if self.file else None


def read_operator(
    file: Path | None,
    environment: Mapping[str, str],
    *,
    untrusted: str = "",
    ask: Callable[[Sequence[Claim]], bool] | None = None,
) -> Operator:
    """Read the settings of the operator.

    Args:
        file: the value of --operator-config; None for the file in the operator's folder, which need not exist.
        environment: variables of the process.
        untrusted: see `Operator`.
        ask: see `Operator`.

    Raises:
        InputError: the file cannot be read, can be written by other users, or has a fault.
    """
    path = file.absolute() if file else _file(environment)
    words = frozenset(environment.get(ALLOW, "").split())
    if path is None or not (file or path.exists()):
        return Operator(path, words=words, untrusted=untrusted, ask=ask)
    table = _table(path)
    return Operator(
        path,
        {name: _inner(path, f"targets.{name}", one) for name, one in _under(path, "targets", table)},
        tuple(Path(os.path.realpath(path.parent / Path(one).expanduser())) for one in _texts(path, "files", table)),
        frozenset(_texts(path, "untrusted_secrets", table)),
        frozenset(_texts(path, "untrusted_files", table)),
        words,
        untrusted,
        ask,
        file is not None,
        _truth(path, "require_signature", table),
        {name: _words(path, name, one) for name, one in _under(path, "secrets", table)},
    )


def _file(environment: Mapping[str, str]) -> Path | None:
    """The file in the operator's folder; None for a user without a home.

    Source: XDG Base Directory Specification 0.8: a relative path is ignored.
    """
    base = Path(environment.get("XDG_CONFIG_HOME", ""))
    try:
        return (base if base.is_absolute() else Path.home() / ".config") / "hsync" / FILE_NAME
    except RuntimeError:
        return None


def _table(path: Path) -> Mapping[str, object]:
    import tomllib

    try:
        data = read_file(path, max_bytes=_MAX_BYTES, judge=lambda found: _refuse_shared(found, path))
        table = tomllib.loads(data.decode())
    except OSError as fault:
        raise InputError(f"cannot read the operator's file {path}: {reason(fault)}", hint="check the path") from fault
    except ValueError as fault:
        raise InputError(f"{path}: {fault}", hint="correct the file") from fault
    for key in table:
        if key not in KEYS:
            near = get_close_matches(key, KEYS, n=1)
            meant = f"; did you mean {near[0]!r}?" if near else ""
            raise InputError(f"{path}: unknown key {key!r}{meant}", hint=f"known keys: {', '.join(KEYS)}")
    return table


def _refuse_shared(found: os.stat_result, path: Path) -> None:
    """Refuse a file that other users can write: its settings may not be the operator's."""
    if found.st_mode & (stat.S_IWGRP | stat.S_IWOTH) or found.st_uid not in {0, os.geteuid()}:
        raise InputError(f"{path} can be written by other users", hint=f"chmod go-w {path}")


KEYS = ("files", "untrusted_secrets", "untrusted_files", "require_signature", "secrets", "targets")
"""The keys of the file."""


def _truth(path: Path, key: str, table: Mapping[str, object]) -> bool:
    value = table.get(key, False)
    if not isinstance(value, bool):
        raise InputError(f"{path}: {key}: expected true or false, got {value!r}", hint="correct the file")
    return value


def _texts(path: Path, key: str, table: Mapping[str, object]) -> tuple[str, ...]:
    value = table.get(key, [])
    if not isinstance(value, list) or not all(isinstance(one, str) and one for one in value):
        raise InputError(f"{path}: {key}: expected a list of strings, got {value!r}", hint="correct the file")
    return tuple(value)


def _words(path: Path, name: str, value: object) -> tuple[str, ...]:
    """A program with its arguments; what is wrong is not shown, since a secret may be in it."""
    if not isinstance(value, list) or not value or not all(isinstance(one, str) for one in value) or not value[0]:
        what = "expected a list of strings: the program and its arguments"
        raise InputError(f"{path}: secrets.{name}: {what}", hint=f'{name} = ["vault", "kv", "get", "-field=x", "kv/y"]')
    return tuple(value)


def _under(path: Path, key: str, table: Mapping[str, object]) -> Iterable[tuple[str, object]]:
    return _inner(path, key, table.get(key, {})).items()


def _inner(path: Path, key: str, value: object) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise InputError(f"{path}: {key}: expected a table, got {value!r}", hint="correct the file")
    return value
