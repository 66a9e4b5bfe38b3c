"""reads: refuses variables of the command line that no template reads.

Rule 1: an unused `--var maxcon=3` is an error, as in Terraform: it is probably misspelt.

Theory of operation: a name is used if a template or another variable has read it, or if a template that could be
included has this name. A name with dots is a path in objects; the objects on the path are `_Watched`, and record which
of their keys were read.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from jinja2 import Environment, meta
from jinja2.exceptions import TemplateError

from hsync.errors import HsyncError, UsageError
from hsync.render.nearest import did_you_mean
from hsync.render.unknown import UnknownNamesError

if TYPE_CHECKING:
    from _collections_abc import dict_items, dict_keys, dict_values

__all__ = ["refuse", "unread_of", "watched"]

Given = Sequence[tuple[str, tuple[str, ...]]]
"""Option and path of each value."""


class _Watched(dict[str, object]):
    """An object that records which of its keys were read. Templates cannot read the record."""

    def __init__(self, value: Mapping[str, object]) -> None:
        super().__init__(value)
        self._read: set[str] = set()
        self._read_all = False

    def __getitem__(self, key: str) -> object:
        self._read.add(key)
        return super().__getitem__(key)

    def get(self, key: str, default: object = None) -> object:
        """See the method of `dict`."""
        self._read.add(key)
        return super().get(key, default)

    def __contains__(self, key: object) -> bool:
        self._read.add(str(key))
        return super().__contains__(key)

    def __iter__(self) -> Iterator[str]:
        self._read_all = True
        return super().__iter__()

    def items(self) -> dict_items[str, object]:
        """See the method of `dict`."""
        self._read_all = True
        return super().items()

    def values(self) -> dict_values[str, object]:
        """See the method of `dict`."""
        self._read_all = True
        return super().values()

    def keys(self) -> dict_keys[str, object]:
        """See the method of `dict`."""
        self._read_all = True
        return super().keys()


def watched(context: Mapping[str, object], given: Given) -> dict[str, object]:
    """The variables, in which the objects on the path of a name with dots are `_Watched`.

    Args:
        context: the variables, which are not changed.
        given: the values of the command line.
    """
    found = dict(context)
    for _, path in given:
        inner: dict[str, object] = found
        for part in path[:-1]:
            value = inner.get(part)
            if not isinstance(value, dict):
                break
            inner[part] = value if isinstance(value, _Watched) else _Watched(value)
            inner = inner[part]  # type: ignore[assignment]
    return found


def refuse(unread: Mapping[str, str]) -> None:
    """Refuse unused values of the command line.

    Args:
        unread: from `unread_of`.

    Raises:
        UsageError: there is an unused value.
    """
    if unread:
        raise UsageError("\n".join(unread.values()), hint="correct the name, or remove it")


def unread_of(
    given: Given,
    context: Mapping[str, object],
    environment: Environment,
    read: set[str],
    templates: Iterable[str | None],
) -> dict[str, str]:
    """The unused values of the command line: a message for each, by its option.

    Args:
        given: the values of the command line.
        context: from `watched`, after the rendering.
        environment: finds the templates.
        read: names that were read.
        templates: templates that were used.
    """
    names = read | set(_named(environment, [name for name in templates if name]))
    unread: dict[str, str] = {}
    for option, path in given:
        near = _unread(path, context, names)
        if near is not None:
            unread[option] = f"{option}: no template reads {'.'.join(path)}{near}"
    return unread


def _unread(path: tuple[str, ...], context: Mapping[str, object], names: set[str]) -> str | None:
    """A suggestion for a path that is not read, "" for none; None if the path is read."""
    if path[0] not in names:
        return did_you_mean(path[0], sorted(names))
    inner: object = context.get(path[0])
    for end, part in enumerate(path[1:], 1):
        if not isinstance(inner, _Watched) or inner._read_all:  # noqa: SLF001 - private for templates, not for this module
            return None
        read: set[str] = inner._read  # noqa: SLF001 - likewise
        if part not in read:
            known = sorted(read | (set(dict.keys(inner)) - {part}))
            return did_you_mean(part, known).replace("mean '", f"mean '{'.'.join(path[:end])}.")
        inner = dict.get(inner, part)
    return None


def _named(environment: Environment, names: list[str]) -> Iterator[str]:
    """Names of variables in templates, and in all templates that these may include."""
    seen: set[str] = set()
    while names:
        name = names.pop()
        if name in seen or environment.loader is None:
            continue
        seen.add(name)
        try:
            tree = environment.parse(environment.loader.get_source(environment, name)[0])
        except (TemplateError, HsyncError, UnknownNamesError):
            continue
        yield from meta.find_undeclared_variables(tree)
        names += [found for found in meta.find_referenced_templates(tree) if found]
