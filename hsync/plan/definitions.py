"""definitions: the names that a configuration defines, and the names that HAProxy looks up.

Rule 1: HAProxy does not look up all names of a text. A name cannot be missing in a proxy that is `disabled`, between
`.if` and `.endif`, in a defaults section from which no proxy inherits, or in a line that a later line overrides.

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
    """The names that a configuration defines, by kind; each kind is collected at its first use."""

    configuration: Configuration
    _by_kind: dict[str, frozenset[str] | None] = field(default_factory=dict, repr=False, compare=False)

    def missing(self, section: Section) -> Iterator[Named]:
        """The names of a section that HAProxy looks up and does not find, in the order of the lines."""
        if self._is_disabled(section):
            return
        if section.parent and section.kind in grammar().inheriting and section.line not in self._conditional:
            parent = _parent(section)
            yield from (() if self.has(parent, section) else (parent,))
        names = list(named_in(section, self._conditional))
        for at, named in enumerate(names):
            single = named.mention is not None and named.mention.single
            overridden = single and any(later.mention == named.mention for later in names[at + 1 :])
            if not overridden and self._looks_up(named, section) and not self.has(named, section):
                yield named

    def has(self, named: Named, section: Section) -> bool:
        """Whether a name of a section is defined."""
        known = self.known(named, section)
        return known is None or named.last in known

    def known(self, named: Named, section: Section) -> frozenset[str] | None:
        """The defined names of the same kind; None if one of them depends on a variable."""
        if named.to == "server":
            owner = self.owner(named, section)
            return frozenset() if owner is None else server_names(owner)
        if named.to not in self._by_kind:
            names = set(self._tables() if named.to == "table" else self._sections(named.to))
            variable = any(VARIABLE in name for name in names)
            self._by_kind[named.to] = None if variable else frozenset(names) | ALWAYS_THERE.get(named.to, frozenset())
        return self._by_kind[named.to]

    def owner(self, named: Named, section: Section) -> Section | None:
        """The proxy in which HAProxy looks up a server; None if there is no proxy of that name."""
        sections, name = self.configuration.sections, named.proxy
        return sections.get(("backend", name)) or sections.get(("listen", name)) if name else section

    def proxy(self, name: str) -> Section | None:
        """The proxy with a name; None if there is none."""
        sections = self.configuration.document.sections
        return next((section for section in sections if section.kind in _PROXIES and section.name == name), None)

    def _sections(self, kind: str) -> Iterator[str]:
        kinds = _ALSO_LISTEN.get(kind, (kind,))
        yield from (section.name for section in self.configuration.document.sections if section.kind in kinds)

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
        """The defaults section that each section inherits from: `from NAME`, else the last defaults section above."""
        found: dict[tuple[str, str], Section | None] = {}
        sections = self.configuration.document.sections
        by_name = {section.name: section for section in sections if section.kind == "defaults"}
        above: Section | None = None
        for section in sections:
            if section.kind in grammar().inheriting:
                by_place = None if section.kind == "defaults" else above
                found[_key(section)] = by_name.get(section.parent) if section.parent else by_place
            above = section if section.kind == "defaults" else above
        return found

    def _ancestors(self, section: Section) -> list[Section]:
        """The defaults sections that a section inherits from, nearest first."""
        found: list[Section] = []
        parent = self._parents.get(_key(section))
        while parent is not None and parent not in found:
            found.append(parent)
            parent = self._parents.get(_key(parent))
        return found

    def _is_disabled(self, section: Section) -> bool:
        """Whether a proxy is disabled, in its own section or by its defaults: HAProxy looks up no names for it."""
        for place in (section, *self._ancestors(section)) if section.kind in _PROXIES else ():
            if has_line(place, "disabled") or has_line(place, "enabled"):
                return has_line(place, "disabled")
        return False

    def _looks_up(self, named: Named, section: Section) -> bool:
        """Whether HAProxy looks up a name of a section."""
        if section.kind == "defaults":
            return any(self._inherits(user, named, section) for user in self._users(section))
        return named.mention is None or self._is_used(section, named.mention, own=1)

    def _inherits(self, user: Section, named: Named, defaults: Section) -> bool:
        """Whether a proxy inherits a line from a defaults section."""
        if named.mention is None:
            return True
        ancestors = self._ancestors(user)
        nearer = (user, *ancestors[: ancestors.index(defaults)])
        overridden = named.mention.single and any(has_line(place, " ".join(named.mention.head)) for place in nearer)
        return user.kind in named.mention.takers and not overridden and self._is_used(user, named.mention, own=0)

    def _is_used(self, section: Section, mention: Mention, *, own: int) -> bool:
        """Whether a proxy has the other lines without which HAProxy ignores a line; `own`: see `_has_bare_server`."""
        if mention.head == ("default-server",):
            return _has_bare_server(section, str(mention.at), own=own)
        places = (section, *self._ancestors(section))
        return all(any(has_line(place, need) for place in places) for need in mention.needs)

    def _users(self, defaults: Section) -> Iterator[Section]:
        """The proxies that inherit from a defaults section, without disabled ones."""
        for section in self.configuration.document.sections:
            if section.kind in _PROXIES and defaults in self._ancestors(section) and not self._is_disabled(section):
                yield section


def _key(section: Section) -> tuple[str, str]:
    """Kind and name; for a section without a name its text."""
    return (section.kind, section.name or section.text)


def _has_bare_server(section: Section, keyword: str, *, own: int) -> bool:
    """Whether a server of a proxy gets a parameter from a `default-server` line.

    Args:
        section: the proxy.
        keyword: the parameter.
        own: maximum number of `default-server` lines of the proxy with this parameter; with more lines it would depend
            on their places.
    """
    lines = [line.meaning for line in section.directives if line.text.startswith(("server", "default-server"))]
    given = sum(words[0] == "default-server" and keyword in words for words in lines)
    bare = any(words[0] in {"server", "server-template"} and keyword not in words for words in lines)
    return bare and given <= own


def _parent(section: Section) -> Named:
    """The name after `from` in a header."""
    text = section.lines[0]
    return Named("defaults", section.parent, section.line, text, split(text).words[-1].column)
