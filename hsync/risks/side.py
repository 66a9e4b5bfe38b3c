"""side: one of the two configurations as the rules see it: sections by key, with the lines that they inherit.

Rule 1: a line is its decoded words. The order of lines with different keywords means nothing here, except for the rules
and routes of a proxy (see `steps`).
Rule 2: lines in `.if` blocks count: only HAProxy can evaluate the condition.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import cached_property, wraps
from typing import NamedTuple, Protocol, TypeVar

from hsync.model import Configuration
from hsync.plan.plan import UNCHANGED
from hsync.sections import parse
from hsync.syntax import BLOCK, Section, emit
from hsync.syntax.words import BLANK, decode, is_plain

__all__ = ["PROXIES", "Key", "Line", "Side", "View", "remembered"]

Made = TypeVar("Made")

Key = tuple[str, str]
"""Kind and name of a section."""

PROXIES = frozenset({"frontend", "backend", "listen"})


class Line(NamedTuple):
    """A line of a section.

    Args:
        words: its decoded words.
        number: in the text of its side.
        key: of its section.
        new: whether its side is the desired one.
    """

    words: tuple[str, ...]
    number: int
    key: Key
    new: bool = False


class _Remembering(Protocol):
    """An object that keeps results of functions."""

    made: dict[object, object]


Of = TypeVar("Of", bound=_Remembering)


def remembered(function: Callable[[Of], Made]) -> Callable[[Of], Made]:
    """A function that is called once for each section, or pair, since several rules need its result."""

    @wraps(function)
    def once(one: Of) -> Made:
        if function not in one.made:
            one.made[function] = function(one)
        return one.made[function]  # type: ignore[return-value]

    return once


class View:
    """A section of one side.

    Args:
        side: the side.
        key: kind and name.
        section: the text.
    """

    def __init__(self, side: Side, key: Key, section: Section) -> None:
        self.side, self.key, self.section = side, key, section
        self.made: dict[object, object] = {}
        self._read: dict[str, list[Line]] = {}
        self._by_two: dict[str, dict[str, list[Line]]] = {}

    @property
    def name(self) -> str:
        """Its name."""
        return self.key[1]

    @property
    def listens(self) -> bool:
        """Whether it accepts connections: a frontend or a listen."""
        return self.key[0] in {"frontend", "listen"}

    @property
    def serves(self) -> bool:
        """Whether it has servers: a backend or a listen."""
        return self.key[0] in {"backend", "listen"}

    @cached_property
    def raws(self) -> list[tuple[str, int]]:
        """The texts of its own lines, with their numbers: a section can have very many, so words are made later."""
        first = self.section.line
        stripped = ((line.strip(BLANK), first + at) for at, line in enumerate(self.section.lines) if at)
        return [(text, number) for text, number in stripped if text and text[0] != "#"]

    def line(self, text: str, number: int) -> Line:
        """A line of it."""
        return Line(decode(text), number, self.key, self.side.new)

    @cached_property
    def _by_head(self) -> dict[str, list[tuple[str, int]]]:
        found: dict[str, list[tuple[str, int]]] = {}
        for text, number in self.raws:
            head = text.split(None, 1)[0]
            head = head if head.isalnum() or is_plain(head) else (decode(text) or ("",))[0]
            if head[:1] != ".":
                found.setdefault(head, []).append((text, number))
        return found

    @property
    def heads(self) -> Iterable[str]:
        """The first words of its own lines."""
        return self._by_head

    @cached_property
    def words(self) -> frozenset[tuple[str, ...]]:
        """The words of its own lines."""
        return frozenset(decode(text) for text, _ in self.raws)

    def starting(self, head: str) -> list[Line]:
        """Its own lines with a first word."""
        found = self._read.get(head)
        if found is None:
            found = self._read[head] = [self.line(*one) for one in self._by_head.get(head, ())]
        return found

    def _starting_with_two(self, one: str, other: str) -> list[Line]:
        if one not in self._by_two:
            found: dict[str, list[Line]] = {}
            for line in self.starting(one):
                found.setdefault("".join(line.words[1:2]), []).append(line)
            self._by_two[one] = found
        return self._by_two[one].get(other, [])

    @cached_property
    def ancestors(self) -> tuple[View, ...]:
        """The defaults sections that it inherits from, nearest first."""
        found: list[View] = []
        key = self.key
        while (parent := self.side.parent(key)) is not None and parent not in found:
            found.append(parent)
            key = parent.key
        return tuple(found)

    @cached_property
    def inheritable(self) -> frozenset[tuple[str, tuple[tuple[str, ...], ...]]]:
        """Its lines and those that it inherits: their first words, each with the words of its lines in order."""
        heads = {head for place in self.places for head in place.heads}
        return frozenset((head, tuple(line.words for line in self.all(head))) for head in heads)

    @cached_property
    def places(self) -> tuple[View, ...]:
        """Itself and its ancestors, nearest first."""
        return (self, *self.ancestors)

    def own(self, *head: str) -> list[Line]:
        """Its own lines that begin with some words."""
        if head[0] not in self._by_head:
            return []
        if len(head) == 1:
            return self.starting(head[0])
        lines = self._starting_with_two(*head[:2])
        return lines if len(head) == 2 else [line for line in lines if line.words[: len(head)] == head]

    def all(self, *head: str) -> list[Line]:
        """The lines that begin with some words, inherited ones first."""
        return [line for place in reversed(self.places) for line in place.own(*head)]

    def last(self, *head: str) -> Line | None:
        """The line that decides about a setting with one value: the last one of the nearest place that has one."""
        for place in self.places:
            if found := place.own(*head):
                return found[-1]
        return None

    def option(self, name: str) -> Line | None:
        """The line that turns an option on; None if it is off."""
        for place in self.places:
            lines = [*place.own("option", name), *place.own("no", "option", name)]
            if lines:
                last = max(lines, key=lambda line: line.number)
                return last if last.words[0] == "option" else None
        return None

    @property
    def mode(self) -> str:
        """`http` or `tcp`."""
        line = self.last("mode")
        return line.words[1] if line is not None and len(line.words) > 1 else "tcp"

    @property
    def is_disabled(self) -> bool:
        """Whether the proxy is disabled."""
        for place in self.places:
            lines = [*place.own("disabled"), *place.own("enabled")]
            if lines:
                return max(lines, key=lambda line: line.number).words[0] == "disabled"
        return False


class Side:
    """A configuration.

    Args:
        configuration: one of the two.
        new: whether it is the desired one.
    """

    def __init__(self, configuration: Configuration, *, new: bool = False) -> None:
        if any(section.kind == BLOCK for section in configuration.document.sections):
            configuration = Configuration(parse(emit(configuration.document), blocks=False))
        self.configuration, self.new = configuration, new
        self._views: dict[Key, View] = {}

    @property
    def sections(self) -> dict[Key, Section]:
        """The sections by key."""
        return self.configuration.sections

    def view(self, key: Key) -> View | None:
        """A section; None if there is none, or if its lines are not known."""
        if key not in self._views:
            section = self.sections.get(key)
            if section is None or section.text.partition("\n")[2].startswith(UNCHANGED):
                return None
            self._views[key] = View(self, key, section)
        return self._views[key]

    def parent_name(self, key: Key) -> str:
        """The name of the defaults section of a section; "" for none."""
        return self.configuration.parents.get(key, "")

    def parent(self, key: Key) -> View | None:
        """The defaults section of a section; None for none."""
        name = self.parent_name(key)
        return self.view(("defaults", name)) if name else None

    def views(self, *kinds: str) -> Iterator[View]:
        """The sections of some kinds."""
        for key in self.sections:
            if key[0] in kinds and (view := self.view(key)) is not None:
                yield view

    def server_side(self, name: str) -> View | None:
        """The backend or listen of a name."""
        return self.view(("backend", name)) or self.view(("listen", name))

    @cached_property
    def globals(self) -> View:
        """The global section; an empty one if there is none."""
        return self.view(("global", "")) or View(self, ("global", ""), Section("global", "global\n", 0))
