"""All files of the corpus against the text that the real server made of them: no changes, except for the server's losses.

`oracle/files` holds what a real server (3.4.2) stored after a push of the file: regrouped, sorted, comments moved.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from hsync.dataplane import Snapshot
from hsync.model import Address
from hsync.plan.plan import Action, Change, Target
from hsync.session import make_plan, plan_on, read_desired
from tests.contract import targets
from tests.contract.facts import facts, lines
from tests.contract.targets import identity
from tests.corpus import CORPUS, needs_corpus, read_text

pytestmark = needs_corpus

TRANSITIONS, ORACLE = CORPUS / "transitions", CORPUS / "oracle" / "files"
FILES = [path.relative_to(ORACLE).as_posix() for path in sorted(ORACLE.rglob("*.cfg"))]

COOKIE = "cookies/cookies-with-prefix.cfg"

LOST = {
    COOKIE: (
        Change(
            Action.UPDATE,
            Address.parse_change("backends/web"),
            before={
                "cookie.name": "SERVERID",
                "cookie.indirect": True,
                "cookie.nocache": True,
                "cookie.type": "prefix",
            },
            after={},
            source=f"{COOKIE}:17",
        ),
        Change(
            Action.CREATE,
            Address.parse_change("backends/web/lines[0]"),
            line_after="cookie SERVERID insert indirect nocache prefix",
            source=f"{COOKIE}:19",
        ),
    )
}
"""Losses of the server: it reads `insert ... prefix` as `prefix`."""


@pytest.mark.parametrize("name", FILES)
def test_the_server_s_own_text_needs_no_plan(name: str) -> None:
    desired, stored = read_text(TRANSITIONS / name), read_text(ORACLE / name)
    target = Target("edge1", "https://edge1.example:5555", "3.4")
    plan = plan_on(Snapshot.of(stored, 1), read_desired(desired, name), target)
    assert plan.changes == LOST.get(name, ())
    assert bool(plan.operations) == (name in LOST)
    if name not in LOST:
        assert facts(stored) == facts(desired)
        assert lines(stored) == lines(desired)


def test_all_files_are_there() -> None:
    assert len(FILES) == 109
    assert {path.relative_to(TRANSITIONS).as_posix() for path in TRANSITIONS.rglob("*.cfg")} == set(FILES)


def test_what_a_target_stores_needs_no_plan(target: targets.Target) -> None:
    """The same for the text that this target makes of the pushed file."""
    left = {}
    for name in FILES:
        if not stored(target, TRANSITIONS / name):
            continue
        plan = make_plan(target.client, read_desired(read_text(TRANSITIONS / name), name), identity(target))
        if plan.operations:
            left[name] = plan.changes
    real_parser = target.name in {"engine", "dataplane"}
    assert left == (LOST if real_parser else {})


def stored(target: targets.Target, path: Path) -> bool:
    """Push a file; False if HAProxy checks and refuses it."""
    try:
        target.reset(read_text(path))
    except pytest.skip.Exception:
        return False
    snapshot = target.client.snapshot()
    target.client.push_raw(snapshot.body, snapshot.version, skip_reload=True)
    return True
