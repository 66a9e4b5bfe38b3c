"""Edit scripts are minimal, and replaying one gives the desired list."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hsync.plan.edits import Edit, common_ends, edit_script, kept_pairs, named_script
from hsync.plan.plan import Action

CREATE, DELETE, MOVE, UPDATE = Action.CREATE, Action.DELETE, Action.MOVE, Action.UPDATE


def script(before: Sequence[str], after: Sequence[str]) -> tuple[Edit, ...]:
    """An edit script in which elements with the same first letter are alike."""
    return edit_script(before, after, lambda one, other: before[one][0] == after[other][0])


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("", "", []),
        ("abc", "abc", []),
        ("ac", "abc", [(CREATE, None, 1)]),
        ("abc", "ac", [(DELETE, 1, None)]),
        ("abc", "bca", [(MOVE, 0, 2)]),
        ("abc", "cab", [(MOVE, 2, 0)]),
        ("abcd", "badc", [(MOVE, 0, 1), (MOVE, 2, 3)]),
        ("aa", "a", [(DELETE, 1, None)]),
        ("a", "aa", [(CREATE, None, 1)]),
        (
            "abc",
            "xyz",
            [
                (DELETE, 0, None),
                (CREATE, None, 0),
                (DELETE, 1, None),
                (CREATE, None, 1),
                (DELETE, 2, None),
                (CREATE, None, 2),
            ],
        ),
    ],
)
def test_the_steps_are_what_a_reviewer_would_say(
    before: str, after: str, expected: list[tuple[Action, int, int]]
) -> None:
    assert [(edit.action, edit.before, edit.after) for edit in script(before, after)] == expected


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("", "", (0, 0)),
        ("abc", "abc", (3, 0)),
        ("abxc", "abyc", (2, 1)),
        ("xab", "yab", (0, 2)),
        ("aa", "a", (1, 0)),
        ("a", "baa", (0, 1)),
        ("abc", "xyz", (0, 0)),
    ],
)
def test_what_two_lists_begin_and_end_with_is_counted_once(before: str, after: str, expected: tuple[int, int]) -> None:
    assert common_ends(before, after) == expected


def test_alike_elements_of_one_gap_are_an_update() -> None:
    assert [(e.action, e.before, e.after) for e in script(["k", "x1", "l"], ["k", "x2", "l"])] == [(UPDATE, 1, 1)]
    assert [(e.action, e.before, e.after) for e in script(["x1", "l"], ["l", "x2"])] == [
        (DELETE, 0, None),
        (CREATE, None, 1),
    ]


def longest(before: Sequence[str], after: Sequence[str]) -> int:
    """The length of the longest common subsequence, by the textbook algorithm."""
    row = [0] * (len(after) + 1)
    for one in before:
        last = 0
        for index, other in enumerate(after):
            last, row[index + 1] = row[index + 1], last + 1 if one == other else max(row[index + 1], row[index])
    return row[-1]


lists = st.lists(st.sampled_from("abcdef"), max_size=12)


@given(lists, lists)
def test_as_much_as_possible_is_kept(before: list[str], after: list[str]) -> None:
    pairs = kept_pairs(before, after)
    assert pairs == sorted(pairs)
    assert all(before[one] == after[other] for one, other in pairs)
    assert len({one for one, _ in pairs}) == len({other for _, other in pairs}) == len(pairs)
    assert len(pairs) == longest(before, after)


@given(lists, lists)
def test_replaying_the_steps_gives_the_desired_list(before: list[str], after: list[str]) -> None:
    edits = script(before, after)
    gone = {edit.before for edit in edits if edit.before is not None}
    come = {edit.after: edit for edit in edits if edit.after is not None}
    stay = iter([element for index, element in enumerate(before) if index not in gone])
    result = [after[index] if index in come else next(stay) for index in range(len(after))]
    assert result == after
    assert next(stay, None) is None
    assert all(
        before[e.before] == after[e.after]
        for e in edits
        if e.action is MOVE and e.before is not None and e.after is not None
    )


def test_an_insert_into_a_long_list_is_one_step() -> None:
    rules = [f"rule {n}" for n in range(2000)]
    assert [(e.action, e.before, e.after) for e in script(rules, [*rules[:700], "new", *rules[700:]])] == [
        (CREATE, None, 700)
    ]


@pytest.mark.parametrize(
    ("before", "after", "ordered", "expected"),
    [
        ("a1 b1", "a1 b1", True, []),
        ("a1 b1", "a1 b2", True, [(UPDATE, 1, 1)]),
        ("a1 b1", "b1 a1", True, [(MOVE, 0, 1)]),
        ("a1 b1", "b1 a1", False, []),
        ("a1 b1 c1", "c1 a1 b2", True, [(MOVE, 2, 0), (UPDATE, 1, 2)]),
        ("a1 b1", "b1 c1", True, [(DELETE, 0, None), (CREATE, None, 1)]),
    ],
)
def test_named_elements_are_matched_by_name(
    before: str, after: str, ordered: bool, expected: list[tuple[Action, int, int]]
) -> None:
    edits = named_script([(w[0], w) for w in before.split()], [(w[0], w) for w in after.split()], ordered=ordered)
    assert [(edit.action, edit.before, edit.after) for edit in edits] == expected
