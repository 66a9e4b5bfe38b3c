"""A layout is exactly the difference between two texts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hsync.plan.layout import laid_out, layout
from hsync.plan.plan import Hunk

TEXTS = st.lists(st.sampled_from(["a\n", "b\n", "\n", "# c\n", "d\r\n", "e\x0bf\n", "g\x85h\n", "last"])).map("".join)


@pytest.mark.parametrize(
    ("text", "desired", "hunks"),
    [
        ("a\nb\n", "a\nb\n", ()),
        ("", "a\n", (Hunk(1, 0, ("a\n",)),)),
        ("a\n", "", (Hunk(1, 1, ()),)),
        ("a\nb\nc\n", "a\nx\nc\n", (Hunk(2, 1, ("x\n",)),)),
        ("a\nb\n", "# top\na\nb\n# end\n", (Hunk(1, 0, ("# top\n",)), Hunk(3, 0, ("# end\n",)))),
        ("a", "a\n", (Hunk(1, 1, ("a\n",)),)),
        ("a\x0bb\n", "a\x0bc\n", (Hunk(1, 1, ("a\x0bc\n",)),)),
    ],
)
def test_lines_that_differ(text: str, desired: str, hunks: tuple[Hunk, ...]) -> None:
    assert layout(text, desired) == hunks
    assert laid_out(text, hunks) == desired


@given(TEXTS, TEXTS)
def test_laid_out_is_the_inverse(text: str, desired: str) -> None:
    assert laid_out(text, layout(text, desired)) == desired


@pytest.mark.parametrize(
    "hunks",
    [
        (Hunk(4, 0, ("x\n",)),),
        (Hunk(2, 2, ()),),
        (Hunk(2, 1, ()), Hunk(1, 1, ())),
        (Hunk(0, 1, ()),),
    ],
)
def test_a_hunk_that_does_not_fit_is_refused(hunks: tuple[Hunk, ...]) -> None:
    with pytest.raises(ValueError, match="no such lines"):
        laid_out("a\nb\n", hunks)


def test_many_equal_lines_cost_little() -> None:
    text = "".join(f"line {n}\n\n" for n in range(20_000))
    desired = f"# head\n{text.replace('line 7', 'line  7')}# end\n"
    assert laid_out(text, layout(text, desired)) == desired
