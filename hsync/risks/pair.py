"""pair: two configurations, and the sections that differ in effect: by their own lines, or by inherited ones."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import TypeVar

from hsync.model import Configuration
from hsync.plan.edits import common_ends
from hsync.risks.endpoints import Bind, Server, binds_of, servers_of, servers_on
from hsync.risks.side import PROXIES, Key, Line, Side, View
from hsync.syntax import Section

__all__ = ["Both", "Pair"]

Endpoint = TypeVar("Endpoint", Bind, Server)


class Both:
    """A section after the change, and what it was before: an empty section if it is new.

    Args:
        before: the section before.
        after: the section after.
        new: whether it is new.
    """

    def __init__(self, before: View, after: View, *, new: bool = False) -> None:
        self.before, self.after, self.new = before, after, new

    @property
    def key(self) -> Key:
        """Kind and name."""
        return self.after.key

    def lasts(self, *head: str) -> tuple[Line | None, Line | None]:
        """The lines that decide about a setting, before and after."""
        return self.before.last(*head), self.after.last(*head)

    def options(self, name: str) -> tuple[Line | None, Line | None]:
        """The lines that turn an option on, before and after."""
        return self.before.option(name), self.after.option(name)

    def lost(self, *head: str) -> list[Line]:
        """The lines that begin with some words and are no longer in effect."""
        new = {line.words for line in self.after.all(*head)}
        return [line for line in self.before.all(*head) if line.words not in new]

    def gained(self, *head: str) -> list[Line]:
        """The lines that begin with some words and are newly in effect."""
        old = {line.words for line in self.before.all(*head)}
        return [line for line in self.after.all(*head) if line.words not in old]

    def home(self, old: Line | None, new: Line | None) -> Key:
        """The section that a difference comes from: the proxy itself, or the defaults that it inherits from.

        Args:
            old: the line that decides before; None for none.
            new: the line that decides after; None for none.
        """
        if any(line is not None and line.key in {self.key, self.before.key} for line in (old, new)):
            return self.key
        if new is not None:
            return new.key
        nearest = [one.key for one in self.after.ancestors]
        return old.key if old is not None and old.key in nearest else next(iter(nearest), self.key)

    def heir(self, home: Key) -> str:
        """The name of the proxy in a finding about the section that it inherits from; "" in one about itself."""
        return "" if home == self.key else " ".join(self.key)

    @cached_property
    def binds(self) -> list[tuple[Bind | None, Bind | None]]:
        """The binds that differ, by their addresses."""
        return _differing(binds_of(self.before), binds_of(self.after))

    @cached_property
    def servers(self) -> list[tuple[Server | None, Server | None]]:
        """The servers that differ in their own line or in what they inherit."""
        if "default-server" in self.heads:
            return _differing(servers_of(self.before), servers_of(self.after))
        old, new = self._own_lines
        return _differing(servers_on(self.before, old), servers_on(self.after, new))

    def kept_servers(self, *names: str) -> Iterator[tuple[Server, Server]]:
        """The servers that both sides have, and that differ in one of these parameters."""
        found = {id(pair): pair for name in names for pair in self._by_param.get(name, ())}
        yield from found.values()

    @cached_property
    def _by_param(self) -> dict[str, list[tuple[Server, Server]]]:
        found: dict[str, list[tuple[Server, Server]]] = {}
        for old, new in self.servers:
            if old is not None and new is not None and old.params != new.params:
                pair = (old, new)
                for name in {name for name, _ in old.params.items() ^ new.params.items()}:
                    found.setdefault(name, []).append(pair)
        return found

    @property
    def new_servers(self) -> list[Server]:
        """The servers that only the second side has."""
        return [new for old, new in self.servers if old is None and new is not None]

    @cached_property
    def lost_servers(self) -> list[Server]:
        """The servers that could get requests, and no longer can."""
        gone = [old for old, new in self.servers if old is not None and new is None and old.usable]
        kept = self.kept_servers("weight", "disabled")
        return gone + [old for old, new in kept if old.usable and not new.usable]

    @cached_property
    def _middle(self) -> tuple[list[Line], list[Line]]:
        """The lines between the first and the last ones that differ."""
        return middle(self.before, self.after)

    @cached_property
    def _own_lines(self) -> tuple[list[Line], list[Line]]:
        """The lines that only one of the sides has."""
        old, new = self._middle
        both = {line.words for line in old} & {line.words for line in new}
        return [line for line in old if line.words not in both], [line for line in new if line.words not in both]

    @property
    def _is_reordered(self) -> bool:
        """Whether the lines that both sides have are in another order."""
        both = {line.words for line in self._middle[0]} & {line.words for line in self._middle[1]}
        old, new = ([line.words for line in lines if line.words in both] for lines in self._middle)
        return old != new

    @cached_property
    def heads(self) -> frozenset[str]:
        """The first words of the lines in effect that differ; of all lines if the section is new."""
        found = {line.words[0] for lines in self._own_lines for line in lines if line.words}
        if self._is_reordered:
            found |= set(self.before.heads)
        if self.before.ancestors or self.after.ancestors:
            found |= {head for head, _ in _inherited(self.before) ^ _inherited(self.after)}
        return frozenset(found)


def _inherited(view: View) -> frozenset[tuple[str, tuple[tuple[str, ...], ...]]]:
    return view.ancestors[0].inheritable if view.ancestors else frozenset()


def _differing(old: dict[str, Endpoint], new: dict[str, Endpoint]) -> list[tuple[Endpoint | None, Endpoint | None]]:
    found = [(old.get(name), new.get(name)) for name in {**old, **new}]
    return [(one, other) for one, other in found if one is None or other is None or not one.same(other)]


ALIKE = 0.6
"""Share of equal lines above which a section that replaces another is the same one under a new name."""

_FEW = 60
"""Maximum number of new or of deleted sections of a kind among which similar ones are searched."""


class Pair:
    """Both configurations.

    Args:
        before: the current one.
        after: the desired one.
    """

    def __init__(self, before: Configuration, after: Configuration) -> None:
        self.before, self.after = Side(before), Side(after, new=True)
        self.made: dict[object, object] = {}

    @cached_property
    def changed(self) -> frozenset[Key]:
        """The sections whose own lines differ, with the new and the deleted ones."""
        old, new = self.before.sections, self.after.sections
        return frozenset(key for key in {**old, **new} if self._differs(key, old.get(key), new.get(key)))

    def _differs(self, key: Key, old: Section | None, new: Section | None) -> bool:
        if old is None or new is None or old.text == new.text:
            return old is not new and (old is None or new is None)
        before, after = self.before.view(key), self.after.view(key)
        if before is None or after is None:
            return True
        one, other = middle(before, after)
        return [line.words for line in one] != [line.words for line in other]

    @cached_property
    def deleted(self) -> tuple[View, ...]:
        """The deleted sections, without renamed ones."""
        gone = (key for key in sorted(self.changed) if key not in self.after.sections and key not in self.renamed)
        return tuple(view for view in map(self.before.view, gone) if view is not None)

    @cached_property
    def renamed(self) -> dict[Key, Key]:
        """The sections that have another name now: the new key by the old one."""
        found: dict[Key, Key] = {}
        for kind in sorted({kind for kind, _ in self.changed}):
            gone = [key for key in sorted(self.changed) if key[0] == kind and key not in self.after.sections]
            made = [key for key in sorted(self.changed) if key[0] == kind and key not in self.before.sections]
            if gone and made:
                self._match_equal(found, gone, made)
            if len(gone) <= _FEW and len(made) <= _FEW:
                self._match_similar(found, gone, made)
        return found

    def _match_equal(self, found: dict[Key, Key], gone: list[Key], made: list[Key]) -> None:
        by_words: dict[frozenset[tuple[str, ...]], list[Key]] = {}
        for key in reversed(made):
            by_words.setdefault(self._words(self.after, key), []).append(key)
        for key in gone:
            words = self._words(self.before, key)
            if words and by_words.get(words):
                found[key] = by_words[words].pop()

    def _match_similar(self, found: dict[Key, Key], gone: list[Key], made: list[Key]) -> None:
        for old in gone:
            free = [key for key in made if key not in found.values()] if old not in found else []
            scored = [(self._likeness(old, new), new) for new in free]
            likeness, new = max(scored, default=(0.0, old))
            if likeness >= ALIKE:
                found[old] = new

    def _likeness(self, old: Key, new: Key) -> float:
        before, after = self._words(self.before, old), self._words(self.after, new)
        return len(before & after) / len(before | after) if before else 0.0

    @staticmethod
    def _words(side: Side, key: Key) -> frozenset[tuple[str, ...]]:
        view = side.view(key)
        return view.words if view is not None else frozenset()

    def both(self, *kinds: str) -> Iterator[Both]:
        """The sections of some kinds that may differ in effect, with the new ones."""
        yield from (one for one in self._both if one.key[0] in kinds)

    def about(self, *heads: str) -> list[Both]:
        """The proxies in which lines that begin with one of these words differ in effect, with the new ones."""
        found = {id(one): one for head in heads for one in self._by_head.get(head, ())}
        return list(found.values())

    @cached_property
    def _by_head(self) -> dict[str, list[Both]]:
        found: dict[str, list[Both]] = {}
        for one in self.both(*PROXIES):
            for head in one.heads:
                found.setdefault("option" if head == "no" else head, []).append(one)
        return found

    @cached_property
    def _both(self) -> list[Both]:
        origin = {new: old for old, new in self.renamed.items()}
        found = []
        for key in self.after.sections:
            if key not in self.changed and not (key[0] in PROXIES and self._may_inherit(key)):
                continue
            old = self.before.view(origin.get(key, key))
            new = self.after.view(key)
            if new is not None and (key in self.changed or (old and self._inherits(old, new))):
                empty = View(self.before, key, Section(key[0], f"{key[0]} {key[1]}\n", 0))
                found.append(Both(old or empty, new, new=old is None))
        return found

    def _may_inherit(self, key: Key) -> bool:
        """Whether a section may inherit different lines: it names other defaults, or some defaults differ."""
        same = self.before.parent_name(key) == self.after.parent_name(key)
        return not same or any(kind == "defaults" for kind, _ in self.changed)

    def _inherits(self, old: View, new: View) -> bool:
        """Whether two views inherit different lines."""
        places = [[one.key for one in view.ancestors] for view in (old, new)]
        return places[0] != places[1] or any(key in self.changed for key in places[1])


def middle(before: View, after: View) -> tuple[list[Line], list[Line]]:
    """The lines of two sections between the first and the last ones that differ in their texts."""
    old, new = before.raws, after.raws
    head, tail = common_ends([text for text, _ in old], [text for text, _ in new])
    return (
        [before.line(*one) for one in old[head : len(old) - tail]],
        [after.line(*one) for one in new[head : len(new) - tail]],
    )
