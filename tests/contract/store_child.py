"""Another process that uses a store: `python -m tests.contract.store_child KIT FOLDER COMMAND [ARGUMENT]`."""

from __future__ import annotations

import os
import resource
import signal
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from hsync.errors import HsyncError, StalePlanError
from hsync.plan.plan import Target
from hsync.store.state import Run, State
from hsync.store.stores import Owner, Policy, StateStore, digest_of_text
from tests.contract.stores import KITS, Kit

MANY = Policy(history=1000)
"""A history with room for all appended runs."""

LONG = tuple(("backend", f"b{number:05}") for number in range(3000))
"""Sections whose names have about 60 kB."""


def hold(kit: Kit, folder: Path, command: str) -> None:
    """Hold the lock until the end of standard input, then die without releasing it."""
    with kit.store(folder).lock(Owner.here(command)):
        print("held", flush=True)
        sys.stdin.read()
        os.kill(os.getpid(), signal.SIGKILL)


def append(kit: Kit, folder: Path, name: str) -> None:
    """Append 50 runs."""
    store = kit.store(folder, policy=MANY)
    for number in range(50):
        store.append(Run("", f"{name} {number}", when="2026-11-23T21:20:04Z"))


def race(kit: Kit, folder: Path, name: str) -> None:
    """Read, wait for the others, then write."""
    store = kit.store(folder)
    state = store.read()
    assert state is not None
    print("ready", flush=True)
    sys.stdin.readline()
    try:
        store.write(replace(state, owned=(("backend", name),)), expected_serial=state.serial)
    except StalePlanError:
        print("stale", flush=True)
    else:
        print("won", flush=True)


def full(kit: Kit, folder: Path, limit: str) -> None:
    """Write a long state with a limit on the size of files, so that the write fails in the middle."""
    store = kit.store(folder)
    state = store.read()
    assert state is not None
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(limit), int(limit)))
    try:
        store.write(replace(state, owned=LONG), expected_serial=state.serial)
    except HsyncError as fault:
        print(f"refused: {fault.message}")
    else:
        print("written")


def steps(kit: Kit, folder: Path, action: str) -> None:
    """Kill a process before each of its system calls, and check the store afterwards."""
    for count in range(1000):
        home = folder / str(count)  # a new one, so that each step meets the same files
        prepare, act, check = ACTIONS[action]
        prepare(kit.store(home))
        child = os.fork()
        if not child:
            die_before(count)
            act(kit.store(home))
            sys.setprofile(None)
            os._exit(0)
        status = os.waitpid(child, 0)[1]
        check(kit.store(home), status == 0)
        if status == 0:
            print(count)
            return
        assert os.WTERMSIG(status) == signal.SIGKILL, f"step {count}: status {status}"


SYSTEM = ("posix", "fcntl", "_io", "sqlite3", "_sqlite3", "socket", "_socket", "ssl", "_ssl")
"""Modules with functions that are system calls."""


def die_before(count: int) -> None:
    """Kill this process before its n-th system call."""
    seen = 0

    def look(_frame: object, event: str, called: object) -> None:
        nonlocal seen
        if event == "c_call" and reaches_system(called):
            if seen == count:
                os.kill(os.getpid(), signal.SIGKILL)
            seen += 1

    sys.setprofile(look)


def reaches_system(called: object) -> bool:
    owner = getattr(called, "__self__", None)
    home = getattr(owner, "__name__", None) or type(owner).__module__
    return home in SYSTEM


OLD = State(Target("edge", "", "3.2"), "b2f4ff9c-6f0a-4d0b-8d5e-0a2f3c1d9e77", owned=(("backend", "old"),))
NEW = replace(OLD, owned=LONG)
RUN = Run("", "applied", when="2026-11-23T21:20:04Z")

Prepare = Callable[[StateStore], object]
Check = Callable[[StateStore, bool], None]


def put_old(store: StateStore) -> None:
    store.write(OLD, expected_serial=0)


def check_first(store: StateStore, ended: bool) -> None:
    found = store.read()
    if found is None:
        assert not ended
        found = store.write(NEW, expected_serial=0)  # nothing is left that stops the next run
    assert (found.owned, found.serial) == (LONG, 1)


def check_second(store: StateStore, ended: bool) -> None:
    found = store.read()
    assert found is not None
    assert (found.owned, found.serial) in ([(LONG, 2)] if ended else [(OLD.owned, 1), (LONG, 2)])
    assert store.write(NEW, expected_serial=found.serial).serial == found.serial + 1


def check_append(store: StateStore, ended: bool) -> None:
    found = store.read()
    assert found is not None
    assert (found.owned, found.serial) == (OLD.owned, 1)
    assert found.history in ([(RUN,)] if ended else [(), (RUN,)])
    assert store.append(RUN).history == (*found.history, RUN)


def check_keep(store: StateStore, ended: bool) -> None:
    assert store.fetch(digest_of_text("old")) == "old"
    try:
        assert store.fetch(digest_of_text("new")) == "new"
    except HsyncError:
        assert not ended
    assert store.fetch(store.keep("new")) == "new"


ACTIONS: dict[str, tuple[Prepare, Prepare, Check]] = {
    "first": (lambda _store: None, lambda store: store.write(NEW, expected_serial=0), check_first),
    "second": (put_old, lambda store: store.write(NEW, expected_serial=1), check_second),
    "append": (put_old, lambda store: store.append(RUN), check_append),
    "keep": (lambda store: store.keep("old"), lambda store: store.keep("new"), check_keep),
}

COMMANDS = {"hold": hold, "append": append, "race": race, "full": full, "steps": steps}

if __name__ == "__main__":
    _, kit_name, folder_name, command_name, argument = sys.argv
    COMMANDS[command_name](KITS[kit_name], Path(folder_name), argument)
