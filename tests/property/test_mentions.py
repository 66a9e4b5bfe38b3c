"""The names in random lines: `named_in` finds the values of all fields that refer to a section."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import cache

from hypothesis import given, settings

from hsync.model.mentions import named_in
from hsync.schema import Field, Fields, values_at
from hsync.sections import by_kind, by_path
from hsync.syntax import Section
from tests.property.strategies import Line
from tests.property.test_rows import SETTINGS, bound, chunks, each, kind_of, section

IGNORED = {("ring", "resolvers"), ("peers", "resolvers")}
"""Fields that HAProxy 2.8 does not look up: it ignores the word for peers, and reads only addresses in a ring."""


@cache
def referring(kind: str, path: str) -> tuple[Field, ...]:
    """The fields of a section kind, or of a collection of it, that refer to a section."""
    owner = by_kind()[kind]
    fields = owner.child_by_path[path].fields() if path else owner.fields()
    return tuple(field for field in fields if field.refers and field.path != "from")


def referred(text: str) -> Iterator[tuple[str, str]]:
    """The fields of a section's lines that refer to a section, and their values."""
    read = bound(text)
    assert read.type is not None
    bodies: list[tuple[str, Fields]] = [("", read.base)]
    bodies += [(path, one.body) for path, many in read.children.items() for one in many]
    for path, body in bodies:
        for field in referring(read.type.kind, path):
            kind = by_path()[field.refers].kind
            names = [one for one in values_at(body, field.path) if isinstance(one, str)]
            yield from ((kind, name) for name in names if (read.kind, kind) not in IGNORED)


def found(text: str) -> set[str]:
    kind = text.split(maxsplit=1)[0]
    return {one.name for one in named_in(Section(kind, text, 1))}


def test_what_a_row_refers_to_is_found_in_its_words() -> None:
    count: Counter[str] = Counter()

    def judge(lines: tuple[Line, ...]) -> None:
        @settings(SETTINGS, max_examples=8)  # optional words come in some of them
        @given(each(lines))
        def hold(texts: tuple[str, ...]) -> None:
            for line in texts:
                text = section(kind_of(lines), 1, line)
                for kind, name in referred(text):
                    count[kind] += 1
                    assert name in found(text), line

        hold()

    for lines in chunks("3.4", odd=False):
        judge(lines)
    fields = {one.refers for kind in by_kind().values() for one in kind.fields()}
    fields |= {one.refers for kind in by_kind().values() for child in kind.children for one in child.fields()}
    assert count.keys() >= {by_path()[path].kind for path in fields - {"", "defaults"}}
