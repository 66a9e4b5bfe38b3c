"""Random pairs of configurations, forth by an apply and back by rollbacks: exact in meaning, on a file exact in bytes.

`make torture` draws 500 new pairs for each target.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, note, settings
from hypothesis import strategies as st

from hsync.dataplane import Snapshot
from hsync.errors import ConfigError
from hsync.model import Configuration
from hsync.plan.compare import compare
from hsync.plan.scope import Scope
from hsync.render import Secrets
from hsync.session import current_of
from hsync.session.asked import Judging
from hsync.session.rolling_back import past_of, plan_back
from hsync.session.session import Session
from hsync.session.sources import Source
from hsync.store import FileStore, Place
from hsync.testing import Server
from tests.property.edits import pairs
from tests.property.test_pairs import NEWEST_ON_A_SERVER, NEWEST_WITH_RAW, SETTINGS, names_are_free

__all__ = ["names_are_free"]

DIGEST = f"sha256:{'0' * 63}{{}}"

COUNTS = [pytest.param(20, id="20 pairs"), pytest.param(500, id="500 pairs", marks=pytest.mark.torture)]


def looked_up(made: Callable[[Secrets], str]) -> tuple[str, Secrets]:
    secrets = Secrets()
    return made(secrets), secrets


def there_and_back(folder: Path, first: str, second: str, by_hand: str | None, *, rewrites: bool) -> bool:
    """Apply, roll back, roll the rollback back. Whether there was anything to apply.

    Args:
        folder: for the files.
        first: the text of the target.
        second: the desired text.
        by_hand: what somebody else writes to the target behind the apply; None for nothing.
        rewrites: whether the target rewrites texts as a server does; else it is a file.
    """
    path = None if rewrites else folder / "haproxy.cfg"
    with Server(first, path=path, rewrites=rewrites) as server:
        work = Session("edge", server.client, FileStore(Place(folder / "state", "edge", server.client.identity)))
        before = server.client.snapshot()
        plan = work.plan(Source(second, "d"), Scope())
        if not plan.operations:
            return False
        work.apply(plan, DIGEST.format(1))
        if by_hand is not None:
            server.reset(by_hand)
        after = server.client.snapshot()
        for number, wanted in enumerate((before, after), 2):
            roll_back(Session("edge", server.client, work.store), DIGEST.format(number))
            is_exact(server.client.snapshot(), wanted, rewrites=rewrites)
    return True


def roll_back(work: Session, digest: str) -> None:
    """Roll the last apply back."""
    assert work.state
    plan = plan_back(work, past_of(work.state.history, "1", "edge"), looked_up, Scope(), Judging(skip=True))
    if plan.operations:
        work.apply(plan, digest)


def is_exact(now: Snapshot, wanted: Snapshot, *, rewrites: bool) -> None:
    note(f"back to\n{wanted.body}")
    assert compare(Configuration.from_text(wanted.body), current_of(now)) == ()
    # Blank lines before the first line belong to the header that hsync writes.
    assert rewrites or now.body.lstrip("\n") == wanted.body.lstrip("\n")


@pytest.mark.parametrize("count", COUNTS)
@pytest.mark.parametrize("kind", ["file", "server"])
def test_pairs(kind: str, count: int, record_property: Callable[[str, object], None]) -> None:
    rewrites = kind == "server"
    style, done, refused = (NEWEST_ON_A_SERVER if rewrites else NEWEST_WITH_RAW), [0], [0]

    @settings(SETTINGS, max_examples=count, derandomize=count < 100)
    @given(pairs(style), st.none() | pairs(style).map(lambda pair: pair[0]))
    def hold(pair: tuple[str, str], by_hand: str | None) -> None:
        with tempfile.TemporaryDirectory() as folder:
            try:
                done[0] += there_and_back(Path(folder), *pair, by_hand, rewrites=rewrites)
            except ConfigError as error:
                refused[0] += 1
                note(f"refused, as a plan may be on a server that rewrites text: {error}")

    hold()
    assert refused[0] <= (3 + count / 10) * rewrites, "a file keeps every text"
    assert done[0] > count / 2
    record_property("torture", (f"pairs forth, back and forth again on a {kind}", done[0]))
