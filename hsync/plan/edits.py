"""Edit scripts: the fewest steps from one ordered list to another.

`edit_script` keeps a longest common subsequence. Any other element that both lists have is a move. A deleted and a
created element in the same gap between kept elements are an update if they are alike.

>>> [str(edit.action) for edit in edit_script("abcd", "bcad", lambda n, m: False)]
['move']
>>> [str(edit.action) for edit in edit_script("abcd", "abXd", lambda n, m: True)]
['update']

Theory of operation: the common head and tail are removed first, so that the cost follows the size of the change. For
the middle, the algorithm of Hunt and Szymanski finds the longest increasing sequence of pairs of equal elements ("A
fast algorithm for computing longest common subsequences", CACM 1977): exact, and close to n log n if few elements are
equal.
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
    """One step. `before`: index in the current list; `after`: index in the desired list; None if it has none."""

    action: Action
    before: int | None
    after: int | None


def edit_script(
    before: Sequence[Hashable], after: Sequence[Hashable], alike: Callable[[int, int], bool]
) -> tuple[Edit, ...]:
    """The fewest steps from one ordered list to another.

    Args:
        before: current elements; equal elements have the same meaning.
        after: desired elements.
        alike: whether the change from the current element at an index to the desired element at an index is an update.

    Returns:
        Steps in the order of the desired list; a deletion is at the place of the deleted element.
    """
    kept = kept_pairs(before, after)
    gone = _without(range(len(before)), {n for n, _ in kept})
    come = _without(range(len(after)), {m for _, m in kept})
    moves = _moves(before, after, gone, come)
    gone = _without(gone, {n for n, _ in moves})
    come = _without(come, {m for _, m in moves})
    updates = _updates(kept, gone, come, alike)
    edits = [
        *(Edit(Action.MOVE, n, m) for n, m in moves),
        *(Edit(Action.UPDATE, n, m) for n, m in updates),
        *(Edit(Action.DELETE, n, None) for n in _without(gone, {n for n, _ in updates})),
        *(Edit(Action.CREATE, None, m) for m in _without(come, {m for _, m in updates})),
    ]
    return tuple(sorted(edits, key=lambda edit: _place(edit, kept)))


def named_script(
    before: Sequence[tuple[str, Hashable]], after: Sequence[tuple[str, Hashable]], *, ordered: bool
) -> tuple[Edit, ...]:
    """The steps between two lists of named elements (name, meaning).

    An element that both lists have is an update if its meaning differs. It is a move if its place among the common
    elements differs and `ordered` is set. It may be both.
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
        stay = {common[n] for n, _ in kept_pairs(common, wanted)}
        edits += [Edit(Action.MOVE, old[name], new[name]) for name in wanted if name not in stay]
    return tuple(sorted(edits, key=lambda edit: (*_place(edit, []), edit.action)))


def kept_pairs(before: Sequence[Hashable], after: Sequence[Hashable]) -> list[tuple[int, int]]:
    """Indexes of a longest common subsequence in both lists, as ordered pairs."""
    head, tail = common_ends(before, after)
    middle = _longest(before[head : len(before) - tail], after[head : len(after) - tail])
    return [
        *((index, index) for index in range(head)),
        *((head + n, head + m) for n, m in middle),
        *((len(before) - tail + index, len(after) - tail + index) for index in range(tail)),
    ]


def common_ends(before: Sequence[object], after: Sequence[object]) -> tuple[int, int]:
    """The number of equal elements at the start of two lists, and at the end of the rest."""
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
    for n, element in enumerate(before):
        for m in places.get(element, ()):
            length = bisect_left(ends, m)
            chain = (n, m, chains[length - 1] if length else None)
            if length == len(ends):
                ends.append(m)
                chains.append(chain)
            else:
                ends[length], chains[length] = m, chain
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
    for n in reversed(gone):
        waiting[before[n]].append(n)
    return [(waiting[after[m]].pop(), m) for m in come if waiting.get(after[m])]


def _updates(
    kept: Sequence[tuple[int, int]], gone: Sequence[int], come: Sequence[int], alike: Callable[[int, int], bool]
) -> list[tuple[int, int]]:
    """Pairs of a deleted and a created element that are alike and in the same gap between kept elements, in order."""
    gap_of_gone = {n: sum(keep < n for keep, _ in kept) for n in gone} if gone and come else {}
    pairs: list[tuple[int, int]] = []
    used: set[int] = set()
    for m in come if gone else ():
        gap = bisect_left([keep for _, keep in kept], m)
        match = next((n for n in gone if n not in used and gap_of_gone[n] == gap and alike(n, m)), None)
        if match is not None:
            used.add(match)
            pairs.append((match, m))
    return pairs


def _place(edit: Edit, kept: Sequence[tuple[int, int]]) -> tuple[int, int, int]:
    """Sort key: index in the desired list; a deletion comes after the last kept element before it."""
    if edit.after is not None:
        return (edit.after, 1, 0)
    before = edit.before or 0
    place = max((m + 1 for n, m in kept if n < before), default=0 if kept else before)
    return (place, 0, before)
