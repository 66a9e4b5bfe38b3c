"""Eight applies of one plan at the same moment, again and again: one wins, and all tell the truth."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.torture.site import DESIRED, TARGETS, Site, a_site

RACERS = 8


@pytest.mark.parametrize(
    "rounds", [pytest.param(1, id="one round"), pytest.param(50, id="50 rounds", marks=pytest.mark.torture)]
)
@pytest.mark.parametrize("lane", DESIRED)
@pytest.mark.parametrize("kind", TARGETS)
def test_one_of_eight_wins(
    kind: str, lane: str, rounds: int, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    ends: Counter[tuple[int, bool]] = Counter()
    with a_site(kind, tmp_path) as site:
        projects = [site.project(f"project{number}") for number in range(RACERS)]
        for number in range(rounds):
            # The racers share a state in half of the rounds; in the others only the target excludes them.
            ends += raced(site, lane, projects, shared=number % 2 == 1)
    assert ends[0, True] == rounds
    record_property("torture", ("rounds of eight applies at once", rounds))


def raced(site: Site, lane: str, projects: list[Path], *, shared: bool) -> Counter[tuple[int, bool]]:
    """How the racers of one round ended, and whether each says that it has changed something."""
    plan = site.reset(lane, projects[0])
    for one in projects[1:]:
        (one / plan.name).write_bytes(plan.read_bytes())
    folders = projects[:1] * len(projects) if shared else projects
    command = ["apply", plan.name, "--auto-approve", "--json", "--lock-timeout", "60"]
    codes = site.forks.run(*[command] * len(folders), folders=folders)
    said = [site.said(one, number) for number, one in enumerate(folders)]
    ends = Counter((code, '"changed": true' in words) for code, words in zip(codes, said, strict=True))
    assert ends[0, True] == 1, said
    assert set(ends) <= {(0, True), (0, False), (3, False)}, said
    assert site.has(site.stored, lane) == site.has(site.running, lane) == "result", said
    assert not [left for one in projects for left in site.leftovers(one)]
    return ends
