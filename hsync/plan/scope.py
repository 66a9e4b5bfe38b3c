"""scope: what of the target a plan may touch, and what it may not do.

Rule 1: what is left alone is taken into the desired text as the target has it, at its place there, so that
comparison, operations and proof need no exception: they see two whole configurations.
Rule 2: limits are checked on the finished plan, after it was shown: a refused plan can still be read.

Patterns are `kind/name` with the wildcards of a shell, `backend/payments*`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from fnmatch import fnmatchcase

from hsync.model import Configuration
from hsync.plan.plan import Action, Plan
from hsync.syntax import FILE_MARK, Document, Section
from hsync.syntax.document import SNIPPET_END

__all__ = ["Scope", "idle", "scoped", "violations"]

Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Scope:
    """What a plan may touch.

    Args:
        prune: whether sections that the desired text does not have are deleted. If not, only owned ones are.
        owned: sections that hsync created, (kind, name).
        ignore: patterns of sections that are neither compared nor touched.
        protect: patterns of sections that are never deleted.
        max_delete: how many resources a plan may delete; None for any number.
    """

    prune: bool = True
    owned: frozenset[Key] = frozenset()
    ignore: tuple[str, ...] = ()
    protect: tuple[str, ...] = ()
    max_delete: int | None = None

    def leaves_alone(self, key: Key, *, desired: bool) -> bool:
        """Whether a section of the target stays as it is; `desired`: whether the desired text has it too."""
        return _matches(key, self.ignore) or not (desired or self.prune or key in self.owned)


def _matches(key: Key, patterns: tuple[str, ...]) -> bool:
    name = "/".join(part for part in key if part)
    return any(fnmatchcase(name, pattern) for pattern in patterns)


def scoped(current: Configuration, desired: Configuration, scope: Scope) -> tuple[Configuration, tuple[Key, ...]]:
    """The desired configuration with what is left alone as the target has it, and the keys of that.

    Args:
        current: what the target runs.
        desired: what it should run.
        scope: what a plan may touch.
    """
    alone = [key for key in current.sections if scope.leaves_alone(key, desired=key in desired.sections)]
    unwanted = {key for key in desired.sections if _matches(key, scope.ignore)}
    if not alone and not unwanted:
        return desired, ()
    pieces = [one for one in _pieces(desired) if one.key not in unwanted and one.key not in alone]
    taken = _pieces(current)
    for at, piece in enumerate(taken):
        if piece.key in alone:
            pieces.insert(_place(at, taken, pieces), piece)
    return Configuration(Document(desired.document.source, tuple(_joined(pieces)))), tuple(alone)


@dataclass(frozen=True, slots=True)
class _Piece:
    """What can be moved: a section, or what stands in front of the first one of a file.

    Args:
        key: of the section; ("", file) for the head of a file, whose name is "" for a text that is one file.
        file: that it stands in.
        above: the comments right above the section's header.
        text: the rest, up to the comments above the next section.
        line: of the header.
    """

    key: Key
    file: str
    above: str
    text: str
    line: int


def _pieces(configuration: Configuration) -> list[_Piece]:
    """The sections with the comments that speak of them, behind the head of their file."""
    keys = iter([key for key, _ in configuration.keyed])
    names = dict(configuration.document.files)
    pieces: list[_Piece] = []
    file, above = "", ""
    for section in configuration.document.sections:
        if not section.kind and section.line in names:
            pieces[-1:] = [replace(one, text=one.text + above) for one in pieces[-1:]]
            file, above = names[section.line], ""
        keep = 1 if section.kind or file else 0
        text, below = _without_end_comments(_ended(section.text), keep)
        key = next(keys) if section.kind else ("", file)
        pieces.append(_Piece(key, file, above, text, section.line))
        above = below
    pieces[-1:] = [replace(one, text=one.text + above) for one in pieces[-1:]]
    return pieces


def _ended(text: str) -> str:
    return text if text.endswith("\n") else f"{text}\n"


def _without_end_comments(text: str, keep: int) -> tuple[str, str]:
    """A text, and the comments at column 0 that stand at its very end: they speak of what follows.

    Args:
        text: of a section, or what stands in front of the first one.
        keep: how many lines at its head are no such comments, the header for one.
    """
    lines = text.splitlines(keepends=True)
    end = len(lines)
    while end > keep and lines[end - 1].startswith("#") and not lines[end - 1].startswith(SNIPPET_END):
        end -= 1
    return "".join(lines[:end]), "".join(lines[end:])


def _place(at: int, taken: Sequence[_Piece], pieces: Sequence[_Piece]) -> int:
    """Where a section of the target goes, in its own file: behind the nearest one above it that is there, else in
    front of the nearest one below it.
    """
    piece = taken[at]
    places = {one.key: place for place, one in enumerate(pieces) if one.file == piece.file}
    above = (places[one.key] + 1 for one in reversed(taken[:at]) if one.key in places)
    below = (places[one.key] for one in taken[at + 1 :] if one.key in places)
    return next(above, next(below, _end_of(piece.file, pieces)))


def _end_of(file: str, pieces: Sequence[_Piece]) -> int:
    """Behind all that HAProxy reads before and in a file."""
    name = file.encode("utf-8", "surrogateescape")
    return sum(one.file.encode("utf-8", "surrogateescape") <= name for one in pieces)


def _joined(pieces: Sequence[_Piece]) -> Iterator[Section]:
    """The sections of a text in which each piece brings its comments: these belong to the section above it."""
    file = ""
    for piece, below in zip(pieces, [*pieces[1:], None], strict=True):
        if piece.file != file and piece.key[0]:  # a file that only sections of the target stand in
            yield Section("", f"{FILE_MARK}{piece.file}\n{piece.above}", piece.line)
        elif piece is pieces[0] and piece.above:
            yield Section("", piece.above, 1)
        file = piece.file
        after = below.above if below is not None and below.file == file else ""
        yield Section(piece.key[0], piece.text + after, piece.line)


def idle(scope: Scope, *sides: Configuration) -> Iterator[str]:
    """Which patterns match no section of either side, one sentence each.

    Args:
        scope: with the patterns.
        sides: what the target runs, and what it should run.
    """
    keys = {key for side in sides for key in side.sections}
    names = sorted({"/".join(part for part in key if part) for key in keys})
    for setting, patterns in (("protect", scope.protect), ("ignore", scope.ignore)):
        for pattern in patterns:
            if not any(fnmatchcase(name, pattern) for name in names):
                near = get_close_matches(pattern.rstrip("*"), names, n=1)
                meant = f"; did you mean {near[0]!r}?" if near else ""
                yield f"{setting} {pattern!r} of hsync.toml matches no section, here or there{meant}"


def violations(plan: Plan, scope: Scope) -> tuple[str, ...]:
    """Why a plan is refused, one sentence each; empty when it is not."""
    deleted = [change.address for change in plan.changes if change.action is Action.DELETE]
    sections = [address.section_key for address in deleted if not address.child]
    protected = [key for key in sections if _matches(key, scope.protect)]
    found = [f"deletes {kind} {name}, which is protected" for kind, name in protected]
    if scope.max_delete is not None and len(deleted) > scope.max_delete:
        found.append(
            f"deletes {len(deleted)} resource{'s' * (len(deleted) != 1)}, max_delete allows {scope.max_delete}"
        )
    return tuple(found)
