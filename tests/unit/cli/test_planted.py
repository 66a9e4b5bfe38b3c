"""What somebody planted where hsync writes: nothing else is written, nothing is left, and the message says what to do.

The verbs run in a project, as they do every day; one thing in it was put there by somebody else.
"""

from __future__ import annotations

import codecs
import importlib
import os
import pkgutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import hsync
from tests.planting import LAYOUTS, LINKS, PRECIOUS
from tests.unit.cli.conftest import Run, local

pytestmark = pytest.mark.attack("planted files")

OWN = {
    "plan": "local.plan.json",
    "text": "local.imported.cfg",
    "state": "state/local.json",
    "lock": "state/STEM.lock",
    "lock of a write": "state/STEM.write.lock",
    "holder": "state/STEM.holder",
    "lock of the target": "haproxy.cfg.lock",
}
"""Files of hsync itself: no link among them is followed. STEM is what the locks of the target are called after."""


def tree(folder: Path) -> dict[str, tuple[int, bytes]]:
    """Everything in a folder: kind and mode, and what files hold."""
    return {
        str(one.relative_to(folder)): (one.lstat().st_mode, one.read_bytes() if one.is_file() else b"")
        for one in folder.rglob("*")
    }


@pytest.fixture
def outside(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("outside")
    (folder / "file").write_bytes(PRECIOUS)
    (folder / "file").chmod(0o640)
    return folder


def day(run: Run) -> str:
    """Plan, apply, look for drift, import; all that was said."""
    said = []
    run("allow", code=None)
    for words in (
        ["plan"],
        ["apply", "local.plan.json", "--auto-approve"],
        ["drift"],
        ["import", "-o", "local.imported.cfg", "--force"],
        ["state", "history"],
    ):
        result = run(*words, code=None)
        assert "has a bug" not in result.output, result.output
        assert result.exit_code == 0 or "hint: " in result.output or result.exit_code == 2, result.output
        said.append(result.output)
    return "".join(said)


def allowed_plan(run: Run) -> None:
    """A plan of a project whose operator has looked at where its links lead."""
    run("allow", code=None)
    run("plan")


def left(folder: Path) -> list[str]:
    """What hsync did not clear away."""
    return [str(one) for one in folder.rglob(".hsync-*") if one.name.endswith(".tmp")]


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("name", OWN)
def test_nothing_is_written_outside(run: Run, project: Path, outside: Path, layout: str, name: str) -> None:
    path = project / OWN[name].replace("STEM", local(project).lock_file("").name)
    before = tree(outside)
    LAYOUTS[layout](path, outside)
    said = day(run)
    assert tree(outside) == before
    assert left(project) == []
    if layout == "folder":
        assert (path / "file").read_bytes() == PRECIOUS
    if layout in {"folder", "pipe", "device"} and name != "holder":
        assert str(path.name) in said
        assert not path.is_file()


@pytest.mark.parametrize("layout", sorted(LINKS - {"link to a folder"}))
def test_a_configuration_that_is_a_link_stays_one(run: Run, project: Path, outside: Path, layout: str) -> None:
    """As `git config` does with its file: people manage such links."""
    path = project / "haproxy.cfg"
    if layout != "dangling link":
        (outside / "file").write_bytes(b"global\n  maxconn 1\n")
    LAYOUTS[layout](path, outside)
    allowed_plan(run)
    assert "applied" in run("apply", "local.plan.json", "--auto-approve").output
    file = outside / ("none" if layout == "dangling link" else "file")
    assert path.is_symlink()
    assert b"maxconn 1000" in file.read_bytes()
    assert stat.S_IMODE(file.stat().st_mode) == (0o600 if layout == "dangling link" else 0o640)
    assert sorted(one.name for one in outside.iterdir()) == sorted({"file", file.name, f"{file.name}.lock"})


def test_a_configuration_of_two_names_is_replaced_under_one(run: Run, project: Path, outside: Path) -> None:
    (outside / "file").write_bytes(b"global\n  maxconn 1\n")
    LAYOUTS["hard link"](project / "haproxy.cfg", outside)
    allowed_plan(run)
    run("apply", "local.plan.json", "--auto-approve")
    assert (outside / "file").read_bytes() == b"global\n  maxconn 1\n"
    assert stat.S_IMODE((project / "haproxy.cfg").stat().st_mode) == 0o640


@pytest.mark.parametrize("layout", ["pipe", "device"])
def test_a_configuration_that_is_no_file_is_refused(run: Run, project: Path, outside: Path, layout: str) -> None:
    LAYOUTS[layout](project / "haproxy.cfg", outside)
    said = run("plan", code=1).output
    assert "haproxy.cfg: cannot be read: not a regular file" in said
    assert "hint: give the path of a haproxy.cfg" in said
    assert not (project / "haproxy.cfg").is_file()


@pytest.mark.parametrize("layout", ["link to a folder", "dangling link", "link", "pipe"])
def test_a_state_folder_that_is_none_is_refused(run: Run, project: Path, outside: Path, layout: str) -> None:
    before = tree(outside)
    (project / "state" / "README.md").unlink()
    (project / "state").rmdir()
    LAYOUTS[layout](project / "state", outside)
    allowed_plan(run)
    said = run("apply", "local.plan.json", "--auto-approve", code=1).output
    assert "cannot lock " in said
    assert "hint: " in said
    if layout in LINKS:
        assert 'set the real folder in hsync.toml: state = "' in said
    assert tree(outside) == before
    assert not (project / "haproxy.cfg").exists()


def test_the_remedy_for_a_state_folder_that_is_a_link_helps(run: Run, project: Path, outside: Path) -> None:
    (project / "state" / "README.md").unlink()
    (project / "state").rmdir()
    (project / "state").symlink_to(outside)
    allowed_plan(run)
    said = run("apply", "local.plan.json", "--auto-approve", code=1).output
    setting = said.partition("in hsync.toml: ")[2].strip()
    toml = project / "hsync.toml"
    toml.write_text(f"{setting}\n{toml.read_text()}")
    run("apply", "local.plan.json", "--auto-approve")
    assert (outside / "local.json").is_file()


@pytest.mark.parametrize("what", ["folder", "link"])
def test_the_folder_of_a_plan_may_be_a_link_that_was_typed(run: Run, project: Path, outside: Path, what: str) -> None:
    """`-o` is the operator's word."""
    if what == "link":
        (project / "out").symlink_to(outside)
    else:
        (project / "out").mkdir()
    run("plan", "-o", "out/x.plan.json")
    assert stat.S_IMODE((project / "out" / "x.plan.json").stat().st_mode) == 0o600
    assert (outside / "file").read_bytes() == PRECIOUS


def test_no_verdict_comes_from_the_project(
    run: Run, project: Path, outside: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A pull request may bring `state/.verdicts`, as a folder or as a link: nobody looks there, and nobody writes."""
    haproxy = project / "haproxy-that-counts"
    haproxy.write_text(f"#!/bin/sh\necho run >> {outside / 'runs'}\n")
    haproxy.chmod(0o755)
    monkeypatch.setenv("HSYNC_HAPROXY_BIN", str(haproxy))
    cache = Path(os.environ["XDG_CACHE_HOME"]) / "hsync" / "verdicts"
    allowed_plan(run)
    [verdict] = cache.glob("*.json")
    planted = project / "state" / ".verdicts"
    planted.mkdir(mode=0o700)
    verdict.rename(planted / verdict.name)
    allowed_plan(run)
    assert (outside / "runs").read_text() == "run\nrun\n"
    assert [one.name for one in planted.iterdir()] == [verdict.name]
    allowed_plan(run)
    assert (outside / "runs").read_text() == "run\nrun\n"


@pytest.mark.parametrize("layout", ["link to a folder", "link", "pipe", "readable by others"])
def test_a_cache_that_is_not_ours_is_not_used(
    run: Run, project: Path, outside: Path, monkeypatch: pytest.MonkeyPatch, layout: str
) -> None:
    haproxy = project / "haproxy-that-counts"
    haproxy.write_text(f"#!/bin/sh\necho run >> {project / 'runs'}\n")
    haproxy.chmod(0o755)
    monkeypatch.setenv("HSYNC_HAPROXY_BIN", str(haproxy))
    cache = Path(os.environ["XDG_CACHE_HOME"]) / "hsync" / "verdicts"
    if layout == "readable by others":
        allowed_plan(run)
        cache.chmod(0o755)  # somebody may have written there
        allowed_plan(run)
        assert stat.S_IMODE(cache.stat().st_mode) == 0o700
    else:
        cache.parent.mkdir(parents=True)
        LAYOUTS[layout](cache, outside)
        before = tree(outside)
        allowed_plan(run)
        allowed_plan(run)
        assert tree(outside) == before
    assert (project / "runs").read_text() == "run\nrun\n"


def test_without_a_home_nothing_is_remembered(run: Run, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def homeless() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setattr(Path, "home", homeless)
    assert "Plan: " in run("plan").output
    assert sorted(one.name for one in (project / "state").iterdir()) == ["README.md"]


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
def test_nobody_else_reads_or_writes_what_hsync_keeps(run: Run, tmp_path: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        run("init")
        day(run)
    finally:
        os.umask(before)
    modes = {str(one.relative_to(tmp_path)): stat.S_IMODE(one.stat().st_mode) for one in tmp_path.rglob("*")}
    given = {name: mode for name, mode in modes.items() if (tmp_path / name).is_dir()}
    kept = {name: mode for name, mode in given.items() if ".kept" in name}
    assert set(kept.values()) == {0o700}
    assert given.items() - kept.items() == dict.fromkeys(["state", "templates", "vars"], 0o755 & ~umask).items()
    written = {name for name in modes if name.split("/")[0] in {"hsync.toml", "templates", "vars"}} | {
        "state/README.md"
    }
    for name in modes.keys() - given.keys():
        assert modes[name] == (0o644 & ~umask if name in written else 0o600), name
    assert {"haproxy.cfg", "local.plan.json", "state/local.json", "local.imported.cfg"} <= modes.keys()


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o644, 0o660, 0o444])
def test_a_configuration_keeps_its_mode(run: Run, project: Path, mode: int) -> None:
    path = project / "haproxy.cfg"
    path.write_text("global\n  maxconn 1\n")
    path.chmod(mode)
    allowed_plan(run)
    run("apply", "local.plan.json", "--auto-approve")
    assert stat.S_IMODE(path.stat().st_mode) == mode


@pytest.fixture
def reachable(run: Run, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A project that other users can enter: the folders of pytest are private."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        monkeypatch.chdir(name)
        run("init")
        yield Path(name)
        os.chdir("/")


@contextmanager
def another_user(*folders: Path) -> Iterator[None]:
    """Root may write anywhere: be another user for a while, to whom the folders belong."""
    user = os.geteuid()
    if user == 0:
        for info in pkgutil.walk_packages(hsync.__path__, "hsync."):
            importlib.import_module(info.name)  # the other user may not read where Python is
        codecs.lookup("utf-8-sig")
        for folder in folders:
            for one in (folder, *folder.rglob("*")):
                os.chown(one, 65534, -1)
        os.seteuid(65534)
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("XDG_CONFIG_HOME", str(folders[0] / "nowhere"))
            yield
    finally:
        os.seteuid(user)


READ_ONLY = {
    "the folder of the plan": (".", ["plan"], "cannot write "),
    "the state folder": ("state", ["apply", "local.plan.json", "--auto-approve"], "cannot lock "),
    "the folder of the target": ("etc", ["apply", "local.plan.json", "--auto-approve"], "etc/haproxy.cfg"),
    "a new project": (".", ["init", "new"], "cannot write new/hsync.toml: Permission denied"),
}


@pytest.mark.parametrize("what", READ_ONLY)
def test_a_folder_that_may_not_be_written_is_named(run: Run, reachable: Path, what: str) -> None:
    where, words, said = READ_ONLY[what]
    toml = reachable / "hsync.toml"
    toml.write_text(toml.read_text().replace('"haproxy.cfg"', '"etc/haproxy.cfg"'))
    (reachable / "etc").mkdir()
    (reachable / "etc" / "haproxy.cfg").write_text("global\n  maxconn 1\n")
    with another_user(reachable):
        run("plan", "-o", "local.plan.json")
        if where == ".":
            (reachable / "local.plan.json").unlink()
        before = tree(reachable)
        (reachable / where).chmod(0o555)
        try:
            result = run(*words, code=1)
        finally:
            (reachable / where).chmod(0o755)
    assert said in result.output
    assert "Permission denied" in result.output
    assert "hint: " in result.output
    assert left(reachable) == []
    after = tree(reachable)
    assert {name: after.get(name) for name in before} == before
    new = {name for name in after.keys() - before.keys() if "/.kept" not in name}
    assert {name.rpartition(".")[2] for name in new} <= {"lock", "json"}


def test_in_a_folder_that_everybody_may_write_nothing_of_others_is_used(
    run: Run, reachable: Path, outside: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`/tmp` is such a folder. What belongs to another user there can be neither replaced nor followed."""
    monkeypatch.setenv("HSYNC_ALLOW", f"path:{outside / 'file'}")
    if os.geteuid() != 0:
        pytest.skip("only root gives files away")
    common = reachable / "common"
    common.mkdir()
    for name in ("x.plan.json", "haproxy.cfg", "haproxy.cfg.lock"):
        (common / name).symlink_to(outside / "file")
        os.lchown(common / name, 4711, 4711)
    before = tree(outside)
    common.chmod(0o1777)
    with another_user(reachable / "templates"):
        said = run("plan", "-t", "common/haproxy.cfg", "-o", "common/own.plan.json", code=1).output
        assert "a link of another user (uid 4711) in a world-writable folder" in said
        assert "hint: " in said
        said = run("plan", "-o", "common/x.plan.json", code=1).output
        assert "hint: " in said
        run("plan", "-o", "common/own.plan.json")
    assert tree(outside) == before
    assert stat.S_IMODE((common / "own.plan.json").stat().st_mode) == 0o600
    assert left(common) == []


def test_a_state_folder_of_another_user_works_if_it_may_be_written(run: Run, reachable: Path) -> None:
    """A project that was checked out by one user and runs as another, in a container for example."""
    if os.geteuid() != 0:
        pytest.skip("only root gives files away")
    for one in (reachable / "state", reachable / "state" / "README.md"):
        os.chown(one, 4711, 4711)
    allowed_plan(run)
    run("apply", "local.plan.json", "--auto-approve")
    assert (reachable / "state" / "local.json").stat().st_uid == 0
