"""The place of config-snippet blocks: the facts in the section files are compared with the server's library."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from hsync.model import Configuration
from hsync.plan.losses import losses
from hsync.sections import by_kind, parse
from hsync.syntax.document import SNIPPET_BEGIN, SNIPPET_END, SNIPPET_KINDS
from tests.cases.reader import cases
from tests.oracle.engine import API, Engine, engine

__all__ = ["engine"]


def lines() -> Iterator[tuple[str, str, str]]:
    """A line of each collection of the kinds that may have a block, from the case files."""
    found: dict[tuple[str, str], str] = {}
    for case in cases("line"):
        line = case.parts["line"]
        if case.kind in SNIPPET_KINDS and ";;" not in line:
            (path,) = Configuration.from_text(f"{case.kind} it\n  {line}\n").resources(key_of(case.kind)).children or (
                "",
            )
            found.setdefault((case.kind, path), line)
    yield from ((kind, path, line) for (kind, path), line in found.items() if path)


def key_of(kind: str) -> tuple[str, str]:
    return (kind, "" if kind == "global" else "it")


LINES = tuple(lines())


@pytest.mark.parametrize(("kind", "path", "line"), LINES)
def test_a_block_is_refused_unless_it_stands_where_the_server_writes_it(
    engine: Engine, kind: str, path: str, line: str
) -> None:
    block = [SNIPPET_BEGIN, f"{line.split(maxsplit=1)[0]} odd-thing", SNIPPET_END]
    for text in ("\n  ".join([kind + " it", *block, line, ""]), "\n  ".join([kind + " it", line, *block, ""])):
        written = parse(engine.rewrite(text))
        section = next(one for one in written.sections if one.kind == kind)
        moved = [one.words[1] for one in section.directives] != [
            one.words[1] for one in parse(text).sections[0].directives
        ]
        told = [fault.what for fault in losses(Configuration.from_text(text), API)]
        assert bool(told) == moved, (path, told)


def test_all_kinds_that_hold_a_block_and_have_objects_are_shown() -> None:
    shown = {kind for kind, _, _ in LINES}
    assert shown == {kind for kind in SNIPPET_KINDS if kind in by_kind() and by_kind()[kind].children}
