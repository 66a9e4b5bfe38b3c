"""An apply that is to be confirmed is killed at each of its steps, or its watcher is, or who confirms or recovers.

At the end the target runs the text before the apply, or the result that somebody has confirmed, and never one of them on disk
and the other one in HAProxy. Meanwhile the wall clock is a day fast, a day slow, or right.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.torture.site import DESIRED, TARGETS, Site, a_site

APPLY = ("apply", "edge.plan.json", "--auto-approve", "--confirm-within")
DUE, LATER = "0.001s", "1h"
MOVED = (0.0, 86400.0, -86400.0)

KILLED = {
    "apply": (None, (*APPLY, DUE)),
    "watcher": (DUE, ("confirm", "--wait", "-t", "edge")),
    "probing watcher": (LATER, ("confirm", "--wait", "-t", "edge", "--confirm-probe", "true", "--confirm-times", "1")),
    "recover": (DUE, ("recover", "-t", "edge")),
    "confirm": (LATER, ("confirm", "-t", "edge")),
}
"""How much time the apply before has to be confirmed, if there is one; and what is killed at a step."""


SOME = {
    *(("file", "transaction", "apply"), ("server", "transaction", "watcher"), ("server", "raw", "recover")),
    *(("file", "raw", "probing watcher"), ("server", "transaction", "confirm")),
}
"""What is tried at some steps only when not all of it is."""

ALL = [(kind, lane, who) for kind in TARGETS for lane in DESIRED for who in KILLED]


@pytest.mark.parametrize(
    ("kind", "lane", "who", "every"),
    [
        *(pytest.param(*one, 19, id=f"{' '.join(one)}, some steps") for one in ALL if one in SOME),
        *(pytest.param(*one, 1, id=f"{' '.join(one)}, all steps", marks=pytest.mark.torture) for one in ALL),
    ],
)
def test_it_is_confirmed_or_undone(
    kind: str, lane: str, who: str, every: int, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    killed, step = 0, 1
    with a_site(kind, tmp_path) as site:
        project = site.project("project")
        while died(site, project, lane, who, step):
            killed += 1
            step += every
    assert killed
    record_property("torture", (f"confirmations with a killed {who.rsplit(maxsplit=1)[-1]}", killed))


def died(site: Site, project: Path, lane: str, who: str, step: int) -> bool:
    """Whether what is killed has that many steps; if it has, the end is checked."""
    site.reset(lane, project)
    within, command = KILLED[who]
    if within is not None:
        assert site.hsync(project, *APPLY, within) == 0, site.said(project)
        assert site.has(site.running, lane) == "result"
    code = site.hsync(project, *command, step=step, moved=MOVED[step % 3])
    if code != -9:
        assert code in {0, 3}, site.said(project)
        return False
    ended(site, project, lane, step, confirms=within == LATER)
    return True


def ended(site: Site, project: Path, lane: str, step: int, *, confirms: bool) -> None:
    """Whoever comes next brings it to an end."""
    undone = any(run["outcome"] == "confirmed" for run in state(project).get("history", ())) is False
    if undone and confirms:  # nobody has confirmed it yet: it stays, and somebody still can
        assert site.has(site.running, lane) == "result", (step, site.said(project))
        assert site.hsync(project, "confirm", "-t", "edge") == 0, (step, site.said(project))
    else:
        assert site.hsync(project, "recover", "-t", "edge", moved=MOVED[(step + 1) % 3]) == 0, (
            step,
            site.said(project),
        )
    wanted = "result" if confirms else "base"
    assert site.has(site.stored, lane) == site.has(site.running, lane) == wanted, (step, site.said(project))
    assert state(project).get("pending") is None, step
    # What a killed write has left in the folder of the file goes with the next write there.
    assert [one for one in site.leftovers(project) if not one.endswith(".tmp")] == [], step
    if state(project):
        assert site.hsync(project, "recover", "-t", "edge") == 0
        assert "nothing to recover" in site.said(project), (step, site.said(project))


def state(project: Path) -> dict[str, list[dict[str, object]]]:
    """What the state has; nothing if there is none."""
    file = project / "state" / "edge.json"
    found: dict[str, list[dict[str, object]]] = json.loads(file.read_text()) if file.exists() else {}
    return found
