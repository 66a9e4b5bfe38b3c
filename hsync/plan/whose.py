r"""whose: tells the changes of the desired text from those that undo what somebody else has changed on the target.

Three sides: the text that hsync's last apply has *left*, the *current* one, the *desired* one. A change from current to
desired is what the other two comparisons make of it:

    left → current differs there    it undoes what somebody else has changed
    left → desired differs there    it is what you have changed
    both                            both have changed the same thing, to different values

"There" is the object, for an update its attributes, for a move the order of two objects.

>>> from hsync.plan.changes import changes_for
>>> from hsync.plan.compare import compare
>>> def labels(left, current, desired):
...     before, after = Configuration.from_text(current), Configuration.from_text(desired)
...     deltas = compare(before, after)
...     made = labelled(changes_for(deltas, str), deltas, Left("", left), before, after)
...     return [f"{one.address}: {one.whose}" for one in made]
>>> web = "backend web\n  server a 192.0.2.1:80 weight {}\n"
>>> labels(web.format(1), web.format(2), web.format(1)), labels(web.format(1), web.format(1), web.format(2))
(['backends/web/servers/a: undoes'], ['backends/web/servers/a: yours'])
>>> labels(web.format(1), web.format(2), web.format(3))
['backends/web/servers/a: both']

Rule 1: a kept text has references in the place of secrets. The three sides are compared with the secrets if the digest
of what was left proves which these were: those of the target now, or those of the desired text. Else with masks; then a
change of a secret alone may undo what somebody else has changed.
Rule 2: where the comparisons of lists leave a choice (equal lines), the number of equal lines decides.
"""

from __future__ import annotations

import re
from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace

from hsync.errors import HsyncError
from hsync.model import LINES, Address, Configuration, Opaque, Resource
from hsync.plan.compare import Collection, Delta
from hsync.plan.edits import Edit
from hsync.plan.masked import BEFORE, MARKER, masked_text
from hsync.plan.pairing import items
from hsync.plan.plan import Action, Change, Whose
from hsync.plan.secrets import reveal_text
from hsync.plan.sides import Sides
from hsync.plan.snapshot import digest
from hsync.secrecy import MASK
from hsync.syntax import BLOCK, emit

__all__ = ["Left", "labelled"]


@dataclass(frozen=True, slots=True)
class Left:
    """What hsync's last apply has left on a target.

    Args:
        digest: of the kept text, `sha256:...`.
        text: the kept text, with references in the place of secrets.
        same: whether the target still has it.
        sha256: digest of the text with its secrets; "" if unknown.
        places: lines with masked secrets: where hsync has put some.
        named: secrets by reference, as the desired text has them.
        masked: whether the other sides have masks in the place of secrets.
    """

    digest: str
    text: str
    same: bool = False
    sha256: str = ""
    places: tuple[str, ...] = ()
    named: Mapping[str, str] = field(default_factory=dict, repr=False)
    masked: bool = False

    def plain(self, now: str) -> str | None:
        """The text with its secrets; None if they are unknown.

        Args:
            now: the current text.
        """
        if self.masked or not MARKER.search(self.text):
            return None if self.masked else self.text
        return next((one for one in self._candidates(now) if digest(one) == self.sha256), None)

    def _candidates(self, now: str) -> Iterator[str]:
        yield _with_values_of(now, self.text)
        with suppress(HsyncError, KeyError):
            yield reveal_text(self.text, self.named.__getitem__)


def labelled(
    changes: Iterable[Change],
    deltas: Sequence[Delta],
    left: Left | None,
    current: Configuration,
    desired: Configuration,
) -> tuple[Change, ...]:
    """Changes with whose they are.

    Args:
        changes: the result of `changes_for` for the deltas.
        deltas: the differences between the current and the desired text.
        left: what the last apply has left; None if it is unknown, which leaves the changes as they are.
        current: the current text.
        desired: the desired text.

    Returns:
        The changes. If the sides have masks, a change of a secret alone stays as it is.
    """
    if left is None:
        return tuple(changes)
    if left.same:
        return tuple(replace(change, whose=Whose.YOURS) for change in changes)
    judge = _Judge(left, current, desired, deltas)
    return tuple(replace(change, whose=judge.whose(change)) for change in changes)


