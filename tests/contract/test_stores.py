"""The contract of stores: their guarantees for concurrent writes, waiting and killed processes.

A new store is added in `tests/contract/stores.py` only. The last part is about `FileStore`.
"""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import pytest

from hsync.errors import HsyncError, InputError, LockedError, StalePlanError
from hsync.plan.plan import Target
from hsync.store.state import Applied, Record, Run, State
from hsync.store.stores import Owner, Policy, StateStore, Subject
from tests.architecture.source import ROOT
from tests.contract.stores import EDGE, KITS, SHARED, Kit, place

DIGEST = "sha256:" + "4c" * 32
FULL = State(
    Target("edge1", EDGE.identity, "3.2"),
    "b2f4ff9c-6f0a-4d0b-8d5e-0a2f3c1d9e77",
    0,
    Applied(42, "9f" * 32, DIGEST, "r1", "2026-11-23T21:20:04Z"),
    (("backend", "api"), ("global", "")),
    (Record("commit", DIGEST, (("sha256", "aa" * 32),), "2026-11-23T21:21:01Z"),),
    (Run("", "imported", None, "", "2026-11-20T08:00:00Z"),),
)
RUN = Run(DIGEST, "applied", 43, "r2", "2026-11-24T08:00:00Z")
ANN = Owner("ann", "host7", 4711, "2026-11-23T21:20:04Z", "hsync apply")


@pytest.fixture(params=KITS)
def kit(request: pytest.FixtureRequest) -> Kit:
    """Each store in turn."""
    return KITS[request.param]


@pytest.fixture
def store(kit: Kit, tmp_path: Path) -> StateStore:
    """A new store of one target."""
    return kit.store(tmp_path / "state")


