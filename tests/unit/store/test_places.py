"""The files of a target in the state folder: its identity decides, and not its name."""

from __future__ import annotations

import grp
import json
import os
import pwd
from dataclasses import replace
from pathlib import Path

import pytest

from hsync.errors import InputError, LockedError
from hsync.plan.plan import Target
from hsync.store import Place, Record, State, lock, read_state, write_state
from hsync.store.places import other_writers, short_digest

ONE, TWO = "file:/lb1/haproxy.cfg", "file:/lb2/haproxy.cfg"


def state_of(place: Place, name: str = "") -> State:
    return State(Target(name or place.name, place.identity, "3.4"))


def derived(folder: Path, identity: str) -> Place:
    return Place(folder, "haproxy", identity, derived=True)


def named(folder: Path, identity: str, name: str = "edge1") -> Place:
    return Place(folder, name, identity)


def test_two_files_of_one_name_have_two_states(tmp_path: Path) -> None:
    one, two = derived(tmp_path, ONE), derived(tmp_path, TWO)
    written = write_state(one, state_of(one))
    assert read_state(two) is None
    write_state(two, state_of(two))
    assert read_state(one) == written
    names = sorted(path.name for path in tmp_path.glob("*.json"))
    assert names == sorted(f"haproxy-{short_digest(identity)}.json" for identity in (ONE, TWO))


def test_two_names_of_one_target_have_one_state_and_one_lock(tmp_path: Path) -> None:
    one, other = named(tmp_path, ONE), named(tmp_path, ONE, "web")
    written = write_state(one, state_of(one))
    assert read_state(other) == written
    again = write_state(other, replace(written, target=replace(written.target, name="web")))
    assert again.lineage == written.lineage
    assert [path.name for path in tmp_path.glob("*.json")] == ["edge1.json"]
    with lock(one), pytest.raises(LockedError, match="the lock of web"), lock(other):
        pass
    with lock(one), lock(named(tmp_path, TWO)):
        pass


def test_a_name_that_means_another_target_now_keeps_the_old_state(tmp_path: Path) -> None:
    old, new = named(tmp_path, ONE), named(tmp_path, TWO)
    written = write_state(old, state_of(old))
    assert read_state(new) is None
    assert new.stranger() == (tmp_path / "edge1.json", ONE)
    assert old.stranger() is None
    write_state(new, state_of(new))
    assert read_state(old) == written
    assert (tmp_path / f"edge1-{short_digest(TWO)}.json").exists()
    assert json.loads((tmp_path / "edge1.json").read_text())["target"]["url"] == ONE


def test_a_derived_name_warns_of_nothing(tmp_path: Path) -> None:
    write_state(named(tmp_path, ONE, "haproxy"), state_of(named(tmp_path, ONE, "haproxy")))
    assert derived(tmp_path, TWO).stranger() is None


@pytest.mark.parametrize("name", ["haproxy", "127.0.0.1-5555"])
def test_a_state_of_0_1_0_is_found_and_goes_on_in_its_file(tmp_path: Path, name: str) -> None:
    """hsync 0.1.0 used only the derived name."""
    place = replace(derived(tmp_path, ONE), name=name)
    written = write_state(named(tmp_path, ONE, name), state_of(place))
    assert read_state(place) == written
    write_state(place, written)
    assert [path.name for path in tmp_path.glob("*.json")] == [f"{name}.json"]
    assert read_state(replace(place, identity=TWO)) is None


def test_of_two_states_of_one_target_the_newest_counts(tmp_path: Path) -> None:
    """hsync 0.1.0 had a file for each name."""
    one, other = named(tmp_path, ONE), named(tmp_path, ONE, "web")
    records = [Record("begin", "sha256:" + "0" * 64, (), f"2026-01-0{day}T00:00:00Z") for day in (2, 1)]
    newest = write_state(one, replace(state_of(one), journal=(records[0],)))
    older = json.loads((tmp_path / "edge1.json").read_text())
    older["journal"][0]["when"] = records[1].when
    (tmp_path / "web.json").write_text(json.dumps(older, indent=2))
    assert read_state(one) == read_state(other) == newest


def test_a_state_file_of_the_target_s_name_that_is_damaged_is_no_absence(tmp_path: Path) -> None:
    (tmp_path / "edge1.json").write_text("{")
    with pytest.raises(InputError, match=r"edge1\.json"):
        read_state(named(tmp_path, ONE))
    assert read_state(named(tmp_path, TWO, "web")) is None


@pytest.mark.parametrize("text", ["[]", "{}", '{"target": {"url": 1}}', "[" * 100_000, "\xff"])
def test_other_files_of_the_folder_disturb_nobody(tmp_path: Path, text: str) -> None:
    place = named(tmp_path, ONE)
    (tmp_path / "other.json").write_text(text, encoding="latin-1")
    (tmp_path / "folder.json").mkdir()
    written = write_state(place, state_of(place))
    assert read_state(place) == written


@pytest.mark.parametrize("path", ['/a"b.cfg', "/a\\b.cfg", "/ä.cfg", "/a\n.cfg", "/\udce9.cfg", "/a b.cfg"])
def test_a_state_of_an_odd_path_is_found(tmp_path: Path, path: str) -> None:
    place = derived(tmp_path, f"file:{path}")
    written = write_state(place, state_of(place))
    assert read_state(place) == written
    file = next(tmp_path.glob("*.json"))
    if path == "/ä.cfg":  # by hand, a name may be written without escapes
        file.write_text(json.dumps(json.loads(file.read_text()), ensure_ascii=False), encoding="utf-8")
        assert read_state(place) == written


def test_the_lock_of_an_odd_identity_stays_in_the_folder(tmp_path: Path) -> None:
    for identity in ("file:/../../x", "unix:///run/a b.sock", "https://[::1]:5555", "file:/\udce9"):
        assert named(tmp_path, identity).lock_file(".lock").parent == tmp_path


ME, OTHER = 1000, 1001
NAMES = {0: "root", ME: "me", OTHER: "other"}


@pytest.mark.parametrize(
    ("mode", "owner", "group", "who"),
    [
        (0o700, ME, ME, ""),
        (0o755, ME, OTHER, ""),
        (0o755, 0, 0, ""),
        (0o775, ME, ME, ""),
        (0o775, ME, 0, ""),
        (0o775, ME, OTHER, "the group other"),
        (0o775, 0, OTHER, "the group other"),
        (0o775, ME, 4711, "the group 4711"),
        (0o777, ME, ME, "everybody"),
        (0o1777, 0, 0, "everybody"),
        (0o703, ME, ME, "everybody"),
        (0o700, OTHER, ME, "its owner other"),
        (0o755, 4711, ME, "its owner 4711"),
    ],
)
def test_who_else_may_write_is_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mode: int, owner: int, group: int, who: str
) -> None:
    def find(number: int) -> tuple[str]:
        return (NAMES[number],)

    found = os.stat_result([0o040000 | mode, 0, 0, 0, owner, group, 0, 0, 0, 0])
    monkeypatch.setattr(Path, "stat", lambda _: found)
    monkeypatch.setattr(os, "geteuid", lambda: ME)
    monkeypatch.setattr(grp, "getgrgid", find)
    monkeypatch.setattr(pwd, "getpwuid", find)
    assert other_writers(tmp_path) == who


def test_nobody_writes_into_a_folder_that_is_not_there(tmp_path: Path) -> None:
    assert other_writers(tmp_path / "none") == ""