class _Judge:
    """Compares the three sides of the sections that change.

    Args:
        left: the first side.
        current: the second.
        desired: the third.
        deltas: the differences between the latter two.
    """

    def __init__(self, left: Left, current: Configuration, desired: Configuration, deltas: Sequence[Delta]) -> None:
        self._deltas = {delta.address: delta for delta in deltas}
        self._unknown = None if left.masked else Whose.BOTH
        keys, plain = frozenset(delta.key for delta in deltas), left.plain(emit(current.document))
        sides = (Configuration.from_text(left.text if plain is None else plain), current, desired)
        self._sides = tuple(_part(one, keys, masked=plain is None) for one in sides)
        self._edits: dict[tuple[Action, Address], deque[Edit]] = defaultdict(deque)
        for delta in deltas:
            for path, edit in _edits_of(delta):
                self._edits[edit.action, _address(delta, path, edit)].append(edit)

    def whose(self, change: Change) -> Whose | None:
        """Whose a change is; each change is asked for once, in their order."""
        delta = self._deltas[change.address.section]
        sides = Sides.of(delta, *self._sides)
        if not sides.fit:
            verdict = sides.as_texts()
        elif not change.address.child:
            verdict = sides.own(change)
        else:
            verdict = sides.child(change.address.child, self._edits[change.action, change.address].popleft())
        return _WHOSE.get(verdict, self._unknown)


_WHOSE = {(True, False): Whose.UNDOES, (True, True): Whose.BOTH, (False, True): Whose.YOURS}


def _with_values_of(now: str, text: str) -> str:
    """A kept text in which each secret is what a text has at its place."""
    lines, made = now.split("\n"), []
    for line in text.split("\n"):
        parts = MARKER.split(line)
        place = re.compile("(?:.+?)".join(map(re.escape, parts)))
        made.append(next(filter(place.fullmatch, lines), line) if len(parts) > 1 else line)
    return "\n".join(made)


def _part(configuration: Configuration, keys: frozenset[tuple[str, str]], *, masked: bool) -> Configuration:
    """The sections with keys, and those on whose places they depend."""
    names = {
        (kind, section.name) for kind, section in ((key[0], configuration.sections.get(key)) for key in keys) if section
    }
    found = (
        section
        for key, section in configuration.keyed
        if key in keys or section.kind in {"defaults", BLOCK} or (section.kind, section.name) in names
    )
    text = "".join(section.text for section in found)
    return Configuration.from_text(masked_text(text.replace(BEFORE, MASK)) if masked else text)


def _edits_of(delta: Delta) -> Iterator[tuple[str, Edit]]:
    """The steps of a delta, each with its collection, as `changes_for` makes changes of them."""
    if delta.before is not None and delta.after is not None:
        yield from ((one.child, _in_section(delta, one, edit)) for one in delta.collections for edit in one.edits)
        yield from ((LINES, edit) for edit in delta.opaque)
        return
    created = delta.after is not None
    for path in (*delta.either.children, LINES):
        for n, _ in enumerate(items(delta.either, path)):
            yield path, Edit(Action.CREATE, None, n) if created else Edit(Action.DELETE, n, None)


def _in_section(delta: Delta, collection: Collection, edit: Edit) -> Edit:
    """A step with the indexes of the whole collection: a delta may have only the children that differ."""
    before = _in_all(items(delta.before, collection.child), collection.before, edit.before)
    return Edit(edit.action, before, _in_all(items(delta.after, collection.child), collection.after, edit.after))


def _in_all(every: Sequence[Resource | Opaque], some: Sequence[Resource], index: int | None) -> int | None:
    if index is None or len(every) == len(some):
        return index
    return next(n for n, one in enumerate(every) if isinstance(one, Resource) and one.key == some[index].key)


def _address(delta: Delta, path: str, edit: Edit) -> Address:
    """The address of the change of a step."""
    section, index = (delta.before, edit.before) if edit.after is None else (delta.after, edit.after)
    key = "" if path == LINES or section is None else section.children[path][index or 0].key
    return delta.address.of(path, key) if key else delta.address.of(path, index=index or 0)
