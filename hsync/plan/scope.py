"""scope: the sections that a plan may change, and the limits of its changes.

Sections of the target outside of the scope are unmanaged: a plan neither changes nor deletes them.

Rule 1: unmanaged sections are copied from the target into the desired text, to the same place. So comparison,
operations and proof need no exceptions: they work on two whole configurations.
Rule 2: limits are checked on the finished plan, after it was shown, so that a refused plan can still be read.

Patterns are `kind/name` with shell wildcards: `backend/payments*`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from fnmatch import fnmatchcase

from hsync.model import Configuration
from hsync.plan.limit import FIRST, NO_LIMIT, Limit
from hsync.plan.plan import Action, Change, Plan
from hsync.plan.risk import BRAKE, Accept, Level, Risk
from hsync.syntax import FILE_MARK, Document, Section
from hsync.syntax.document import SNIPPET_END

__all__ = ["Scope", "brakes", "idle", "scoped", "violations"]

Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Scope:
    """The sections that a plan may change.

    Args:
        prune: whether to delete all sections that the desired text does not have; if not, only owned sections.
        owned: (kind, name) of the sections that hsync created.
        ignore: patterns of sections that are neither compared nor changed.
        protect: patterns of sections that must not be deleted.
        max_delete: how much a plan may delete.
        accept: the risks that the project accepts.
    """

    prune: bool = True
    owned: frozenset[Key] = frozenset()
    ignore: tuple[str, ...] = ()
    protect: tuple[str, ...] = ()
    max_delete: Limit = NO_LIMIT
    accept: tuple[Accept, ...] = ()

    def is_unmanaged(self, key: Key, *, desired: bool) -> bool:
        """Whether a section of the target is unmanaged; `desired`: whether the desired text has the section, too."""
        return _matches(key, self.ignore) or not (desired or self.prune or key in self.owned)


def _matches(key: Key, patterns: tuple[str, ...]) -> bool:
    name = "/".join(part for part in key if part)
    return any(fnmatchcase(name, pattern) for pattern in patterns)


def scoped(current: Configuration, desired: Configuration, scope: Scope) -> tuple[Configuration, tuple[Key, ...]]:
    """The desired configuration with the unmanaged sections of the target, and the keys of these sections.

    Args:
        current: the current configuration.
        desired: the desired configuration.
        scope: the sections that a plan may change.
    """
    unmanaged = [key for key in current.sections if scope.is_unmanaged(key, desired=key in desired.sections)]
    ignored = {key for key in desired.sections if _matches(key, scope.ignore)}
    if not unmanaged and not ignored:
        return desired, ()
    pieces = [piece for piece in _pieces(desired) if piece.key not in ignored and piece.key not in unmanaged]
    old = _pieces(current)
    for at, piece in enumerate(old):
        if piece.key in unmanaged:
            pieces.insert(_place(at, old, pieces), piece)
    return Configuration(Document(desired.document.source, tuple(_joined(pieces)))), tuple(unmanaged)


@dataclass(frozen=True, slots=True)
class _Piece:
    """A part of a text that can be moved: a section with the comments above it, or the head of a file.

    Args:
        key: key of the section; ("", file) for the head of a file.
        file: name of the file; "" for a text of one file.
        above: comments directly above the section's header.
        text: the section, without the comments above the next section.
        line: number of the header line.
    """

    key: Key
    file: str
    above: str
    text: str
    line: int


def _pieces(configuration: Configuration) -> list[_Piece]:
    """The pieces of a configuration, in the order of its text."""
    keys = iter([key for key, _ in configuration.keyed])
    names = dict(configuration.document.files)
    pieces: list[_Piece] = []
    file, above = "", ""
    for section in configuration.document.sections:
        if not section.kind and section.line in names:
            pieces[-1:] = [replace(piece, text=piece.text + above) for piece in pieces[-1:]]
            file, above = names[section.line], ""
        keep = 1 if section.kind or file else 0
        text, below = _without_end_comments(_ended(section.text), keep)
        key = next(keys) if section.kind else ("", file)
        pieces.append(_Piece(key, file, above, text, section.line))
        above = below
    pieces[-1:] = [replace(piece, text=piece.text + above) for piece in pieces[-1:]]
    return pieces


def _ended(text: str) -> str:
    return text if text.endswith("\n") else f"{text}\n"


def _without_end_comments(text: str, keep: int) -> tuple[str, str]:
    """A text without the comments at its end, and these comments: they are about the next section.

    Only comments that start at column 1 count.

    Args:
        text: text of a section, or of the head of a file.
        keep: number of lines at the start that are never such comments, for example the header.
    """
    lines = text.splitlines(keepends=True)
    end = len(lines)
    while end > keep and lines[end - 1].startswith("#") and not lines[end - 1].startswith(SNIPPET_END):
        end -= 1
    return "".join(lines[:end]), "".join(lines[end:])


def _place(at: int, old: Sequence[_Piece], pieces: Sequence[_Piece]) -> int:
    """The index at which to insert a section of the target.

    Within its file it follows the nearest section above it that both texts have; without one it precedes the nearest
    section below it.
    """
    piece = old[at]
    places = {other.key: place for place, other in enumerate(pieces) if other.file == piece.file}
    above = (places[other.key] + 1 for other in reversed(old[:at]) if other.key in places)
    below = (places[other.key] for other in old[at + 1 :] if other.key in places)
    return next(above, next(below, _end_of(piece.file, pieces)))


def _end_of(file: str, pieces: Sequence[_Piece]) -> int:
    """The index after the last piece of a file, or of the files that HAProxy reads before it."""
    name = file.encode("utf-8", "surrogateescape")
    return sum(piece.file.encode("utf-8", "surrogateescape") <= name for piece in pieces)


def _joined(pieces: Sequence[_Piece]) -> Iterator[Section]:
    """The pieces as sections: the comments above a section are part of the section before it."""
    file = ""
    for piece, below in zip(pieces, [*pieces[1:], None], strict=True):
        if piece.file != file and piece.key[0]:  # a file with sections of the target only
            yield Section("", f"{FILE_MARK}{piece.file}\n{piece.above}", piece.line)
        elif piece is pieces[0] and piece.above:
            yield Section("", piece.above, 1)
        file = piece.file
        after = below.above if below is not None and below.file == file else ""
        yield Section(piece.key[0], piece.text + after, piece.line)


def idle(scope: Scope, *sides: Configuration) -> Iterator[str]:
    """The patterns without a matching section, one sentence for each.

    Args:
        scope: the patterns.
        sides: the current and the desired configuration.
    """
    keys = {key for side in sides for key in side.sections}
    names = sorted({"/".join(part for part in key if part) for key in keys})
    accepted = tuple(one.at for one in scope.accept)
    for setting, patterns in (("protect", scope.protect), ("ignore", scope.ignore), ("accept", accepted)):
        for pattern in patterns:
            if not any(fnmatchcase(name, pattern) for name in names):
                near = get_close_matches(pattern.rstrip("*"), names, n=1)
                meant = f"; did you mean {near[0]!r}?" if near else ""
                yield f"{setting} {pattern!r} of hsync.toml matches no section of the templates or the target{meant}"


def brakes(changes: Sequence[Change], scope: Scope, size: int) -> Iterator[Risk]:
    """The limits that changes exceed.

    Args:
        changes: of a plan.
        scope: the limits.
        size: number of sections of the target.
    """
    deleted = [change.address for change in changes if change.action is Action.DELETE]
    sections = [address for address in deleted if not address.child]
    for address in sections:
        if _matches(address.section_key, scope.protect):
            kind, name = address.section_key
            yield Risk(BRAKE, Level.HIGH, address, f"deletes {kind} {name}, which is protected")
    limit, many = scope.max_delete, len(deleted)
    if limit.count is not None and many > limit.count:
        told = f"deletes {many} resource{'s' * (many != 1)}, max_delete allows {limit}"
        yield Risk(BRAKE, Level.HIGH, None, told)
    if limit.share is not None and len(sections) > limit.few and len(sections) * 100 > size * limit.share:
        told = f"deletes {len(sections)} of {size} sections, max_delete allows {limit}"
        first = ", since hsync has never applied a plan to this target" if limit is FIRST else ""
        yield Risk(BRAKE, Level.HIGH, None, told + first)


def violations(plan: Plan, fail_on: str = "") -> tuple[str, ...]:
    """The limits that a plan exceeds, and its risks from a severity on, one sentence for each; empty for none.

    Args:
        plan: the plan.
        fail_on: the lowest severity that refuses a plan; "" for none.
    """
    found = [risk.reason for risk in plan.risks if risk.rule == BRAKE]
    worst = Level(fail_on).rank if fail_on else -1
    open_risks = (risk for risk in plan.risks if risk.rule != BRAKE and not risk.accepted and risk.level.rank <= worst)
    named = Counter(f"{risk.rule} ({risk.level})" for risk in open_risks)
    if named:
        found.append(f"has risks that --fail-on {fail_on} refuses: {', '.join(named)}")
    return tuple(found)
