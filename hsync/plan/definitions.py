"""definitions: what a configuration defines, and which of the names in it HAProxy looks up.

Rule 1: HAProxy looks up less than a text holds. No name is missing where it does not look: in a proxy that is
`disabled`, between `.if` and `.endif`, in a defaults section that no proxy takes its settings from, in a line that a
later one replaces.

Source: HAProxy 2.8.25, `haproxy -c` on each of these.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

from hsync.model import Configuration
from hsync.model.mentions import Named, conditional_lines, has_line, named_in, server_names
from hsync.sections import grammar
from hsync.sections.mentions import ALWAYS_THERE, Mention
from hsync.syntax import Section, split
from hsync.syntax.words import VARIABLE

__all__ = ["Definitions"]

_PROXIES = ("frontend", "backend", "listen")
_ALSO_LISTEN = {"frontend": ("frontend", "listen"), "backend": ("backend", "listen")}


@dataclass(frozen=True)
class Definitions:
    """What a configuration defines, found when somebody asks for it."""

    configuration: Configuration
    _by_kind: dict[str, frozenset[str] | None] = field(default_factory=dict, repr=False, compare=False)

    def missing(self, section: Section) -> Iterator[Named]:
        """The names of a section that HAProxy looks up and does not find, in the order of the lines."""
        if self._is_off(section):
            return
        if section.parent and section.kind in grammar().inheriting and section.line not in self._conditional:
            parent = _parent(section)
            yield from (() if self.has(parent, section) else (parent,))
        named = list(named_in(section, self._conditional))
        for at, one in enumerate(named):
            replaced = one.mention and one.mention.single and any(two.mention == one.mention for two in named[at + 1 :])
            if not replaced and self._looks_up(one, section) and not self.has(one, section):
                yield one

    def has(self, one: Named, section: Section) -> bool:
        """Whether a name that a section uses is defined."""
        known = self.known(one, section)
        return known is None or one.last in known

    def known(self, one: Named, section: Section) -> frozenset[str] | None:
        """The names of its kind that there are; None when a variable decides on some of them."""
        if one.to == "server":
            owner = self.owner(one, section)
            return frozenset() if owner is None else server_names(owner)
        if one.to not in self._by_kind:
            names = set(self._tables() if one.to == "table" else self._sections(one.to))
            variable = any(VARIABLE in name for name in names)
            self._by_kind[one.to] = None if variable else frozenset(names) | ALWAYS_THERE.get(one.to, frozenset())
        return self._by_kind[one.to]

    def owner(self, one: Named, section: Section) -> Section | None:
        """The proxy in which a server is looked up; None when there is none of that name."""
        sections = self.configuration.sections
        return sections.get(("backend", one.proxy)) or sections.get(("listen", one.proxy)) if one.proxy else section

    def proxy(self, name: str) -> Section | None:
        """The proxy of a name."""
        sections = self.configuration.document.sections
        return next((one for one in sections if one.kind in _PROXIES and one.name == name), None)

    def _sections(self, kind: str) -> Iterator[str]:
        kinds = _ALSO_LISTEN.get(kind, (kind,))
        yield from (one.name for one in self.configuration.document.sections if one.kind in kinds)

    def _tables(self) -> Iterator[str]:
        for section in self.configuration.document.sections:
            if section.kind in _PROXIES and has_line(section, "stick-table"):
                yield section.name
            elif section.kind == "peers":
                lines = (line.meaning for line in section.directives if line.text.startswith("table"))
                yield from (f"{section.name}/{words[1]}" for words in lines if words[0] == "table" and words[1:])

    @cached_property
    def _conditional(self) -> frozenset[int]:
        return conditional_lines(self.configuration.document)

    @cached_property
    def _parents(self) -> dict[tuple[str, str], Section | None]:
        """The defaults section that each section takes its settings from: `from NAME`, else the last one above."""
        found: dict[tuple[str, str], Section | None] = {}
        by_name = {one.name: one for one in self.configuration.document.sections if one.kind == "defaults"}
        above: Section | None = None
        for section in self.configuration.document.sections:
            if section.kind in grammar().inheriting:
                by_place = None if section.kind == "defaults" else above
                found[_key(section)] = by_name.get(section.parent) if section.parent else by_place
            above = section if section.kind == "defaults" else above
        return found

    def _ancestors(self, section: Section) -> list[Section]:
        """The defaults sections that a section takes its settings from, nearest first."""
        found: list[Section] = []
        one = self._parents.get(_key(section))
        while one is not None and one not in found:
            found.append(one)
            one = self._parents.get(_key(one))
        return found

    def _is_off(self, section: Section) -> bool:
        """Whether a proxy is disabled, itself or by its defaults: HAProxy looks up nothing for it."""
        for one in (section, *self._ancestors(section)) if section.kind in _PROXIES else ():
            if has_line(one, "disabled") or has_line(one, "enabled"):
                return has_line(one, "disabled")
        return False

    def _looks_up(self, one: Named, section: Section) -> bool:
        """Whether HAProxy looks a name up that a section holds."""
        if section.kind == "defaults":
            return any(self._takes(user, one, section) for user in self._users(section))
        return one.mention is None or self._is_used(section, one.mention, own=1)

    def _takes(self, user: Section, one: Named, defaults: Section) -> bool:
        """Whether a proxy takes a line from its defaults."""
        if one.mention is None:
            return True
        ancestors = self._ancestors(user)
        nearer = (user, *ancestors[: ancestors.index(defaults)])
        replaced = one.mention.single and any(has_line(place, " ".join(one.mention.head)) for place in nearer)
        return user.kind in one.mention.takers and not replaced and self._is_used(user, one.mention, own=0)

    def _is_used(self, section: Section, mention: Mention, *, own: int) -> bool:
        """Whether a proxy has what makes HAProxy look at a line; `own`: see `_has_bare_server`."""
        if mention.head == ("default-server",):
            return _has_bare_server(section, str(mention.at), own=own)
        places = (section, *self._ancestors(section))
        return all(any(has_line(place, need) for place in places) for need in mention.needs)

    def _users(self, defaults: Section) -> Iterator[Section]:
        """The proxies that take settings from a defaults section."""
        for section in self.configuration.document.sections:
            if section.kind in _PROXIES and defaults in self._ancestors(section) and not self._is_off(section):
                yield section


def _key(section: Section) -> tuple[str, str]:
    """Kind and name; sections without a name are told apart by their text."""
    return (section.kind, section.name or section.text)


def _has_bare_server(section: Section, keyword: str, *, own: int) -> bool:
    """Whether a server of a section takes a setting from a `default-server` line.

    Args:
        section: of a proxy.
        keyword: the setting.
        own: how many `default-server` lines of the section may give it: of several, the place decides.
    """
    lines = [line.meaning for line in section.directives if line.text.startswith(("server", "default-server"))]
    given = sum(words[0] == "default-server" and keyword in words for words in lines)
    bare = any(words[0] in {"server", "server-template"} and keyword not in words for words in lines)
    return bare and given <= own


def _parent(section: Section) -> Named:
    """The name behind `from` in a header."""
    text = section.lines[0]
    return Named("defaults", section.parent, section.line, text, split(text).words[-1].column)
