"""allowing: shows, adds and revokes the permissions of a project."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hsync.session.project import Project
from hsync.trust import digest_of, parse_claim

__all__ = ["allow", "listed"]


@dataclass(frozen=True, slots=True)
class Shown:
    """The output of `hsync allow`.

    Args:
        lines: the claims.
        words: the outcome, in a sentence.
    """

    lines: tuple[str, ...]
    words: str


def allow(project: Project, values: Sequence[str]) -> Shown:
    """Allow all claims of hsync.toml with their current values.

    Args:
        project: the project.
        values: further claims, see `parse_claim`.

    Raises:
        UsageError: a value cannot be allowed.
        InputError: the permissions cannot be stored.
    """
    own, more = project.claims(), tuple(map(parse_claim, values))
    if not own and not more:
        return Shown((), "This project needs no permission.")
    project.trust.allowances.add(one.text for one in (*own, *more))
    digests = [digest_of(own)] * bool(own) + [digest_of([one]) for one in more]
    words = f"Allowed to {project.trust.root}. For a pipeline: export HSYNC_ALLOW='{' '.join(digests)}'"
    return Shown(tuple(map(str, (*own, *more))), words)


def listed(project: Project, *, revoke: bool) -> Shown:
    """List the permissions of a project, and revoke them on demand.

    Args:
        project: the project.
        revoke: whether to revoke them.

    Raises:
        InputError: they cannot be revoked.
    """
    kept = project.trust.allowances
    found = sorted(kept.revoke() if revoke else kept.read())
    return Shown(tuple(found), f"{'Revoked from' if revoke else 'Allowed to'} {project.trust.root}: {len(found)}")
