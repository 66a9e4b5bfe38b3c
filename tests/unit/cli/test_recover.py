"""`hsync recover`: what a dead run left is settled, and a plan leads out of what only a push of the text puts right."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from hsync.dataplane.embedded import EmbeddedSettings, EmbeddedTransport, serve
from hsync.store import Record, read_state, write_state
from tests.unit.cli.conftest import Run, local

GOOD = "global\n  maxconn 100\n\nbackend web\n  server s1 192.0.2.1:80\n"
WHEN, PLAN = "2026-01-01T00:00:00Z", f"sha256:{0:064}"


@pytest.fixture
def server(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, Path]]:
    """The URL of a server that GOOD was applied to, and a file whose presence makes reloads fail."""
    monkeypatch.setenv("HSYNC_USER", "admin")
    monkeypatch.setenv("HSYNC_PASSWORD", "pw")
    switch = tmp_path / "reloads-fail"
    settings = EmbeddedSettings(reload_command=f"test ! -e {switch}")
    with serve(EmbeddedTransport(settings=settings, text="global\n  maxconn 1\n")) as url:
        Path("good.cfg").write_text(GOOD)
        run("plan", "--config", "good.cfg", "-t", url, "-o", "good.plan.json")
        run("apply", "good.plan.json", "-t", url, "--auto-approve")
        Path("good.plan.json").unlink()
        yield url, switch


def test_a_target_that_is_well_says_so(run: Run, server: tuple[str, Path]) -> None:
    told = run("recover", "-t", server[0])
    assert "nothing to recover: it runs the stored text" in told.stderr
    assert not list(Path().glob("*.plan.json"))


def test_after_a_failed_reload_a_plan_makes_disk_and_memory_equal(run: Run, server: tuple[str, Path]) -> None:
    url, switch = server
    Path("other.cfg").write_text(GOOD + "\nbackend other\n")
    run("plan", "--config", "other.cfg", "-t", url, "-o", "other.plan.json")
    switch.touch()
    run("apply", "other.plan.json", "-t", url, "--auto-approve", code=6)
    switch.unlink()
    result = run("recover", "-t", url, "-o", "back.plan.json")
    assert "a reload failed: the server restored version" in result.stderr
    assert "hsync apply back.plan.json" in result.stdout
    run("apply", "back.plan.json", "-t", url, "--auto-approve")
    assert "nothing to recover" in run("recover", "-t", url).stderr
    assert "No drift" in run("drift", "-t", url).stdout


def test_a_transaction_of_a_dead_run_is_deleted_by_recover_verify_and_import(run: Run, applied: Path) -> None:
    for words in (["recover"], ["verify", "empty.plan.json"], ["import", "-o", "x.cfg"]):
        run("plan", "-o", "empty.plan.json")
        state = read_state(local(applied))
        assert state is not None
        left = Record("send", PLAN, (("transaction", "gone"),), WHEN)
        write_state(local(applied), replace(state, journal=(left,)))
        assert "An earlier run died before its end (phase send): nothing was changed" in run(*words).stderr
        settled = read_state(local(applied))
        assert settled is not None
        assert settled.journal == ()


def test_what_is_stored_and_perhaps_not_loaded_is_loaded(run: Run, applied: Path) -> None:
    state = read_state(local(applied))
    assert state is not None
    assert state.applied is not None
    facts = (("reload", ""), ("sha256", state.applied.sha256))
    begun = Record("begin", PLAN, (("version", "1"),), WHEN)
    write_state(local(applied), replace(state, journal=(begun, Record("reload", PLAN, facts, WHEN))))
    told = run("recover")
    assert "its reload may not have been requested" in told.stderr
    made = json.loads((applied / "local.plan.json").read_text())
    assert (made["plan"]["lane"], made["plan"]["changes"]) == ("raw", [])
    run("apply", "local.plan.json", "--auto-approve")
    assert "nothing to recover" in run("recover").stderr
