"""Memory and disk: edits by hand, other processes, failed reloads."""

from __future__ import annotations

from pathlib import Path

import pytest

from hsync.dataplane.embedded.header import read_header, write_header
from hsync.dataplane.embedded.reloads import Outcome
from hsync.dataplane.embedded.storage import MemoryStorage
from hsync.plan.snapshot import Snapshot
from tests.unit.dataplane.embedded.api import TEXT, Api

BACKEND = {"name": "new", "from": "base"}
EDITED = TEXT.replace("maxconn 1000", "maxconn 777")


def managed(text: str, version: int) -> str:
    return write_header("\n" + text, version, disclaimer=True)


def maxconn(api: Api) -> int:
    return int(api.get("configuration/global")["performance_options"]["maxconn"])


@pytest.mark.parametrize(
    ("edit", "version", "after"),
    [
        (EDITED, 5, 2),
        (EDITED, 2, 2),  # the number of the transaction, and another text
        (managed(EDITED, 2), 2, 2),
        (managed(TEXT, 5).replace("maxconn 1000", "maxconn 777"), 5, 6),
        (managed(TEXT, 5).replace("maxconn 1000", "maxconn 777").replace("_version=5", "_version=10"), 5, 11),
    ],
)
def test_an_edit_by_hand_counts_the_version_up_and_makes_open_transactions_stale(
    edit: str, version: int, after: int
) -> None:
    storage = MemoryStorage(managed(TEXT, version))
    api = Api(storage=storage)
    transaction = api.begin()
    storage.write(edit)
    assert (api.version, maxconn(api)) == (after, 777)
    stored = api.get("configuration/raw")
    assert stored == managed(EDITED, after) == storage.read()
    assert Snapshot.of(stored, after).split_brain == ""
    assert api.commit(transaction).status_code == (406 if after == version else 409)


def test_a_text_with_a_right_digest_was_written_by_another_process_and_is_taken_as_it_is() -> None:
    storage = MemoryStorage(managed(TEXT, 5))
    api = Api(storage=storage)
    transaction = api.begin()
    storage.write(managed(EDITED, 6))
    assert (api.version, maxconn(api)) == (6, 777)
    assert storage.read() == managed(EDITED, 6)
    assert api.commit(transaction).status_code == 409


def test_a_touched_file_is_no_edit(tmp_path: Path) -> None:
    file = tmp_path / "haproxy.cfg"
    file.write_text(TEXT)
    api = Api(path=file)
    assert api.version == 1
    file.write_text(TEXT + " ")
    file.write_text(TEXT)
    assert (api.version, file.read_text()) == (1, TEXT)


def test_an_edit_before_the_start_is_seen_and_not_written_until_a_commit(tmp_path: Path) -> None:
    file = tmp_path / "haproxy.cfg"
    edited = managed(TEXT, 5).replace("maxconn 1000", "maxconn 777")
    file.write_text(edited)
    api = Api(path=file)
    assert (api.version, maxconn(api)) == (6, 777)
    assert api.get("configuration/raw") == managed(EDITED, 6)
    assert file.read_text() == edited
    assert api.commit(api.begin()).status_code == 202
    assert file.read_text() == managed(EDITED, 7) == api.get("configuration/raw")


def test_two_servers_on_one_file_do_not_overwrite_each_other(tmp_path: Path) -> None:
    file = tmp_path / "haproxy.cfg"
    file.write_text(TEXT)
    one, two = Api(path=file), Api(path=file)
    mine, theirs = one.begin(), two.begin()
    assert one.write("POST", "backends", BACKEND, transaction_id=mine)[0] == 202
    assert one.commit(mine).status_code == 202
    assert two.commit(theirs).status_code == 409
    assert (one.version, two.version) == (2, 2)
    assert two.get("configuration/backends/new") == BACKEND
    assert read_header(file.read_text()).genuine


class Haproxy:
    """A HAProxy that refuses a backend named `bad`."""

    def __init__(self, storage: MemoryStorage) -> None:
        self.storage = storage

    def __call__(self) -> Outcome:
        return Outcome(ok="backend bad" not in self.storage.read(), response="log")


def failing(text: str) -> tuple[MemoryStorage, Api]:
    storage = MemoryStorage(text)
    return storage, Api(storage=storage, runner=Haproxy(storage))


def test_after_a_failed_reload_the_disk_is_the_old_one_and_memory_is_not() -> None:
    storage, api = failing(managed(TEXT, 5))
    answer = api.ask("POST", "configuration/backends", params={"version": 5}, json={"name": "bad"})
    reload = api.get(f"reloads/{answer.headers['Reload-ID']}")
    assert (answer.status_code, reload["status"], reload["response"]) == (202, "failed", "log")
    raw = api.ask("GET", "configuration/raw")
    assert (raw.text, raw.headers["Configuration-Version"]) == (managed(TEXT, 5), "6")
    assert Snapshot.of(raw.text, 6).split_brain
    assert api.get("configuration/backends/bad") == {"name": "bad"}
    assert storage.read() == managed(TEXT, 5)
    assert api.write("DELETE", "backends/bad", version=6)[0] == 202
    assert storage.read() == managed(TEXT, 7) == api.get("configuration/raw")


def test_a_forced_reload_that_fails_is_400_although_the_version_rose() -> None:
    _, api = failing(managed(TEXT, 5))
    assert api.write("POST", "backends", {"name": "bad"}, version=5, force_reload="true")[0] == 400
    assert api.version == 6


def test_after_a_failed_reload_on_a_text_without_header_memory_goes_back_too() -> None:
    storage, api = failing(TEXT)
    assert api.write("POST", "backends", {"name": "bad"}, version=1)[0] == 202
    assert api.write("GET", "backends/bad")[0] == 404
    assert api.version == 2
    assert storage.read() == managed(TEXT, 2)
