r"""order: lines with different keywords whose order has a meaning.

The API cannot express this order: the server writes a section keyword by keyword, in a fixed order. If the lines of a
section are in the server's order, its API objects have its whole meaning. If they are not, the section has a tangle:
written from its objects, it would mean something else.

>>> from hsync.sections import parse
>>> (section,) = parse("backend web\n server s1 192.0.2.1:80\n default-server check\n").sections
>>> [(tangle.below.text, tangle.above.text) for tangle in tangles(section)]
[('default-server check', 'server s1 192.0.2.1:80')]

In this text `check` does not apply to `s1`. The server would write `default-server` first, and it would apply.

Rule 1: a tangle is compared like an attribute. It needs the raw lane, and a plan with a tangle for a server is refused.
Rule 2: `Group.heads` is the order in which the server writes, as measured with v3.4.2 and the library of v3.2.5.

Source: HAProxy manual 4.2 and 5.2 `default-server` (applies to the servers below it), 8.2.4 `log-format`, 4.2
`option httpclose` and `option httpchk` (the last of the lines counts), 3.1 `setenv`, 4.2 `balance` (servers take turns
in the order of their lines); docs/reference/dataplane-api.md 6.1.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from hsync.syntax import Directive, Section

__all__ = ["Tangle", "tangles"]


@dataclass(frozen=True, slots=True)
class Group:
    """Keywords with an order-sensitive meaning.

    Args:
        kinds: section kinds that have these keywords.
        heads: first words of the lines, in the order in which the server writes them.
        why: the effect of the server's order on a tangle, for people.
        last: whether only the last line counts; if not, each line acts on the lines below it.
        same: for each head the index of a word; only lines with the same word there affect each other. Empty if all
            lines do.
    """

    kinds: frozenset[str]
    heads: tuple[str, ...]
    why: str
    last: bool = False
    same: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Tangle:
    """Lines of a group that are not in the server's order.

    Args:
        below: a line that the server would write above `above`.
        above: a line above it in the text.
        order: the heads of the lines in the order of the text; sections with equal orders have the same meaning.
        why: the effect of the server's order, for people.
    """

    below: Directive
    above: Directive
    order: tuple[str, ...]
    why: str


_APPLIES = "the server would move it up, and it would apply to that line"
_LAST = "the server would change their order, and only the last line counts"
_STEPS = "the server would change their order"
_TURNS = "the server would move it up, and HAProxy uses servers in their order"

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
    # `errorfiles` sets the pages of all statuses, or of those that follow its name
    *(
        Group(frozenset({"frontend", "defaults", "backend"}), pair, _LAST)
        for pair in (
            ("errorfile", "errorfiles"),
            ("errorfiles", "errorloc302"),
            ("errorfiles", "errorloc303"),
            ("errorfiles", "http-error"),
        )
    ),
    Group(
        frozenset({"frontend"}),
        ("declare capture", "capture"),
        "the server would change their order, and so the numbers of the capture slots",
    ),
    Group(frozenset({"global"}), ("presetenv", "setenv", "unsetenv"), _STEPS, same=(1, 1, 1)),
    Group(frozenset({"global"}), ("set-var", "set-var-fmt"), _STEPS, same=(1, 1)),
    Group(frozenset({"global"}), ("lua-prepend-path", "lua-load", "lua-load-per-thread"), _STEPS),
)


def tangles(section: Section) -> tuple[Tangle, ...]:
    """The order-sensitive lines of a section that are not in the server's order; none for most sections.

    Args:
        section: the text.

    Returns:
        At most one tangle for each group (and each common word, see `Group.same`), in the order of the table.
    """
    groups = [group for group in _GROUPS if section.kind in group.kinds and _several(group, section)]
    return tuple(_of(section, groups)) if groups else ()


def _several(group: Group, section: Section) -> bool:
    """Fast check: whether the section may have at least two of the keywords."""
    words, text = section.first_words, section.text
    found = [head for head in group.heads if head.partition(" ")[0] in words]
    return len(found) > 1 and sum(head.rpartition(" ")[2] in text for head in found) > 1


def _of(section: Section, groups: Sequence[Group]) -> Iterator[Tangle]:
    lines = [(line, line.words) for line in section.directives if not line.snippet]
    for group in groups:
        for members in _members(group, lines).values():
            tangle = _tangle(group, members)
            if tangle is not None:
                yield tangle


_Member = tuple[int, Directive]


def _members(group: Group, lines: Sequence[tuple[Directive, list[str]]]) -> dict[str, list[_Member]]:
    """The lines of a group as (rank, line), by their common word."""
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
        above = max(members, key=lambda member: member[0]) if group.last else highest
        if above is not None and rank < above[0]:
            order = [group.heads[n] for n, _ in (members[-1:] if group.last else members)]
            return Tangle(line, above[1], tuple(order), group.why)
        if highest is None or rank > highest[0]:
            highest = (rank, line)
    return None
