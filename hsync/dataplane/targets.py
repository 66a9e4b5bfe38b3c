"""targets: from `-t SPEC` and the tables of hsync.toml to the settings of a target.

Theory: SPEC is a name of hsync.toml (`[targets.NAME]`), or a text that a kind of target accepts: a URL, or the path of
a haproxy.cfg. The name of a target is also a file name (see `hsync.store.places`), so it consists of letters, digits,
dot, dash and underscore.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from pathlib import Path

from hsync.dataplane.kinds import KINDS, Names, TargetSettings, words_of
from hsync.errors import UsageError

__all__ = ["target_for"]

_SECRETS = frozenset({"password", "pass", "passwd", "secret", "token"})


def target_for(
    spec: str, known: Mapping[str, Mapping[str, object]], *, base: Path | None = None, operator: bool = False
) -> TargetSettings:
    """The target for `-t SPEC`.

    Args:
        spec: a name of `known`, a URL, or the path of a haproxy.cfg, which need not exist yet.
        known: the tables `[targets.NAME]` of hsync.toml.
        base: folder of hsync.toml, for relative paths in its tables; None for the working directory.
        operator: whether the tables are the operator's, who may set more than a project.

    Returns:
        The target.

    Raises:
        UsageError: SPEC is none of these, or its table has a fault.
    """
    if spec in known:
        return _from_table(spec, known[spec], base or Path(), operator=operator)
    found = next((one for kind in KINDS if (one := kind.of_spec(spec)) is not None), None)
    if found is not None:
        return found
    near = _near(spec, known)
    listed = f"hsync.toml has {', '.join(sorted(known))}" if known else "hsync.toml has no [targets.NAME]"
    forms = " or ".join(kind.words for kind in KINDS)
    raise UsageError(f"no target {spec!r}{near}; {listed}", hint=f"give a name, or {forms}")


def _from_table(name: str, table: Mapping[str, object], base: Path, *, operator: bool) -> TargetSettings:
    for key, value in table.items():
        _refuse_setting(name, key, value, operator=operator)
    found = [kind for kind in KINDS if kind.key in table]
    if len(found) != 1:
        raise UsageError(f"target {name}: give either {' or '.join(f'a {kind.key}' for kind in KINDS)}")
    settings = found[0].settings()
    if idle := [key for key in table if key not in settings]:
        raise UsageError(f"target {name}: {', '.join(idle)} only for a target with {words_of(idle[0])}")
    values = {key: _value(name, value, settings[key], base) for key, value in table.items()}
    return found[0].of_table(name, values)


def _value(name: str, value: object, names: Names, base: Path) -> object:
    """The value of a setting from a value of a table."""
    text = str(value)
    if names.is_path:
        return base / _at_home(name, text)
    if names is Names.PROGRAM and os.sep in text:
        return str(base / _at_home(name, text))
    return value


def _refuse_setting(name: str, key: str, value: object, *, operator: bool) -> None:
    """Refuse a setting that is not allowed in the table of a target."""
    settings = {key: names for kind in KINDS for key, names in kind.settings().items()}
    consent = settings.get(key) is Names.CONSENT
    if key in _SECRETS:
        raise UsageError(f"[targets.{name}] {key}: a file must not contain a secret", hint="set HSYNC_PASSWORD")
    if consent and not operator:
        raise UsageError(
            f"[targets.{name}] {key}: only the operator may set this, not a project",
            hint=f"set it in the operator's file, or give the option --{key.replace('_', '-')}",
        )
    if key not in settings:
        allowed = sorted(key for key, names in settings.items() if operator or names is not Names.CONSENT)
        raise UsageError(
            f"[targets.{name}] has no setting {key!r}{_near(key, allowed)}", hint=f"settings are {', '.join(allowed)}"
        )
    if consent and not isinstance(value, bool):
        raise UsageError(f"[targets.{name}] {key}: expected true or false, got {value!r}")
    if not consent and (not isinstance(value, str) or not value):
        raise UsageError(f"[targets.{name}] {key}: expected a string, got {value!r}")


def _at_home(name: str, value: str) -> Path:
    """A path with `~` or `~USER` replaced by the home folder."""
    try:
        return Path(value).expanduser()
    except RuntimeError as fault:
        raise UsageError(f"[targets.{name}] {value!r}: {fault}", hint="write the whole path") from fault


def _near(word: str, known: Iterable[str]) -> str:
    found = get_close_matches(word, sorted(known), n=1)
    return f"; did you mean {found[0]!r}?" if found else ""
