from __future__ import annotations

from pathlib import Path

import pytest

from hsync.errors import UsageError
from hsync.store import FileStore, Place, Policy, Subject, open_store
from hsync.store.kinds import KINDS
from hsync.store.kinds.kind import Kind
from tests.contract.memory_store import MemoryStore, Shelf

EDGE = Subject("edge1", "https://edge1", derived=True)


@pytest.mark.parametrize("where", ["state", Path("state"), "file://state"])
def test_a_folder_is_a_store_of_files(where: str | Path) -> None:
    store = open_store(where, EDGE)
    assert isinstance(store, FileStore)
    assert store.place == Place(Path("state"), "edge1", "https://edge1", derived=True)
    assert store.policy == Policy()


def test_a_new_store_is_a_kind_with_a_scheme() -> None:
    made: list[str] = []

    def memory(where: str, subject: Subject, policy: Policy) -> MemoryStore:
        made.append(where)
        return MemoryStore(subject, policy, Shelf())

    store = open_store("memory://here", EDGE, Policy(kept=1), kinds={**KINDS, "memory": Kind("memory", memory)})
    assert isinstance(store, MemoryStore)
    assert (made, store.subject, store.policy) == (["memory://here"], EDGE, Policy(kept=1))


def test_a_store_that_does_not_exist_is_named() -> None:
    with pytest.raises(UsageError, match="unknown kind of store: 'ftp'") as caught:
        open_store("ftp://example/state", EDGE)
    assert caught.value.hint == "give a folder, or one of: file://"
