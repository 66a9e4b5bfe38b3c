"""allowing: what the operator allows to a project, shown, kept and taken back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hsync.session.project import Project
from hsync.trust import digest_of, parse_claim

__all__ = ["allow", "listed"]


@dataclass(frozen=True, slots=True)
class Shown:
    """What to show.

    Args:
        lines: the claims.
        words: what became of them.
    """

    lines: tuple[str, ...]
    words: str


def allow(project: Project, values: Sequence[str]) -> Shown:
    """Allow all that hsync.toml wants, exactly as it is now.

    Args:
        project: the project.
        values: what is allowed besides, as `parse_claim` takes it.

    Raises:
        UsageError: a value cannot be allowed.
        InputError: it cannot be kept.
    """
    own, more = project.claims(), tuple(map(parse_claim, values))
    if not own and not more:
        return Shown((), "This project wants nothing that must be allowed.")
    project.trust.allowances.add(one.text for one in (*own, *more))
    digests = [digest_of(own)] * bool(own) + [digest_of([one]) for one in more]
    words = f"Allowed to {project.trust.root}. For a pipeline: export HSYNC_ALLOW='{' '.join(digests)}'"
    return Shown(tuple(map(str, (*own, *more))), words)


def listed(project: Project, *, revoke: bool) -> Shown:
    """What is allowed; it may be taken back.

    Args:
        project: the project.
        revoke: whether it is.

    Raises:
        InputError: it cannot be taken back.
    """
    kept = project.trust.allowances
    found = sorted(kept.revoke() if revoke else kept.read())
    return Shown(tuple(found), f"{'Taken back from' if revoke else 'Allowed to'} {project.trust.root}: {len(found)}")
