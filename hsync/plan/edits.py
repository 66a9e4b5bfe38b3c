"""Edit scripts: how one ordered list becomes another with the fewest steps.

`edit_script` keeps a longest common subsequence; what is on both sides but not in it has moved; what stands in the
same gap and is alike was updated; the rest was created or deleted.

Theory of operation: common head and tail are cut off first, so that the cost follows the change. The middle is
solved by Hunt and Szymanski: the longest increasing run over the pairs of equal elements ("A fast algorithm for
computing longest common subsequences", CACM 1977): exact, and near n log n when few elements are equal.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass

from hsync.plan.plan import Action

__all__ = ["Edit", "common_ends", "edit_script", "kept_pairs", "named_script"]


@dataclass(frozen=True, slots=True)
class Edit:
    """One step. `before`: position in the current list; `after`: in the desired list; None where it is absent."""

    action: Action
    before: int | None
    after: int | None


def edit_script(
    before: Sequence[Hashable], after: Sequence[Hashable], alike: Callable[[int, int], bool]
) -> tuple[Edit, ...]:
    """The fewest steps from one ordered list to another.

    Args:
        before: current elements; equal elements mean the same.
        after: desired elements.
        alike: whether the current element at one position may be shown as updated to the desired one at another.

    Returns:
        Steps in the order of the desired list; deletions stand where the element stood.
    """
    kept = kept_pairs(before, after)
    gone = _without(range(len(before)), {one for one, _ in kept})
    come = _without(range(len(after)), {other for _, other in kept})
    moves = _moves(before, after, gone, come)
    gone = _without(gone, {one for one, _ in moves})
    come = _without(come, {other for _, other in moves})
    updates = _updates(kept, gone, come, alike)
    edits = [
        *(Edit(Action.MOVE, one, other) for one, other in moves),
        *(Edit(Action.UPDATE, one, other) for one, other in updates),
        *(Edit(Action.DELETE, one, None) for one in _without(gone, {one for one, _ in updates})),
        *(Edit(Action.CREATE, None, other) for other in _without(come, {other for _, other in updates})),
    ]
    return tuple(sorted(edits, key=lambda edit: _place(edit, kept)))


def named_script(
    before: Sequence[tuple[str, Hashable]], after: Sequence[tuple[str, Hashable]], *, ordered: bool
) -> tuple[Edit, ...]:
    """The steps between two lists of named elements (name, meaning).

    An element of the same name is updated when its meaning differs, and moved when its place among the others does
    and `ordered` says that places matter; both can be true of one element.
    """
    old = {name: index for index, (name, _) in enumerate(before)}
    new = {name: index for index, (name, _) in enumerate(after)}
    edits = [Edit(Action.DELETE, index, None) for name, index in old.items() if name not in new]
    edits += [Edit(Action.CREATE, None, index) for name, index in new.items() if name not in old]
    common = [name for name in old if name in new]
    edits += [
        Edit(Action.UPDATE, old[name], new[name]) for name in common if before[old[name]][1] != after[new[name]][1]
    ]
    if ordered:
        wanted = [name for name in new if name in old]
        stay = {common[one] for one, _ in kept_pairs(common, wanted)}
        edits += [Edit(Action.MOVE, old[name], new[name]) for name in wanted if name not in stay]
    return tuple(sorted(edits, key=lambda edit: (*_place(edit, []), edit.action)))


def kept_pairs(before: Sequence[Hashable], after: Sequence[Hashable]) -> list[tuple[int, int]]:
    """Positions of a longest common subsequence, as pairs in order."""
    head, tail = common_ends(before, after)
    middle = _longest(before[head : len(before) - tail], after[head : len(after) - tail])
    return [
        *((index, index) for index in range(head)),
        *((head + one, head + other) for one, other in middle),
        *((len(before) - tail + index, len(after) - tail + index) for index in range(tail)),
    ]


def common_ends(before: Sequence[object], after: Sequence[object]) -> tuple[int, int]:
    """How many elements two lists have in common at their head, and of the others at their tail."""
    shorter = min(len(before), len(after))
    head = 0
    while head < shorter and before[head] == after[head]:
        head += 1
    tail = 0
    while tail < shorter - head and before[-1 - tail] == after[-1 - tail]:
        tail += 1
    return head, tail


def _longest(before: Sequence[Hashable], after: Sequence[Hashable]) -> list[tuple[int, int]]:
    places: dict[Hashable, list[int]] = defaultdict(list)
    for index in range(len(after) - 1, -1, -1):
        places[after[index]].append(index)
    ends: list[int] = []
    chains: list[_Chain] = []
    for one, element in enumerate(before):
        for other in places.get(element, ()):
            length = bisect_left(ends, other)
            chain = (one, other, chains[length - 1] if length else None)
            if length == len(ends):
                ends.append(other)
                chains.append(chain)
            else:
                ends[length], chains[length] = other, chain
    pairs: list[tuple[int, int]] = []
    last: _Chain | None = chains[-1] if chains else None
    while last is not None:
        pairs.append(last[:2])
        last = last[2]
    return pairs[::-1]


_Chain = tuple[int, int, "_Chain | None"]


def _without(indexes: Sequence[int], taken: set[int]) -> list[int]:
    return [index for index in indexes if index not in taken]


def _moves(
    before: Sequence[Hashable], after: Sequence[Hashable], gone: Sequence[int], come: Sequence[int]
) -> list[tuple[int, int]]:
    waiting: dict[Hashable, list[int]] = defaultdict(list)
    for one in reversed(gone):
        waiting[before[one]].append(one)
    return [(waiting[after[other]].pop(), other) for other in come if waiting.get(after[other])]


def _updates(
    kept: Sequence[tuple[int, int]], gone: Sequence[int], come: Sequence[int], alike: Callable[[int, int], bool]
) -> list[tuple[int, int]]:
    """Pairs of a deleted and a created element in the same gap between kept ones, each used once, in order."""
    gap_of_gone = {one: sum(keep < one for keep, _ in kept) for one in gone} if gone and come else {}
    pairs: list[tuple[int, int]] = []
    used: set[int] = set()
    for other in come if gone else ():
        gap = bisect_left([keep for _, keep in kept], other)
        match = next((one for one in gone if one not in used and gap_of_gone[one] == gap and alike(one, other)), None)
        if match is not None:
            used.add(match)
            pairs.append((match, other))
    return pairs


def _place(edit: Edit, kept: Sequence[tuple[int, int]]) -> tuple[int, int, int]:
    """Sort key: place in the desired list; a deletion stands behind what was kept before it."""
    if edit.after is not None:
        return (edit.after, 1, 0)
    before = edit.before or 0
    place = max((other + 1 for one, other in kept if one < before), default=0 if kept else before)
    return (place, 0, before)
