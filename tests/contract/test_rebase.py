"""Plans of the real pairs, rebased on a target that others have changed since: both changes result, or it is refused."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from hsync.errors import StalePlanError
from hsync.model import Configuration
from hsync.plan.compare import compare
from hsync.plan.scope import Scope
from hsync.session import apply_plan, current_of
from hsync.session.rebasing import rebase
from hsync.session.session import Session
from hsync.session.sources import Source
from hsync.store import FileStore, Place
from hsync.testing import Server, rewrite
from tests.corpus import needs_corpus, read_text, transitions

RESOLVERS = "resolvers zz-others\n  nameserver n 192.0.2.9:53\n\n"


def at_the_head(text: str) -> str:
    return text.replace("\nglobal", f"\n{RESOLVERS}global", 1) if "\nglobal" in text else RESOLVERS + text


def at_the_end(text: str) -> str:
    return text.rstrip("\n") + "\n\nbackend zz-others\n  server s 192.0.2.9:80\n"


def rebased(folder: Path, first: str, desired: str, others: Callable[[str], str], *, rewrites: bool) -> str:
    """Plan, let others write, rebase, apply. How it ended."""
    path = None if rewrites else folder / "haproxy.cfg"
    first = rewrite(first) if rewrites else first
    with Server(first, path=path, rewrites=rewrites) as server:
        work = Session("edge", server.client, FileStore(Place(folder / "state", "edge", server.client.identity)))
        plan = work.plan(Source(desired, "d"), Scope())
        if not plan.operations or plan.lane == "raw":
            return "nothing to rebase"
        server.client.push_raw(others(first), server.client.snapshot().version)
        try:
            new = rebase(work, plan, plan, f"sha256:{'1' * 64}", {})
        except StalePlanError:
            return "refused"
        apply_plan(server.client, new)
        now = server.client.snapshot()
        assert compare(current_of(now), Configuration.from_text(others(desired))) == ()
        assert rewrites or now.body.strip("\n") == others(desired).strip("\n")
    return "rebased"


@needs_corpus
@pytest.mark.parametrize("others", [at_the_head, at_the_end])
@pytest.mark.parametrize("rewrites", [False, True], ids=["file", "server"])
def test_both_changes_are_in_the_result(
    rewrites: bool, others: Callable[[str], str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hsync.session.planning.refuse_unknown", lambda *_: None)
    ends: Counter[str] = Counter()
    for number, (_, current, desired) in enumerate(transitions()):
        folder = tmp_path / str(number)
        folder.mkdir()
        ends[rebased(folder, read_text(current), read_text(desired), others, rewrites=rewrites)] += 1
    assert ends["rebased"] >= 70, ends
    assert ends["refused"] <= 15, ends
