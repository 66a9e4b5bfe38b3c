"""The commit of a project is found out without running what its repository names. Rows are attacks: git itself runs them."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from hsync.session.origin import meta


@dataclass
class Repository:
    """A repository with one commit, and a program that leaves a trace."""

    root: Path
    trace: Path

    @property
    def evil(self) -> str:
        return str(self.trace.parent / "evil.sh")

    def git(self, *words: str, where: Path | None = None) -> str:
        done = subprocess.run(["git", *words], cwd=where or self.root, capture_output=True, text=True, check=False)
        return done.stdout.strip()

    def touch(self) -> None:
        """Change a file's time, so that its content must be looked at."""
        os.utime(self.root / "a.cfg", (1, 1))


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repository:
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)
    root = tmp_path / "project"
    root.mkdir()
    made = Repository(root, tmp_path / "trace")
    Path(made.evil).write_text(f"#!/bin/sh\necho ran >> {made.trace}\ncat\n")
    Path(made.evil).chmod(0o755)
    made.git("init", "-q")
    made.git("config", "--global", "user.email", "a@b")
    made.git("config", "--global", "user.name", "a")
    (root / "a.cfg").write_text("a\n")
    made.git("add", ".")
    made.git("commit", "-qm", "one")
    return made


def setting(name: str, value: str = "") -> Callable[[Repository], None]:
    def plant(it: Repository) -> None:
        it.git("config", name, value or it.evil)
        it.touch()

    return plant


def filtered(driver: str, what: str) -> Callable[[Repository], None]:
    def plant(it: Repository) -> None:
        (it.root / ".git" / "info").mkdir(exist_ok=True)
        (it.root / ".git" / "info" / "attributes").write_text(f"*.cfg filter={driver}\n")
        it.git("config", f"filter.{driver}.{what}", it.evil)
        it.touch()

    return plant


def changed(name: str) -> Callable[[Repository], None]:
    def plant(it: Repository) -> None:
        setting(name)(it)
        (it.root / "a.cfg").write_text("b\n")

    return plant


def included(it: Repository) -> None:
    (it.root / "more").write_text(f"[core]\n\tfsmonitor = {it.evil}\n")
    it.git("config", "include.path", "../more")


def of_worktree(it: Repository) -> None:
    it.git("config", "extensions.worktreeConfig", "true")
    it.git("config", "--worktree", "core.fsmonitor", it.evil)


def hook(it: Repository) -> None:
    (it.root / ".git" / "hooks").mkdir(exist_ok=True)
    Path(it.evil).rename(it.root / ".git" / "hooks" / "post-index-change")
    it.touch()


def hooks_elsewhere(it: Repository) -> None:
    (it.root / "hooks").mkdir()
    Path(it.evil).rename(it.root / "hooks" / "post-index-change")
    it.git("config", "core.hooksPath", "hooks")
    it.touch()


def bare_inside(it: Repository) -> None:
    """A bare repository among the files: git takes it for the one that it is in."""
    for name in ("objects", "refs", "refs/heads"):
        (it.root / name).mkdir()
    head = it.git("rev-parse", "HEAD")
    (it.root / "HEAD").write_text(f"{head}\n")
    (it.root / "config").write_text(f"[core]\n\trepositoryformatversion = 0\n\tworktree = .\n\tfsmonitor = {it.evil}\n")
    (it.root / ".git" / "objects").rename(it.root / "objects.old")
    (it.root / "objects").rmdir()
    (it.root / "objects.old").rename(it.root / "objects")
    (it.root / ".git" / "index").rename(it.root / "index")
    subprocess.run(["rm", "-rf", str(it.root / ".git")], check=True)


def submodule(it: Repository) -> None:
    inner = it.root / "inner"
    inner.mkdir()
    it.git("init", "-q", where=inner)
    (inner / "b").write_text("b\n")
    it.git("add", ".", where=inner)
    it.git("commit", "-qm", "b", where=inner)
    it.git("add", "inner")
    it.git("commit", "-qm", "two")
    it.git("config", "core.fsmonitor", it.evil, where=inner)


DESCRIBE = ("describe", "--always", "--dirty", "--exclude=*")
DIFF = ("diff", "HEAD")

