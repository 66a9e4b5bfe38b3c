"""Where the states are kept: a folder, or a store of another kind that `state` of hsync.toml names by its scheme."""

from __future__ import annotations

from pathlib import Path

import pytest

from hsync.store.kinds import KINDS
from hsync.store.kinds.kind import Kind
from hsync.store.stores import Policy, StateStore, Subject
from tests.contract.memory_store import MemoryStore, Shelf
from tests.unit.cli.conftest import Run

WHERE = "shelf://rack7/hsync"


@pytest.fixture
def shelves(monkeypatch: pytest.MonkeyPatch) -> dict[str, Shelf]:
    """A kind of store in memory, as one file in hsync/store/kinds would add it."""
    found: dict[str, Shelf] = {}

    def opened(where: str, subject: Subject, policy: Policy) -> StateStore:
        assert where == WHERE
        return MemoryStore(subject, policy, found.setdefault(subject.identity, Shelf()))

    monkeypatch.setitem(KINDS, "shelf", Kind("shelf", opened))
    return found


def named(project: Path, where: str) -> None:
    file = project / "hsync.toml"
    file.write_text(f'state = "{where}"\n{file.read_text()}')


def test_a_store_of_another_kind_keeps_state_lock_and_history(
    run: Run, project: Path, shelves: dict[str, Shelf], monkeypatch: pytest.MonkeyPatch
) -> None:
    named(project, WHERE)
    refused = run("plan", code=4).stderr
    assert f"hsync.toml:1: state sends requests to {WHERE}" in refused
    assert shelves == {}
    monkeypatch.setenv("HSYNC_ALLOW", f"url:{WHERE}")
    run("plan")
    run("apply", "local.plan.json", "--auto-approve")
    run("drift", code=0)
    assert "applied" in run("state", "history").stdout
    assert [path.name for path in (project / "state").glob("*.json")] == []
    (shelf,) = shelves.values()
    assert shelf.text


@pytest.mark.parametrize("verb", [["plan"], ["drift"], ["state", "show"], ["import"]])
def test_an_unknown_kind_of_store_is_refused_at_its_line(verb: list[str], run: Run, project: Path) -> None:
    named(project, "ftp://h/x")
    told = run(*verb, code=64).stderr
    assert told == (
        "Error: hsync.toml:1: state = 'ftp://h/x': unknown kind of store: 'ftp'\nhint: give a folder, or one of: file://\n"
    )


def test_a_folder_may_be_named_by_its_url(run: Run, project: Path) -> None:
    named(project, f"file://{project}/kept")
    run("import")
    assert (project / "kept" / "local.json").exists()
