"""A plan from the lines that differ is the plan from all lines: see `hsync.plan.window`.

`HSYNC_PAIRS` is the number of pairs (default 25 for each kind), which are the same in each run.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given, note
from hypothesis import strategies as st

from hsync.dataplane import Snapshot
from hsync.errors import HsyncError
from hsync.model import Configuration, ResourceSection
from hsync.plan import window
from hsync.plan.compare import compare
from hsync.plan.plan import Plan, Target
from hsync.plan.text_diff import text_diff
from hsync.session import plan_on, read_desired
from hsync.session.shown import made_of
from tests.corpus import needs_corpus, read_text, transitions
from tests.property.edits import pairs
from tests.property.test_pairs import NEWEST, NEWEST_WITH_RAW, SETTINGS, names_are_free

__all__ = ["names_are_free"]

TARGETS = [
    Target("it", "file:/it", api, keeps_text=kept) for api, kept in product(("3.4", "3.2", "3.0"), (True, False))
]

PAIRS = [pair for _, one, other in transitions() for pair in ((one, other), (other, one))]


class Windows:
    """The windows of comparisons, by whether there was one; `on`: whether they are used."""

    def __init__(self) -> None:
        self.on = True
        self.found: Counter[bool] = Counter()

    def __call__(self, before: ResourceSection, after: ResourceSection) -> window.Window | None:
        found = window.window(before, after) if self.on else None
        self.found[bool(found)] += self.on
        return found


WINDOWS = Windows()


@pytest.fixture(autouse=True, scope="module")
def windows() -> Iterator[None]:
    """Compare with windows, unless a test says otherwise."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("hsync.plan.compare.window", WINDOWS)
        yield


def plan_or_error(current: str, desired: str, target: Target) -> Plan | str:
    try:
        return plan_on(Snapshot.of(f"\n{current}", 1), read_desired(desired, "it", kept=target.keeps_text), target)
    except HsyncError as error:
        return str(error)


def shown(plan: Plan, current: str, desired: str) -> Plan:
    return made_of(plan, Configuration.from_text(current), desired)


def same_with_and_without(current: str, desired: str) -> None:
    """Assert that windows change nothing, neither for a plan nor for what `apply` compares with it."""
    for target in TARGETS:
        both = []
        for WINDOWS.on in (True, False):
            made = plan_or_error(current, desired, target)
            both.append((made, shown(made, current, desired) if isinstance(made, Plan) else None))
        assert both[0] == both[1], target


@st.composite
def edited(draw: st.DrawFn, texts: st.SearchStrategy[str]) -> tuple[str, str]:
    """A text, and the same with some lines changed, moved, doubled, deleted or added, most of them close together."""
    before = draw(texts)
    lines = before.splitlines(keepends=True)
    first = draw(st.integers(0, len(lines)))
    for _ in range(draw(st.integers(1, 4))):
        at = min(len(lines), max(0, first + draw(st.integers(-2, 4))))
        line = "".join(lines[at : at + 1])
        how = draw(st.sampled_from(("other", "other", "gone", "twice", "swap", "moved", "added")))
        if how == "other":
            words = draw(
                st.sampled_from((("1", "2"), ("s", "t"), ("80", "81"), (" ", "  "), ("\n", " # it\n"), ("in", "")))
            )
            lines[at : at + 1] = [line.replace(*words)]
        elif how == "added":
            lines.insert(at, draw(st.sampled_from(ADDED)))
        elif how == "moved":
            lines.insert(draw(st.integers(0, len(lines))), "".join(lines[at : at + 1]))
            del lines[at : at + 1]
        else:
            lines[at : at + 2] = {"gone": lines[at + 1 : at + 2], "twice": [line, *lines[at : at + 2]]}.get(
                how, lines[at : at + 2][::-1]
            )
    return before, "".join(lines)


ADDED = (
    "  server s9 192.0.2.9:80\n",
    "  server s2 192.0.2.9:80 # again\n",
    "  server s2 192.0.2.9:80 weight ${W}\n",
    "  server . 192.0.2.9:80\n",
    "  server odd 192.0.2.9:80 no-such-word\n",
    "  server \xe9 192.0.2.9:80\n",
    "  bind 127.0.0.1:80 name s2\n",
    "  http-request deny\n",
    "  timeout server 5s\n",
    "# a comment\n",
    "###_config-snippet_### BEGIN\n",
    "\n",
)
"""Lines to add: named children, children of a list, lines that stay text, lines of the section's own object."""


@st.composite
def crowds(draw: st.DrawFn) -> str:
    """A text with sections of many named children, and a few lines of other kinds between them."""
    odd = st.sampled_from(ADDED)
    sections = []
    for kind, head in draw(st.permutations((("backend", "server s"), ("peers", "peer s"), ("frontend", "bind :8")))):
        children = [f"  {head}{number} 192.0.2.{number}:80 weight 1\n" for number in range(draw(st.integers(1, 12)))]
        children = [line.partition(" 192")[0] + "\n" if kind == "frontend" else line for line in children]
        for line in draw(st.lists(odd, max_size=3)):
            children.insert(draw(st.integers(0, len(children))), line)
        sections.append(f"{kind} it\n{''.join(children)}")
    return "".join(sections)


@SETTINGS
@given(edited(crowds()))
def test_of_crowded_sections(pair: tuple[str, str]) -> None:
    note("\n--- desired\n".join(pair))
    same_with_and_without(*pair)


@SETTINGS
@given(edited(pairs(NEWEST_WITH_RAW).map(lambda pair: pair[0])))
def test_of_edited_lines(pair: tuple[str, str]) -> None:
    note("\n--- desired\n".join(pair))
    same_with_and_without(*pair)


@SETTINGS
@given(pairs(NEWEST))
def test_of_pairs(pair: tuple[str, str]) -> None:
    note("\n--- desired\n".join(pair))
    same_with_and_without(*pair)


@needs_corpus
@pytest.mark.parametrize(("current", "desired"), PAIRS, ids=[f"{one.stem}-{other.stem}" for one, other in PAIRS])
def test_of_real_configurations(current: Path, desired: Path) -> None:
    same_with_and_without(read_text(current), read_text(desired))


def test_windows_are_common() -> None:
    WINDOWS.on = True
    servers = "".join(f"  server s{number} 192.0.2.{number}:80\n" for number in range(200))
    for old, new in (("s7 ", "s7  "), ("s7 192", "s7 198"), ("  server s9 192.0.2.9:80\n", ""), (":80\n", ":81\n")):
        before = Configuration.from_text(f"backend it\n{servers}")
        WINDOWS.found.clear()
        deltas = compare(before, Configuration.from_text(f"backend it\n{servers.replace(old, new)}"))
        assert WINDOWS.found[False] == 0
        assert "content" not in vars(before.resources(("backend", "it"))), deltas


@needs_corpus
def test_the_text_diff_of_real_configurations_is_that_of_all_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = [(Configuration.from_text(read_text(one)), read_text(other)) for one, other in PAIRS]
    diffs = [list(text_diff(old, new, Configuration.from_text(new))) for old, new in texts]
    monkeypatch.setattr("hsync.plan.text_diff.cut", lambda *_: (0, 0))
    assert diffs == [list(text_diff(old, new, Configuration.from_text(new))) for old, new in texts]
    assert any(diffs)