ATTACKS: dict[str, tuple[Callable[[Repository], None], tuple[str, ...]]] = {
    "monitor": (setting("core.fsmonitor"), DESCRIBE),
    "monitor in a file that is included": (included, DESCRIBE),
    "monitor of the worktree": (of_worktree, DESCRIBE),
    "monitor of a bare repository inside": (bare_inside, DESCRIBE),
    "monitor of a submodule": (submodule, DESCRIBE),
    "filter": (filtered("x", "clean"), DESCRIBE),
    "filter with an odd name": (filtered("a=b.c", "clean"), DESCRIBE),
    "filter that stays": (filtered("x", "process"), DESCRIBE),
    "hook": (hook, DESCRIBE),
    "hook elsewhere": (hooks_elsewhere, DESCRIBE),
    "diff": (changed("diff.external"), DIFF),
}


@pytest.mark.parametrize("name", ATTACKS)
def test_what_a_repository_names_is_not_run(name: str, repository: Repository, tmp_path: Path) -> None:
    plant, attacked = ATTACKS[name]
    plant(repository)
    copy = shutil.copytree(repository.root, tmp_path / "copy", symlinks=True)
    repository.git(*attacked, where=copy)
    assert repository.trace.exists(), "this is no attack"
    repository.trace.unlink()
    meta(repository.root)
    assert not repository.trace.exists()


def test_the_commit_and_whether_files_differ(repository: Repository) -> None:
    commit = repository.git(*DESCRIBE)
    assert len(commit) >= 7
    assert meta(repository.root).git == commit
    repository.touch()
    assert meta(repository.root).git == commit
    (repository.root / "new").touch()
    assert meta(repository.root).git == commit
    (repository.root / "a.cfg").write_text("b\n")
    assert meta(repository.root).git == f"{commit}-dirty" == repository.git(*DESCRIBE)


def test_the_filters_of_the_user_are_run(repository: Repository) -> None:
    """As with git-lfs, which is in the user's own configuration: files that it changed are not dirty."""
    repository.git("config", "--global", "filter.up.clean", "tr a-z A-Z")
    (repository.root / ".gitattributes").write_text("*.txt filter=up\n")
    (repository.root / "b.txt").write_text("b\n")
    repository.git("add", ".")
    repository.git("commit", "-qm", "two")
    os.utime(repository.root / "b.txt", (1, 1))
    assert not meta(repository.root).git.endswith("-dirty")


VARIABLES = {
    "GIT_DIR": "/nonexistent",
    "GIT_WORK_TREE": "/nonexistent",
    "GIT_INDEX_FILE": "/nonexistent",
    "GIT_EXTERNAL_DIFF": "EVIL",
    "GIT_PAGER": "EVIL",
    "GIT_CONFIG_PARAMETERS": "'core.fsmonitor'='EVIL'",
}


@pytest.mark.parametrize("name", VARIABLES)
def test_variables_that_were_meant_for_git_elsewhere(
    name: str, repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit = repository.git(*DESCRIBE)
    (repository.root / "a.cfg").write_text("b\n")
    monkeypatch.setenv(name, VARIABLES[name].replace("EVIL", repository.evil))
    assert meta(repository.root).git == f"{commit}-dirty"
    assert not repository.trace.exists()


def test_what_the_operator_says_to_git_by_variables_counts(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", "core.abbrev")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", "20")
    assert len(meta(repository.root).git) == 20
    filtered("x", "clean")(repository)
    assert len(meta(repository.root).git) == 20
    assert not repository.trace.exists()


def test_no_commit_where_there_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert meta(tmp_path).git == ""
    monkeypatch.setattr("hsync.session.origin.TIMEOUT_S", 0.2)
    (tmp_path / "git").write_text("#!/bin/sh\nexec sleep 5\n")
    (tmp_path / "git").chmod(0o755)
    monkeypatch.setattr("shutil.which", lambda _: str(tmp_path / "git"))
    assert meta(tmp_path).git == ""


def test_git_gets_no_password_of_hsync(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    git = tmp_path / "git"
    git.write_text(f"#!/bin/sh\nenv >> {tmp_path / 'seen'}\necho 8a41c0e\n")
    git.chmod(0o755)
    monkeypatch.setattr("shutil.which", lambda _: str(git))
    monkeypatch.setenv("HSYNC_PASSWORD", "canary")
    assert meta(tmp_path).git == "8a41c0e"
    assert "canary" not in (tmp_path / "seen").read_text()
