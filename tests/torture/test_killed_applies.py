"""An apply is killed in front of each of its steps: the target has the base or the result, and the same plan ends it well."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.torture.site import DESIRED, TARGETS, Site, a_site

APPLY = ("apply", "edge.plan.json", "--auto-approve")


@pytest.mark.parametrize(
    "every", [pytest.param(9, id="some steps"), pytest.param(1, id="all steps", marks=pytest.mark.torture)]
)
@pytest.mark.parametrize("lane", DESIRED)
@pytest.mark.parametrize("kind", TARGETS)
def test_a_killed_apply_leaves_the_base_or_the_result(
    kind: str, lane: str, every: int, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    killed = 0
    with a_site(kind, tmp_path) as site:
        project, step = site.project("project"), 1
        while died(site, project, lane, step):
            killed += 1
            step += every
    assert killed > 40 / every
    record_property("torture", ("applies killed at a step", killed))


def died(site: Site, project: Path, lane: str, step: int) -> bool:
    """Whether an apply has that many steps; if it has, it was killed there, and everything is checked."""
    site.reset(lane, project)
    code = site.hsync(project, *APPLY, step=step)
    if code == 0:
        return False
    assert code == -9, site.said(project)
    stored = site.has(site.stored, lane)
    assert stored in {"base", "result"}, step
    no_changes_is_true(site, project, lane, step)
    assert site.hsync(project, *APPLY) == 0, (step, site.said(project))
    assert site.has(site.stored, lane) == site.has(site.running, lane) == "result", (step, site.said(project))
    assert site.hsync(project, "drift") == 0, (step, site.said(project))
    assert site.leftovers(project) == [], step
    leads_back(site, project, lane, step)
    return True


def leads_back(site: Site, project: Path, lane: str, step: int) -> None:
    """A rollback undoes the killed apply, together with the run that has finished it."""
    assert site.hsync(project, "rollback", "--no-judge") == 0, (step, site.said(project))
    assert site.hsync(project, *APPLY) == 0, (step, site.said(project))
    assert site.has(site.stored, lane) == site.has(site.running, lane) == "base", (step, site.said(project))


def no_changes_is_true(site: Site, project: Path, lane: str, step: int) -> None:
    """A plan says that there is nothing to do only if HAProxy runs the result."""
    code = site.hsync(project, "plan", "--config", "d.cfg", "--no-judge", "--detailed-exitcode", "-o", "again.json")
    assert code in {0, 2}, (step, site.said(project))
    if code == 0:
        assert site.has(site.running, lane) == "result", (step, site.said(project))
