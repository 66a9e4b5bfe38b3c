"""order: places where the order of lines of different keywords means something.

The API has no words for it: a section's object and its collections are written keyword by keyword, in an order that
the server chooses. A section whose lines stand in that order means what its objects say. One whose lines do not is
`tangled`: the same objects mean something else.

Rule 1: a tangle is compared like an attribute; it travels in the raw lane, and to a server not at all.
Rule 2: `Group.heads` is the order in which the server writes; it was measured (v3.4.2, and the library of v3.2.5).

Source: HAProxy manual 4.2 and 5.2 `default-server` (applies to what follows), 8.2.4 `log-format` (the last of these
lines counts), 4.2 `option httpclose`, `option httpchk` (the same), 3.1 `setenv`, 4.2 `balance` (servers take turns in
the order of their lines); docs/reference/dataplane-api.md 6.1.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from hsync.syntax import Directive, Section

__all__ = ["Tangle", "tangles"]


@dataclass(frozen=True, slots=True)
class Group:
    """Keywords whose order among each other means something.

    Args:
        kinds: kinds of sections that have them.
        heads: first words of the lines, in the order in which the server writes them.
        last: whether only the last line counts; else each line acts on those behind it.
        why: what another order does, for people.
        same: index of the word that lines must have in common to concern each other, by head; none for all lines.
    """

    kinds: frozenset[str]
    heads: tuple[str, ...]
    why: str
    last: bool = False
    same: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Tangle:
    """Lines of one group that do not stand in the server's order.

    Args:
        below: the line that the server would write above the other.
        above: the other.
        order: the heads of the lines, as they stand; two sections with equal ones mean the same.
        why: what another order does, for people.
    """

    below: Directive
    above: Directive
    order: tuple[str, ...]
    why: str


_APPLIES = "the server writes it above, and it would apply to it"
_LAST = "the server changes their order, and the last one counts"
_STEPS = "the server changes their order"
_TURNS = "the server writes it above, and the order of servers counts"

_CHECKS = tuple(
    f"option {name}"
    for name in (
        *("ssl-hello-chk", "smtpchk", "ldap-check", "mysql-check", "pgsql-check", "redis-check"),
        *("external-check", "tcp-check"),
    )
)

_GROUPS = (
    Group(frozenset({"backend", "peers"}), ("default-server", "server"), _APPLIES),
    Group(frozenset({"backend"}), ("default-server", "server-template"), _APPLIES),
    Group(frozenset({"backend"}), ("server", "server-template"), _TURNS),
    Group(frozenset({"peers"}), ("default-bind", "bind"), _APPLIES),
    Group(frozenset({"crt-store"}), ("crt-base", "load"), _APPLIES),
    Group(frozenset({"crt-store"}), ("key-base", "load"), _APPLIES),
    Group(
        frozenset({"frontend"}), ("log-format", "option tcplog", "option httpslog", "option httplog"), _LAST, last=True
    ),
    Group(
        frozenset({"defaults"}), ("option httplog", "log-format", "option tcplog", "option httpslog"), _LAST, last=True
    ),
    Group(
        frozenset({"frontend", "defaults", "backend"}),
        ("errorfile", "errorloc302", "errorloc303", "http-error"),
        _LAST,
        last=True,
        same=(1, 1, 1, 2),
    ),
    Group(
        frozenset({"frontend", "defaults", "backend"}),
        ("option httpclose", "option http-server-close", "option http-keep-alive"),
        _LAST,
        last=True,
    ),
    Group(frozenset({"backend"}), (*_CHECKS, "option spop-check", "option httpchk"), _LAST, last=True),
    # a defaults section of the server has no spop-check: the line goes to the end
    Group(frozenset({"defaults"}), (*_CHECKS, "option httpchk", "option spop-check"), _LAST, last=True),
    # `errorfiles` is about all codes, or about those behind its name
    *(
        Group(frozenset({"frontend", "defaults", "backend"}), pair, _LAST)
        for pair in (
            ("errorfile", "errorfiles"),
            ("errorfiles", "errorloc302"),
            ("errorfiles", "errorloc303"),
            ("errorfiles", "http-error"),
        )
    ),
    Group(frozenset({"frontend"}), ("declare capture", "capture"), "the server changes their order, so the slots"),
    Group(frozenset({"global"}), ("presetenv", "setenv", "unsetenv"), _STEPS, same=(1, 1, 1)),
    Group(frozenset({"global"}), ("set-var", "set-var-fmt"), _STEPS, same=(1, 1)),
    Group(frozenset({"global"}), ("lua-prepend-path", "lua-load", "lua-load-per-thread"), _STEPS),
)


def tangles(section: Section) -> tuple[Tangle, ...]:
    """What of a section's order the API cannot say; empty for nearly all.

    Args:
        section: the text.

    Returns:
        One tangle for each group (and each object that its lines share) that has one, in the order of the table.
    """
    groups = [group for group in _GROUPS if section.kind in group.kinds and _several(group, section.text)]
    return tuple(_of(section, groups)) if groups else ()


def _several(group: Group, text: str) -> bool:
    """A cheap look: whether the text has two of the keywords at all."""
    return sum(head.rpartition(" ")[2] in text for head in group.heads) > 1


def _of(section: Section, groups: Sequence[Group]) -> Iterator[Tangle]:
    lines = [(line, line.words) for line in section.directives if not line.snippet]
    for group in groups:
        for members in _members(group, lines).values():
            tangle = _tangle(group, members)
            if tangle is not None:
                yield tangle


_Member = tuple[int, Directive]


def _members(group: Group, lines: Sequence[tuple[Directive, list[str]]]) -> dict[str, list[_Member]]:
    """The lines of a group as (rank, line), by what they share."""
    ranks = {tuple(head.split()): rank for rank, head in enumerate(group.heads)}
    found: dict[str, list[_Member]] = {}
    for line, words in lines:
        rank = ranks.get((words[0],), ranks.get(tuple(words[:2])))
        if rank is not None:
            at = group.same[rank] if group.same else len(words)
            found.setdefault(words[at] if at < len(words) else "", []).append((rank, line))
    return found


def _tangle(group: Group, members: Sequence[_Member]) -> Tangle | None:
    highest: _Member | None = None
    for rank, line in members[-1:] if group.last else members:
        above = max(members, key=lambda one: one[0]) if group.last else highest
        if above is not None and rank < above[0]:
            order = [group.heads[one] for one, _ in (members[-1:] if group.last else members)]
            return Tangle(line, above[1], tuple(order), group.why)
        if highest is None or rank > highest[0]:
            highest = (rank, line)
    return None
