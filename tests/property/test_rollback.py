"""Random pairs of configurations, forth by an apply and back by a rollback: exact in meaning, on a file exact in bytes.

`HSYNC_PAIRS` is the number of pairs for each target.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

from hypothesis import given, note

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
from tests.property.test_pairs import NEWEST, NEWEST_ON_A_SERVER, SETTINGS, names_are_free

__all__ = ["names_are_free"]

DIGEST = f"sha256:{'0' * 63}{{}}"


def looked_up(made: Callable[[Secrets], str]) -> tuple[str, Secrets]:
    secrets = Secrets()
    return made(secrets), secrets


def there_and_back(folder: Path, first: str, second: str, *, rewrites: bool) -> bool:
    """Apply, roll back, roll the rollback back. Whether there was anything to apply."""
    path = None if rewrites else folder / "haproxy.cfg"
    with Server(first, path=path, rewrites=rewrites) as server:
        work = Session("edge", server.client, FileStore(Place(folder / "state", "edge", server.client.identity)))
        before = server.client.snapshot()
        plan = work.plan(Source(second, "d"), Scope())
        if not plan.operations:
            return False
        work.apply(plan, DIGEST.format(1))
        after = server.client.snapshot()
        for number, wanted in enumerate((before, after), 2):
            work = Session("edge", server.client, work.store)
            assert work.state
            note(f"back to\n{wanted.body}")
            plan = plan_back(work, past_of(work.state.history, "1", "edge"), looked_up, Scope(), Judging(skip=True))
            work.apply(plan, DIGEST.format(number))
            now = server.client.snapshot()
            assert compare(Configuration.from_text(wanted.body), current_of(now)) == ()
            # Blank lines before the first line belong to the header that hsync writes.
            assert rewrites or now.body.lstrip("\n") == wanted.body.lstrip("\n")
    return True


@SETTINGS
@given(pairs(NEWEST))
def test_on_a_file(pair: tuple[str, str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        there_and_back(Path(folder), *pair, rewrites=False)


@SETTINGS
@given(pairs(NEWEST_ON_A_SERVER))
def test_on_a_server(pair: tuple[str, str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        try:
            there_and_back(Path(folder), *pair, rewrites=True)
        except ConfigError as error:
            note(f"refused, as a plan may be on a server that rewrites text: {error}")
