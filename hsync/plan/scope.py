"""scope: what of the target a plan may touch, and what it may not do.

Rule 1: what is left alone is taken into the desired text as the target has it, so that comparison, operations and
proof need no exception: they see two whole configurations.
Rule 2: limits are checked on the finished plan, after it was shown: a refused plan can still be read.

Patterns are `kind/name` with the wildcards of a shell, `backend/payments*`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase

from hsync.model import Address, Configuration
from hsync.plan.plan import Action, Plan
from hsync.syntax import Document, Section

__all__ = ["Scope", "scoped", "violations"]

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
    kept = [section for key, section in desired.sections.items() if key not in unwanted]
    taken = [_ended(current.sections[key]) for key in alone]
    head = tuple(section for section in desired.document.sections if not section.kind)
    document = Document(desired.document.source, (*head, *kept, *taken))
    return Configuration(document), tuple(alone)


def _ended(section: Section) -> Section:
    return section if section.text.endswith("\n") else Section(section.kind, section.text + "\n", section.line)


def violations(plan: Plan, scope: Scope) -> tuple[str, ...]:
    """Why a plan is refused, one sentence each; empty when it is not."""
    deleted = [change.address for change in plan.changes if change.action is Action.DELETE]
    protected = [key for key in _sections(deleted) if _matches(key, scope.protect)]
    found = [f"deletes {kind} {name}, which is protected" for kind, name in protected]
    if scope.max_delete is not None and len(deleted) > scope.max_delete:
        found.append(
            f"deletes {len(deleted)} resource{'s' * (len(deleted) != 1)}, max_delete allows {scope.max_delete}"
        )
    return tuple(found)


def _sections(addresses: list[str]) -> Iterator[Key]:
    for text in addresses:
        collection, _, name = text.partition("/")
        try:
            address = Address.parse(text)
        except ValueError:
            if "/" not in name and "[" not in name:
                yield (collection, name)  # a kind that the API does not know
            continue
        if not address.child:
            yield (address.section_type.kind, address.name)
