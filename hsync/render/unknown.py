"""unknown: finds filters and tests in a template that do not exist, all at once, each at its place.

jinja2 itself checks those in a condition only when they run, and reports the first line of the template then.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from jinja2 import nodes

from hsync.render.nearest import nearest

__all__ = ["INSTEAD", "UnknownNamesError", "refuse_unknown"]

INSTEAD = {
    "json_query": "select with the filters selectattr and map",
    "password_hash": "hash it once, and take the hash from secret()",
    "vault": "take the value from secret()",
    "unvault": "take the value from secret()",
    "random": "a configuration must be reproducible: write a value",
    "shuffle": "a configuration must be reproducible: sort the list",
    "random_mac": "a configuration must be reproducible: write a value",
    "strftime": "a configuration must be reproducible: write a value",
    "to_datetime": "a configuration must be reproducible: write a value",
    "to_uuid": "write a value",
    "fileglob": "templates read no files: name them in the variables",
    "realpath": "templates read no files: write the path",
    "win_basename": "use basename",
    "shellquote": "use shell_quote",
    "ipv4_address": "use ipaddr",
    "nthhost": "use ipaddr(2) for the second address of a network",
    "ipmath": "use ipaddr with a number",
    "community.general.json_query": "select with the filters selectattr and map",
    "exists": "templates read no files: say it in the variables",
    "file": "templates read no files: say it in the variables",
    "succeeded": "no tasks are run: say it in the variables",
    "failed": "no tasks are run: say it in the variables",
    "changed": "no tasks are run: say it in the variables",
    "vault_encrypted": "take the value from secret()",
}
"""Remedies for filters and tests of Ansible that hsync does not have."""


class UnknownNamesError(Exception):
    """Names that do not exist: line, column and message of each.

    Args:
        template: the name of the template.
        found: line, column, message.
    """

    def __init__(self, template: str | None, found: list[tuple[int, int, str]]) -> None:
        super().__init__(found[0][2])
        self.template = template
        self.found = found


_NAMED_FILTER = frozenset({"map"})
_NAMED_TEST = {"select": 0, "reject": 0, "selectattr": 1, "rejectattr": 1}
"""Filters with the name of a test as an argument, and the index of that argument."""

Known = Mapping[str, object]


def refuse_unknown(tree: nodes.Template, source: str, name: str | None, filters: Known, tests: Known) -> None:
    """Find unknown filters and tests of a template.

    Args:
        tree: the template.
        source: its text.
        name: its name.
        filters: by name.
        tests: by name.

    Raises:
        UnknownNamesError: there are unknown names.
    """
    lines = source.split("\n")
    taken: set[tuple[int, int]] = set()
    found: list[tuple[int, int, str]] = []
    for number, kind, wanted in sorted(_named(tree)):
        known = filters if kind == "filter" else tests
        if wanted in known:
            continue
        column = _column(lines[number - 1] if number <= len(lines) else "", wanted, kind, number, taken)
        found.append((number, column, f"No {kind} named {wanted!r}.{_advice(wanted, kind, known, filters, tests)}"))
    if found:
        raise UnknownNamesError(name, sorted(found))


def _named(tree: nodes.Template) -> Iterator[tuple[int, str, str]]:
    """Line, kind and name of each filter and test."""
    for node in tree.find_all((nodes.Filter, nodes.Test)):
        yield node.lineno, "filter" if isinstance(node, nodes.Filter) else "test", node.name
        if isinstance(node, nodes.Filter):
            at = 0 if node.name in _NAMED_FILTER else _NAMED_TEST.get(node.name, -1)
            named = node.args[at] if 0 <= at < len(node.args) else None
            if isinstance(named, nodes.Const) and isinstance(named.value, str):
                yield node.lineno, "filter" if node.name in _NAMED_FILTER else "test", named.value


def _column(line: str, wanted: str, kind: str, number: int, taken: set[tuple[int, int]]) -> int:
    """The column of a name in its line; 0 if it is not in the line."""
    lead = r"(?:\||\bfilter\b)" if kind == "filter" else r"\bis\b(?:\s+not\b)?"
    for pattern in (rf"{lead}\s*({re.escape(wanted)})(?![\w.])", rf"(?<![\w.])({re.escape(wanted)})(?!\w)"):
        for match in re.finditer(pattern, line):
            if (number, match.start(1)) not in taken:
                taken.add((number, match.start(1)))
                return match.start(1) + 1
    return 0


def _advice(wanted: str, kind: str, known: Known, filters: Known, tests: Known) -> str:
    short = wanted.rpartition(".")[2]
    if instead := INSTEAD.get(wanted) or INSTEAD.get(short):
        return f" Instead: {instead}."
    if near := nearest(wanted, known) or (short if short in known else ""):
        return f" Did you mean {near!r}?"
    if wanted in (tests if kind == "filter" else filters):
        return f" It is a {'test' if kind == 'filter' else 'filter'}: {'is ' if kind == 'filter' else '| '}{wanted}"
    return ""