def child(kit: str, folder: Path, command: str, argument: str) -> subprocess.Popen[str]:
    """Another process with the same data."""
    line = [sys.executable, "-m", "tests.contract.store_child", kit, str(folder), command, argument]
    return subprocess.Popen(line, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def heard(process: subprocess.Popen[str]) -> str:
    """The next line of output of a child process."""
    assert process.stdout is not None
    return process.stdout.readline().strip()


def in_threads(*works: Callable[[], object]) -> None:
    """Run functions at the same time; raise an error of any of them."""
    faults: list[BaseException] = []
    barrier = threading.Barrier(len(works))

    def guarded(work: Callable[[], object]) -> None:
        barrier.wait()
        try:
            work()
        except BaseException as fault:  # noqa: BLE001 - raised below
            faults.append(fault)

    threads = [threading.Thread(target=guarded, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if faults:
        raise faults[0]


# Read and write


def test_a_new_store_is_empty(store: StateStore) -> None:
    assert store.read() is None


def test_the_next_reader_gets_what_was_written(kit: Kit, tmp_path: Path) -> None:
    written = kit.store(tmp_path).write(FULL, expected_serial=0)
    assert written == replace(FULL, serial=1)
    assert kit.store(tmp_path).read() == written
    again = kit.store(tmp_path).write(replace(written, applied=None, journal=()), expected_serial=1)
    assert (again.serial, again.lineage, again.applied) == (2, FULL.lineage, None)
    assert kit.store(tmp_path).read() == again


def test_the_state_is_about_the_target_of_the_store(store: StateStore) -> None:
    other = replace(FULL, target=replace(FULL.target, url="https://other"))
    assert store.write(other, expected_serial=0).target.url == EDGE.identity


@pytest.mark.parametrize("derived", [True, False])
def test_targets_of_one_name_share_nothing(kit: Kit, tmp_path: Path, *, derived: bool) -> None:
    one = kit.store(tmp_path, Subject("edge1", "https://one", derived))
    two = kit.store(tmp_path, Subject("edge1", "https://two", derived))
    one.write(FULL, expected_serial=0)
    digest = one.keep("text")
    assert two.read() is None
    with pytest.raises(InputError):
        two.fetch(digest)
    with one.lock(ANN), two.lock(ANN):
        two.append(RUN)
    first, second = one.read(), two.read()
    assert first is not None
    assert second is not None
    assert (first.history, second.history) == (FULL.history, (RUN,))


@pytest.mark.parametrize("expected", [0, 1, 3])
def test_a_write_over_another_serial_is_refused(store: StateStore, expected: int) -> None:
    written = store.write(store.write(FULL, expected_serial=0), expected_serial=1)
    with pytest.raises(StalePlanError, match=f"serial 2, this run read {expected}") as caught:
        store.write(replace(FULL, owned=()), expected_serial=expected)
    assert "hsync plan" in caught.value.hint
    assert store.read() == written


def test_a_write_over_another_history_is_refused(store: StateStore) -> None:
    written = store.write(FULL, expected_serial=0)
    with pytest.raises(InputError, match="another history"):
        store.write(State(FULL.target), expected_serial=1)
    assert store.read() == written


def test_one_of_many_threads_wins(store: StateStore) -> None:
    store.write(FULL, expected_serial=0)
    outcomes: list[str] = []

    def try_it(name: str) -> None:
        try:
            store.write(replace(FULL, owned=(("backend", name),)), expected_serial=1)
        except StalePlanError:
            outcomes.append("stale")
        else:
            outcomes.append(name)

    in_threads(*(lambda name=str(number): try_it(name) for number in range(8)))
    winner = next(name for name in outcomes if name != "stale")
    state = store.read()
    assert Counter(outcomes) == {"stale": 7, winner: 1}
    assert state is not None
    assert (state.serial, state.owned) == (2, (("backend", winner),))


@pytest.mark.parametrize("name", SHARED)
def test_one_of_two_processes_wins(name: str, tmp_path: Path) -> None:
    KITS[name].store(tmp_path).write(FULL, expected_serial=0)
    children = {str(number): child(name, tmp_path, "race", str(number)) for number in range(2)}
    assert [heard(one) for one in children.values()] == ["ready", "ready"]
    outcomes = {number: one.communicate("go\n")[0].strip() for number, one in children.items()}
    assert sorted(outcomes.values()) == ["stale", "won"]
    state = KITS[name].store(tmp_path).read()
    assert state is not None
    assert outcomes[state.owned[0][1]] == "won"


def test_a_newer_format_is_refused_by_name_and_stays(kit: Kit, tmp_path: Path) -> None:
    kit.store(tmp_path).write(FULL, expected_serial=0)
    newer = kit.raw(tmp_path, EDGE).replace("hsync-state/2", "hsync-state/3")
    kit.plant(tmp_path, EDGE, newer)
    store = kit.store(tmp_path)
    for work in (store.read, lambda: store.write(FULL, expected_serial=1), lambda: store.append(RUN)):
        with pytest.raises(
            InputError, match=r"hsync-state/3 is a format of another hsync version: update hsync"
        ) as caught:
            work()
        assert caught.value.hint
    assert kit.raw(tmp_path, EDGE) == newer


@pytest.mark.parametrize("text", ["", "{", "[]", '{"format": "hsync-state/1"}', '{"format": "hsync-state/2"}', "\0"])
def test_a_damaged_state_is_refused_and_stays(kit: Kit, tmp_path: Path, text: str) -> None:
    kit.store(tmp_path).write(FULL, expected_serial=0)
    kit.plant(tmp_path, EDGE, text)
    store = kit.store(tmp_path)
    for work in (store.read, lambda: store.write(FULL, expected_serial=1), lambda: store.append(RUN)):
        with pytest.raises(InputError):
            work()
    assert kit.raw(tmp_path, EDGE) == text


# Deaths and full disks


@pytest.mark.parametrize("action", ["first", "second", "append", "keep"])
@pytest.mark.parametrize("name", SHARED)
def test_a_death_at_any_step_leaves_the_old_or_the_new(name: str, action: str, tmp_path: Path) -> None:
    process = child(name, tmp_path, "steps", action)
    steps = process.communicate()[0]
    assert process.returncode == 0
    assert int(steps) >= 5


@pytest.mark.parametrize("limit", [0, 1, 4096, 20000])
@pytest.mark.parametrize("name", SHARED)
def test_a_full_disk_leaves_the_old_state(name: str, limit: int, tmp_path: Path) -> None:
    store = KITS[name].store(tmp_path)
    written = store.write(FULL, expected_serial=0)
    before = sorted(tmp_path.iterdir())
    process = child(name, tmp_path, "full", str(limit))
    assert process.communicate()[0].startswith("refused: ")
    assert process.returncode == 0
    assert store.read() == written
    assert sorted(tmp_path.iterdir()) == before
    assert store.write(written, expected_serial=1).serial == 2


# The lock


def test_the_lock_keeps_other_threads_out_and_names_its_owner(kit: Kit, tmp_path: Path) -> None:
    refused: list[LockedError] = []

    def try_it() -> None:
        try:
            with kit.store(tmp_path).lock(Owner.here("hsync import")):
                pass
        except LockedError as fault:
            refused.append(fault)

    with kit.store(tmp_path).lock(ANN):
        in_threads(try_it)
    assert "another run of hsync holds the lock of edge1" in refused[0].message
    assert "process 4711 of ann on host7: hsync apply, since 2026-11-23T21:20:04Z" in refused[0].message
    assert refused[0].owner in refused[0].message
    assert refused[0].age_s is not None
    assert refused[0].age_s > 0
    assert refused[0].hint
    in_threads(try_it)
    assert len(refused) == 1


def test_the_lock_is_not_reentrant_and_does_not_hang(store: StateStore) -> None:
    with store.lock(ANN), pytest.raises(LockedError), store.lock(ANN):
        pass


def test_an_error_releases_the_lock(store: StateStore) -> None:
    with pytest.raises(RuntimeError, match="it broke"), store.lock(ANN):
        raise RuntimeError("it broke")
    with store.lock(ANN) as dead:
        assert dead is None


def test_who_waits_gets_the_lock(kit: Kit, tmp_path: Path) -> None:
    held = threading.Event()

    def hold() -> None:
        with kit.store(tmp_path).lock(ANN):
            held.set()
            time.sleep(0.2)

    def wait() -> None:
        held.wait()
        with kit.store(tmp_path).lock(ANN, timeout=20) as dead:
            assert dead is None

    in_threads(hold, wait)


def test_the_state_is_written_under_the_lock_and_without_it(store: StateStore) -> None:
    with store.lock(ANN):
        state = store.append(RUN)
        state = store.write(state, expected_serial=state.serial)
    assert store.write(state, expected_serial=2).serial == 3


@pytest.mark.parametrize("name", SHARED)
def test_the_lock_of_a_dead_process_is_taken_over_and_said(name: str, tmp_path: Path) -> None:
    store = KITS[name].store(tmp_path)
    process = child(name, tmp_path, "hold", "hsync apply")
    assert heard(process) == "held"
    with pytest.raises(LockedError, match=f"process {process.pid} of .*: hsync apply, since "), store.lock(ANN):
        pass
    process.communicate()
    assert process.returncode == -signal.SIGKILL
    with store.lock(ANN, timeout=20) as dead:
        assert dead is not None
        assert (dead.pid, dead.command) == (process.pid, "hsync apply")
    with store.lock(ANN) as dead:
        assert dead is None


@pytest.mark.parametrize("name", SHARED)
def test_the_lock_of_a_dead_process_is_released_after_agreement(name: str, tmp_path: Path) -> None:
    store = KITS[name].store(tmp_path)
    assert store.unlock(lambda _owner: pytest.fail("nothing is locked")) is None
    process = child(name, tmp_path, "hold", "hsync apply")
    assert heard(process) == "held"
    with pytest.raises(LockedError, match=f"process {process.pid} "):
        store.unlock(lambda _owner: pytest.fail("it is at work"))
    process.communicate()

    def refuse(_owner: Owner) -> None:
        raise RuntimeError("no")

    with pytest.raises(RuntimeError, match="no"):
        store.unlock(refuse)
    asked: list[Owner] = []
    released = store.unlock(asked.append)
    assert [released] == asked
    assert asked[0].pid == process.pid
    assert store.unlock(asked.append) is None
    with store.lock(ANN) as dead:
        assert dead is None


def test_a_held_lock_is_not_released(kit: Kit, tmp_path: Path) -> None:
    store = kit.store(tmp_path)
    with store.lock(Owner.here("hsync apply")), pytest.raises(LockedError, match="hsync apply"):
        store.unlock(lambda _owner: None)


# The history


def test_a_run_is_appended_without_a_new_serial(store: StateStore) -> None:
    made = store.append(RUN)
    assert (made.serial, made.history, made.target.url) == (1, (RUN,), EDGE.identity)
    assert store.append(RUN).history == (RUN, RUN)
    assert store.read() == replace(made, history=(RUN, RUN))


def test_a_write_keeps_the_runs_that_were_appended_meanwhile(store: StateStore) -> None:
    mine = store.write(FULL, expected_serial=0)
    store.append(RUN)
    ended = Run(DIGEST, "refused", None, "", "2026-11-25T08:00:00Z")
    written = store.write(replace(mine, history=(*mine.history, ended)), expected_serial=1)
    assert written.history == (*FULL.history, RUN, ended)
    assert store.read() == written


def test_only_the_last_runs_stay(kit: Kit, tmp_path: Path) -> None:
    store = kit.store(tmp_path, policy=Policy(history=3))
    runs = tuple(Run("", f"run {number}", when=f"2026-11-23T21:20:0{number}Z") for number in range(5))
    for run in runs:
        state = store.append(run)
    assert state.history == runs[2:]
    assert store.write(replace(state, history=runs), expected_serial=1).history == runs[2:]


@pytest.mark.parametrize("name", SHARED)
def test_no_run_of_eight_processes_is_lost_and_no_write_is_refused(name: str, tmp_path: Path) -> None:
    store = KITS[name].store(tmp_path, policy=Policy(history=1000))
    state = store.write(replace(FULL, history=()), expected_serial=0)
    children = [child(name, tmp_path, "append", f"child{number}") for number in range(8)]
    while any(one.poll() is None for one in children):
        state = store.write(state, expected_serial=state.serial)
    assert [one.communicate()[0] or one.returncode for one in children] == [0] * 8
    found = store.read()
    assert found is not None
    assert found.serial == state.serial > 1
    assert Counter(run.outcome for run in found.history) == {f"child{n} {m}": 1 for n in range(8) for m in range(50)}


# Kept texts


@pytest.mark.parametrize(
    "text", ["", "global\n", "# caf\udce9\r\n\0", "x" * 1_000_000], ids=["none", "lf", "odd", "long"]
)
def test_a_text_comes_back_as_it_was(kit: Kit, tmp_path: Path, text: str) -> None:
    digest = kit.store(tmp_path).keep(text)
    assert kit.store(tmp_path).fetch(digest) == text
    assert kit.store(tmp_path).keep(text) == digest


@pytest.mark.parametrize(
    "digest", ["", "sha256:", "4c" * 32, "sha256:../../x", "sha256:" + "AB" * 32, DIGEST, DIGEST + "\n"]
)
def test_a_text_that_is_not_kept_is_refused(store: StateStore, digest: str) -> None:
    store.keep("text")
    with pytest.raises(InputError) as caught:
        store.fetch(digest)
    assert caught.value.hint


def test_a_text_that_was_changed_is_refused_and_can_be_kept_again(kit: Kit, tmp_path: Path) -> None:
    store = kit.store(tmp_path)
    digest = store.keep("text")
    kit.damage(tmp_path, EDGE, digest)
    with pytest.raises(InputError, match="changed after it was kept"):
        store.fetch(digest)
    assert store.fetch(store.keep("text")) == "text"


def kept(store: StateStore, digests: list[str]) -> list[bool]:
    """The digests for which the store has a text."""
    found = []
    for digest in digests:
        try:
            store.fetch(digest)
        except InputError:
            found.append(False)
        else:
            found.append(True)
    return found


def test_kept_texts_are_listed_with_their_times(kit: Kit, tmp_path: Path) -> None:
    store = kit.store(tmp_path)
    assert store.texts() == ()
    digests = []
    for text in ("one", "two"):
        digests.append(store.keep(text))
        time.sleep(0.02)  # file systems may have coarse clocks
    assert [one.digest for one in store.texts()] == digests
    assert all(one.when.startswith("20") and one.when.endswith("Z") for one in store.texts())


def test_texts_are_bounded_by_count(kit: Kit, tmp_path: Path) -> None:
    store = kit.store(tmp_path, policy=Policy(kept=3))
    digests = []
    for number in range(5):
        digests.append(store.keep(str(number)))
        assert kept(store, digests[-1:]) == [True]
        time.sleep(0.02)  # file systems may have coarse clocks
    assert kept(store, digests) == [False, False, True, True, True]


def test_texts_are_bounded_by_age_and_the_last_always_stays(kit: Kit, tmp_path: Path) -> None:
    day = 86400
    digests = [kit.store(tmp_path, policy=Policy(kept_days=2)).keep("old")]
    later = kit.store(tmp_path, policy=Policy(kept_days=2), clock=lambda: time.time() + day)
    digests.append(later.keep("new"))
    assert kept(later, digests) == [True, True]
    latest = kit.store(tmp_path, policy=Policy(kept_days=2), clock=lambda: time.time() + 4 * day)
    assert latest.fetch(latest.keep("old")) == "old"
    assert kept(latest, [digests[1]]) == [False]


# Files


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.lstat().st_mode)


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
def test_texts_are_private_and_ignored_by_git_under_any_umask(tmp_path: Path, umask: int) -> None:
    store = KITS["file"].store(tmp_path / "state")
    old = os.umask(umask)
    try:
        store.keep("secret")
        store.write(FULL, expected_serial=0)
    finally:
        os.umask(old)
    kept_in = tmp_path / "state" / ".kept"
    assert {mode_of(path) for path in kept_in.rglob("*") if path.is_file()} == {0o600}
    assert {mode_of(path) for path in (kept_in, *kept_in.rglob("*")) if path.is_dir()} == {0o700}
    assert (kept_in / ".gitignore").read_text(encoding="utf-8") == "*\n"
    assert mode_of(tmp_path / "state" / "edge1.json") == 0o600
    assert mode_of(tmp_path / "state") == 0o755 & ~umask


def everything(store: StateStore) -> Iterator[Callable[[], object]]:
    """All methods that write."""
    yield lambda: store.write(FULL, expected_serial=0)
    yield lambda: store.append(RUN)
    yield lambda: store.keep("secret")
    yield lambda: store.lock(ANN).__enter__()


STEM = place(Path(), EDGE).lock_file("").name

SECRET = "2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b"
"""The digest of "secret"."""


@pytest.mark.parametrize(
    "name",
    [
        "edge1.json",
        f"{STEM}.lock",
        f"{STEM}.holder",
        f"{STEM}.write.lock",
        ".kept",
        f".kept/{STEM}",
        f".kept/{STEM}/{SECRET}",
    ],
)
@pytest.mark.parametrize("there", ["file", "folder", "nothing"])
def test_nothing_is_written_through_a_link(tmp_path: Path, name: str, there: str) -> None:
    victim, link = tmp_path / "victim", tmp_path / "state" / name
    link.parent.mkdir(parents=True)
    link.symlink_to(victim)
    if there == "file":
        victim.write_text("precious", encoding="utf-8")
        victim.chmod(0o640)
    elif there == "folder":
        victim.mkdir(mode=0o755)
    before = mode_of(victim) if there != "nothing" else None
    for work in everything(KITS["file"].store(tmp_path / "state")):
        with suppress(HsyncError):
            work()
    assert victim.exists() == (there != "nothing")
    if there == "file":
        assert victim.read_text(encoding="utf-8") == "precious"
    elif there == "folder":
        assert list(victim.iterdir()) == []
    assert (mode_of(victim) if there != "nothing" else None) == before


@contextmanager
def without_root() -> Iterator[None]:
    """Become another user, since root may write anywhere."""
    user = os.geteuid()
    if user == 0:
        os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(user)


def test_a_folder_without_write_permission_can_be_read_and_the_rest_is_refused() -> None:
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        store = KITS["file"].store(Path(name) / "state")
        written = store.write(FULL, expected_serial=0)
        digest = store.keep("text")
        (Path(name) / "state" / "edge1.json").chmod(0o644)  # as from version control
        (Path(name) / "state").chmod(0o555)
        (Path(name) / "state" / ".kept").chmod(0o555)
        with without_root():
            assert store.read() == written
            for work in (
                lambda: store.lock(ANN, timeout=0).__enter__(),
                lambda: KITS["file"].store(Path(name) / "state", Subject("new", "https://new")).append(RUN),
                lambda: KITS["file"].store(Path(name) / "none").keep("text"),
            ):
                with pytest.raises(InputError, match="Permission denied") as caught:
                    work()
                assert caught.value.hint
        (Path(name) / "state").chmod(0o755)
        assert store.fetch(digest) == "text"
