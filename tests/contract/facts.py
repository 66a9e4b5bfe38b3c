"""Facts: a configuration as an unordered set of statements, so that a test can name each statement that is lost.

Independent of `plan.compare`: no alignment, no order, no shortcut for equal parts; all sections become API objects.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterator

from hsync.model import Configuration
from hsync.model.resources import said
from hsync.schema import Shape
from hsync.sections import by_kind

__all__ = ["facts", "lines"]

Fact = tuple[Hashable, ...]


def facts(text: str) -> Counter[Fact]:
    """All attributes, children and opaque lines of a text, each with its section."""
    configuration = Configuration.from_text(text)
    return Counter(fact for key in configuration.sections for fact in _of_section(configuration, key))


def _of_section(configuration: Configuration, key: tuple[str, str]) -> Iterator[Fact]:
    section = configuration.resources(key)
    if section.type is None or section.type.shape is not Shape.SINGLETON:
        yield (key, "section")
    yield (key, "from", configuration.parents.get(key, ""))
    for name, value in section.base.items():
        if name != "from":
            yield (key, name, said(value))
    for path, many in section.children.items():
        yield from ((key, path, said(one.body)) for one in many)
    yield from ((key, "line", one.meaning) for one in section.opaque)


def lines(text: str) -> Counter[tuple[str, str]]:
    """The number of lines with words by section. It needs no schema, so it also counts lines that the schema would ignore."""
    configuration = Configuration.from_text(text)
    counts = {key: len(section.directives) for key, section in configuration.sections.items()}
    return Counter({key: count for key, count in counts.items() if key[0] in by_kind() or count})
