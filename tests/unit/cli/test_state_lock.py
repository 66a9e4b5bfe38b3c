"""Locks of other runs and of dead ones, `hsync state unlock`, `hsync state texts`, and where a run of the history is from."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from hsync.cli import questions
from hsync.files import FileLock
from hsync.store import FileStore, Place, lock
from hsync.store.state import broken, chained, dump_state, load_state
from hsync.store.stores import Owner
from tests.unit.cli.conftest import Run, local

ELSEWHERE = Owner("ann", "host7", 4711, "2026-11-23T21:20:04Z", "hsync apply")

HOLD = """
import os, signal, sys
from pathlib import Path
from hsync.store import Place, lock
from hsync.store.stores import Owner
with lock(Place(Path(sys.argv[1]), "local", sys.argv[2]), owner=Owner.here("hsync apply")):
    print("held", flush=True)
    sys.stdin.read()
    os.kill(os.getpid(), signal.SIGKILL)
"""


def held_by_another_process(place: Place) -> subprocess.Popen[bytes]:
    """A process that holds the lock of a target until the end of its input, and then dies with it."""
    command = [sys.executable, "-c", HOLD, str(place.folder), place.identity]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stdout.readline() == b"held\n"
    return process


def dead(place: Place) -> int:
    """The process id of a run that died with the lock."""
    process = held_by_another_process(place)
    process.communicate()
    assert process.returncode == -signal.SIGKILL
    return process.pid


@contextmanager
def held_on_another_host(place: Place) -> Iterator[None]:
    """A lock that this host cannot release by itself, as one on a network file system whose client is gone."""
    with lock(place, owner=ELSEWHERE):
        yield


def test_the_message_of_a_held_lock_names_the_owner_whole(run: Run, applied: Path) -> None:
    process = held_by_another_process(local(applied))
    try:
        run("plan", "--var", "maxconn=7")
        told = run("apply", "local.plan.json", "--auto-approve", code=5).stderr
    finally:
        process.communicate()
    owner = rf"process {process.pid} of {Owner.here().user} on {Owner.here().host}: hsync apply, since 20\S+Z \(\d+ s\)"
    assert re.search(rf"another run of hsync holds the lock of local \({owner}\)", told)
    assert "--lock-timeout SECONDS" in told


@pytest.mark.parametrize("verb", [["apply", "local.plan.json", "--auto-approve"], ["import"], ["recover"], ["doctor"]])
def test_the_lock_of_a_dead_run_is_taken_over_and_told(run: Run, applied: Path, verb: list[str]) -> None:
    pid = dead(local(applied))
    told = run(*verb, code=None).stderr
    assert f"The lock of local was taken over from a dead run (process {pid} of " in told
    assert "taken over" not in run(*verb, code=None).stderr


@pytest.mark.parametrize("verb", ["apply", "import", "recover"])
def test_a_run_announces_its_command(run: Run, applied: Path, verb: str, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []

    def locking(_self: FileStore, owner: Owner, *, timeout: float = 0.0) -> object:
        seen.append(owner.command)
        return lock(local(applied), owner=owner, timeout=timeout)

    monkeypatch.setattr(FileStore, "lock", locking)
    run("plan", "--var", "maxconn=7")
    words = ["apply", "local.plan.json", "--auto-approve"] if verb == "apply" else [verb]
    run(*words, code=None)
    assert seen == [f"hsync {verb}"]


# hsync state unlock


def test_a_lock_that_nobody_holds(run: Run, project: Path) -> None:
    assert run("state", "unlock").stdout == "local is not locked.\n"
    assert not list((project / "state").glob("*.lock"))


def test_the_lock_of_a_dead_run_is_released(run: Run, applied: Path) -> None:
    pid = dead(local(applied))
    told = run("state", "unlock", "--yes").stdout
    assert f"The lock of local was released: process {pid} of " in told
    assert "hsync doctor" in told
    assert run("state", "unlock").stdout == "local is not locked.\n"
    assert "taken over" not in run("recover").stderr


def test_the_lock_of_a_run_at_work_is_not_released(run: Run, applied: Path) -> None:
    process = held_by_another_process(local(applied))
    try:
        told = run("state", "unlock", "--yes", code=5).stderr
    finally:
        process.communicate()
    assert f"process {process.pid} of " in told
    assert "do not delete a file" in told


def test_a_lock_without_a_name_is_not_released(run: Run, applied: Path) -> None:
    with lock(local(applied)):
        local(applied).lock_file(".holder").unlink()
        assert "its process is unknown" in run("state", "unlock", "--yes", code=5).stderr


def test_a_lock_of_another_host_is_released_by_the_command_of_its_message(run: Run, applied: Path) -> None:
    run("plan", "--var", "maxconn=7")
    with held_on_another_host(local(applied)):
        told = run("apply", "local.plan.json", "--auto-approve", code=5).stderr
        assert "process 4711 of ann on host7: hsync apply, since 2026-11-23T21:20:04Z" in told
        (command,) = re.findall(r"if it is dead on host7 and the lock is still held: hsync (.+)\n", told)
        assert command == "state unlock -t local"
        refused = run(*command.split(), code=64).stderr
        assert "hint: to agree: --yes" in refused
        run("apply", "local.plan.json", "--auto-approve", code=5)
        told = run(*command.split(), "--yes").stdout
        assert "was released: process 4711 of ann on host7" in told
        assert "applied: 1 operation" in run("apply", "local.plan.json", "--auto-approve").stdout


@pytest.mark.parametrize(("answer", "code"), [("yes", 0), ("no", 1)])
def test_on_a_terminal_it_is_asked(
    run: Run, applied: Path, answer: str, code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(questions, "is_interactive", lambda: True)
    with held_on_another_host(local(applied)):
        result = run("state", "unlock", code=code, stdin=f"{answer}\n")
        assert "local is locked by process 4711 of ann on host7" in result.stderr
        assert "check on host7 that it is dead. Release the lock?" in result.stderr
        told = run("import", code=None if code else 0).stderr
    assert ("not confirmed: nothing was changed" in result.stderr) == bool(code)
    assert ("holds the lock of local" in told) == bool(code)


def test_a_lock_file_that_cannot_be_deleted_is_told(run: Run, applied: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with held_on_another_host(local(applied)), monkeypatch.context() as patch:
        patch.setattr(Path, "unlink", refuse)
        told = run("state", "unlock", "--yes", code=1).stderr
    assert "cannot delete" in told
    assert "Permission denied" in told


def test_who_waits_for_a_deleted_lock_file_gets_the_new_one(tmp_path: Path) -> None:
    path = tmp_path / "a.lock"
    first, second, third = FileLock(path), FileLock(path), FileLock(path)
    assert first.acquire(0)
    path.unlink()
    assert second.acquire(0)
    assert not third.acquire(0)
    first.release()
    assert not third.acquire(0)
    second.release()
    assert third.acquire(0)
    third.release()


def test_a_lock_file_that_is_deleted_between_opening_and_locking(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from hsync.files import lock as module

    path, opened, times = tmp_path / "a.lock", module._opened, []

    def opening(name: Path) -> int:
        handle = opened(name)
        times.append(handle)
        if len(times) == 1:
            path.unlink()
        return handle

    monkeypatch.setattr(module, "_opened", opening)
    one, two = FileLock(path), FileLock(path)
    assert one.acquire(0)
    assert len(times) == 2
    assert not two.acquire(0)
    one.release()


# hsync state texts


def test_kept_texts_are_listed_and_printed(run: Run, applied: Path) -> None:
    before = (applied / "haproxy.cfg").read_text()
    run("plan", "--var", "maxconn=7")
    run("apply", "local.plan.json", "--auto-approve")
    first, second, third = run("state", "texts").stdout.splitlines()
    assert re.match(r"sha256:[0-9a-f]{12}  20\S+Z  before sha256:[0-9a-f]{12} \(applied, 20\S+Z\)", first)
    assert re.search(r"  after sha256:\S+ \(applied, \S+\); before sha256:", second)
    assert third.count("sha256:") == 2
    document = json.loads(run("state", "texts", "--json").stdout)
    assert [len(one["before"]) + len(one["after"]) for one in document["texts"]] == [1, 2, 1]
    text = run("state", "texts", second.split()[0]).stdout
    assert text in before
    assert "maxconn 1000" in text
    assert run("state", "texts", document["texts"][1]["digest"][7:20]).stdout == text
    told = run("state", "texts", second.split()[0], "--json").stderr
    assert "--json has no effect: a text is printed as it is" in told


def test_a_text_that_is_not_kept(run: Run, applied: Path) -> None:
    told = run("state", "texts", "sha256:ffff", code=64).stderr
    assert "no text with the digest 'sha256:ffff' of local" in told
    assert "hint: see the texts: hsync state texts -t local" in told
    assert "2 texts with the digest 'sha256:'" in run("state", "texts", "sha256:", code=64).stderr


def test_a_kept_text_has_references_in_the_place_of_secrets(
    run: Run, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOP", "hunter2hunter2")
    (project / "s.j2").write_text('userlist u\n  user a insecure-password {{ secret("env:TOP") }}\n')
    run("plan", "s.j2")
    run("apply", "local.plan.json", "--auto-approve")
    assert "hunter2" in (project / "haproxy.cfg").read_text()
    digest = run("state", "texts").stdout.splitlines()[-1].split()[0]
    text = run("state", "texts", digest).stdout
    assert "hunter2" not in text
    assert "env:TOP" in text


def test_texts_of_no_run_are_listed_too(run: Run, applied: Path) -> None:
    FileStore(local(applied)).keep("global\n")
    assert "of no run" in run("state", "texts").stdout


def refuse(path: Path, **_: object) -> None:
    raise PermissionError(13, "Permission denied", str(path))


def test_a_folder_of_texts_that_cannot_be_read(run: Run, applied: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "iterdir", refuse)
    assert "Permission denied" in run("state", "texts", code=1).stderr


# Where a run is from


def test_the_history_has_commit_environment_and_target(run: Run, project: Path) -> None:
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@b.example"]
    for words in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "x"]):
        subprocess.run([*git, *words], cwd=project, check=True)
    commit = subprocess.run(
        [*git, "rev-parse", "--short", "HEAD"], cwd=project, capture_output=True, text=True, check=True
    )
    run("plan", "-e", "prod")
    run("apply", "local.plan.json", "--auto-approve", "-m", "a reason")
    (one,) = json.loads(run("state", "history", "--json").stdout)["runs"]
    assert (one["commit"], one["environment"], one["target"]) == (commit.stdout.strip(), "prod", "local")
    assert (one["outcome"], one["reason"], one["plan"][:7]) == ("applied", "a reason", "sha256:")
    assert one["changes"].endswith(" added")
    assert one["took_ms"] > 0
    assert one["who"] == Owner.here().person
    assert f"  prod {commit.stdout.strip()}  {Owner.here().person}" in run("state", "history").stdout
    assert "is whole: 1 run." in run("state", "history", "--verify").stderr


@pytest.mark.parametrize("name", ["commit", "environment", "target"])
def test_the_chain_covers_where_a_run_is_from(run: Run, applied: Path, name: str) -> None:
    run("plan", "-e", "prod", "--var", "maxconn=7")
    run("apply", "local.plan.json", "--auto-approve")
    run("state", "history", "--verify")
    file = applied / "state" / "local.json"
    document = json.loads(file.read_text())
    document["history"][1]["facts"][name] = "forged"
    file.write_text(json.dumps(document))
    assert "the history of local was changed" in run("state", "history", "--verify", code=1).stderr


def test_a_state_without_these_facts_is_read_and_its_chain_holds(run: Run, applied: Path) -> None:
    run("import")
    state = FileStore(local(applied)).read()
    assert state is not None
    bare = tuple(
        replace(one, facts=replace(one.facts, commit="", environment="", target=""), chain="") for one in state.history
    )
    text = dump_state(replace(state, history=chained(bare)))
    assert not {"commit", "environment"} & set(json.loads(text)["history"][0]["facts"])
    again = load_state(text, "state", "")
    assert broken(again.history) is None
    assert again.history[0].facts.commit == ""


def test_owner_without_a_live_process_is_not_at_work() -> None:
    assert Owner.here().is_at_work
    assert not replace(Owner.here(), pid=2**22 + 1).is_at_work
    assert not replace(Owner.here(), host="host7").is_at_work
    assert os.getpid() == Owner.here().pid
