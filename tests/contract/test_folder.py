"""A folder of files as a target: it gets the desired files, and a process that dies leaves all old or all new files."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from hsync.dataplane import DataplaneClient
from hsync.dataplane.embedded import find_haproxy
from hsync.dataplane.embedded.folder import FolderStorage
from hsync.errors import InputError, TargetError
from hsync.plan.plan import Plan
from hsync.plan.scope import Scope
from hsync.session import apply_plan, make_plan, read_desired
from hsync.syntax import join_files

BASE = "defaults web\n  mode http\n  timeout connect 5s\n  timeout client 30s\n  timeout server 30s\n"
FIRST = {
    "00-base.cfg": BASE,
    "10-web.cfg": "# the web\n\nfrontend www from web\n  bind 127.0.0.1:18081\n  default_backend blue\n",
    "20-blue.cfg": "backend blue from web\n  server s1 127.0.0.1:9001 # one\n",
}
SECOND = {
    "00-base.cfg": BASE,
    "10-web.cfg": FIRST["10-web.cfg"],
    "30-all.cfg": "# all\nbackend blue from web\n  server s1 127.0.0.1:9002\n",
    "40-red.cfg": "backend red from web\n\n",
}


def files_of(folder: Path) -> dict[str, str]:
    """The files that HAProxy reads."""
    return {path.name: path.read_text() for path in folder.glob("[!.]*.cfg")}


def put(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (folder / name).write_text(text)


def planned(client: DataplaneClient, files: dict[str, str], scope: Scope | None = None) -> Plan:
    desired = read_desired(
        join_files(files.items()), "conf.d", kept=client.traits.keeps_text, files=client.traits.is_folder
    )
    return make_plan(client, desired, client.as_target("d", "3.4"), scope=scope)


def test_a_folder_is_written_back_to_its_own_files(tmp_path: Path) -> None:
    put(tmp_path, FIRST)
    (tmp_path / "notes.txt").write_text("not HAProxy's")
    (tmp_path / "10-web.cfg").chmod(0o640)
    untouched = (tmp_path / "10-web.cfg").stat().st_ino
    with DataplaneClient.embedded(tmp_path, haproxy_bin=find_haproxy()) as client:
        plan = planned(client, SECOND)
        assert [str(change.address) for change in plan.changes] == ["backends/blue/servers/s1", "backends/red"]
        assert plan.changes[0].source == "conf.d/30-all.cfg:3"
        assert plan.notes[:3] == (
            *("creates the file 30-all.cfg", "creates the file 40-red.cfg", "removes the file 20-blue.cfg"),
        )
        assert files_of(tmp_path) == FIRST
        assert apply_plan(client, plan).changed
        assert files_of(tmp_path) == SECOND
        assert planned(client, SECOND).operations == ()
        assert not apply_plan(client, plan).changed
    assert (tmp_path / "10-web.cfg").stat().st_ino == untouched
    assert (tmp_path / "notes.txt").read_text() == "not HAProxy's"
    with DataplaneClient.embedded(tmp_path) as client:
        assert client.snapshot().version == 2


def test_unmanaged_sections_stay_in_their_own_files(tmp_path: Path) -> None:
    theirs = "# theirs\nbackend theirs from web\n  server s 127.0.0.1:1   # by hand\n"
    put(
        tmp_path,
        {
            **FIRST,
            "15-theirs.cfg": theirs,
            "20-blue.cfg": f"{theirs.replace('theirs', 'more')}\n{FIRST['20-blue.cfg']}",
        },
    )
    with DataplaneClient.embedded(tmp_path) as client:
        plan = planned(client, SECOND, Scope(prune=True, ignore=("backend/theirs", "backend/more")))
        apply_plan(client, plan)
    found = files_of(tmp_path)
    assert found["15-theirs.cfg"] == theirs
    assert found["20-blue.cfg"] == f"{theirs.replace('theirs', 'more')}\n"
    assert {name: found[name] for name in SECOND} == SECOND


def test_an_edit_by_hand_counts_the_version_up(tmp_path: Path) -> None:
    put(tmp_path, FIRST)
    with DataplaneClient.embedded(tmp_path) as client:
        apply_plan(client, planned(client, SECOND))
        before = client.snapshot()
        (tmp_path / "40-red.cfg").write_text("backend red from web\n  mode tcp\n")
        assert client.snapshot().version == before.version + 1


def test_one_file_is_no_folder(tmp_path: Path) -> None:
    with (
        DataplaneClient.embedded(tmp_path) as client,
        pytest.raises(InputError, match="the target is a folder of files, and one is one file"),
    ):
        read_desired(BASE, "one", kept=True, files=client.traits.is_folder)


def test_files_on_a_target_that_is_one_file_are_one_text(tmp_path: Path) -> None:
    with DataplaneClient.embedded(tmp_path / "haproxy.cfg") as client:
        plan = planned(client, FIRST)
        assert [change.source for change in plan.changes][-2:] == ["conf.d/20-blue.cfg:1", "conf.d/20-blue.cfg:2"]
        assert apply_plan(client, plan).snapshot.body == "".join(FIRST.values())


STEPS = ("open", "fsync", "fchmod", "replace", "rename", "unlink")


def writing_dies_at(folder: Path, step: int, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Write SECOND in a process that dies before its n-th system call; False if it had fewer calls."""
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) != 0
    left = step

    def counting(call: Callable[..., object]) -> Callable[..., object]:
        def counted(*args: object, **options: object) -> object:
            nonlocal left
            left -= 1
            if left < 0:
                os._exit(9)
            return call(*args, **options)

        return counted

    for name in STEPS:
        monkeypatch.setattr(os, name, counting(getattr(os, name)))
    FolderStorage(folder).write("# _version=9\n\n" + join_files(SECOND.items()))
    os._exit(0)


def test_a_process_that_dies_leaves_the_old_files_or_the_new_ones(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    step, seen = 0, set()
    while True:
        folder = tmp_path / str(step)
        folder.mkdir()
        put(folder, FIRST)
        died = writing_dies_at(folder, step, monkeypatch)
        text = FolderStorage(folder).read()
        new = files_of(folder) == SECOND
        assert new or files_of(folder) == FIRST
        assert text.endswith(join_files((SECOND if new else FIRST).items()))
        assert text.startswith("# _version=9\n") == new
        seen.add(new)
        FolderStorage(folder).write("# _version=10\n\n" + join_files(FIRST.items()))
        assert files_of(folder) == FIRST
        assert not [path for path in folder.iterdir() if path.name.startswith(".hsync-new")]
        if not died:
            break
        step += 1
    assert step > 20
    assert seen == {True, False}


def test_what_is_no_folder_and_what_hsync_did_not_write(tmp_path: Path) -> None:
    with pytest.raises(TargetError, match="there is no such folder"):
        FolderStorage(tmp_path / "none")
    with pytest.raises(TargetError, match="is a folder of files"):
        FolderStorage(tmp_path).write("global\n")
    (tmp_path / ".hsync-pending").write_text('{"new": ["../../x"], "gone": []}')
    with pytest.raises(TargetError, match="was not written by hsync"):
        FolderStorage(tmp_path).read()
