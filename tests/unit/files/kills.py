"""Kills a write at each of its steps, and tells what is on the disk then: `python -m tests.unit.files.kills NAME FOLDER`.

A process of its own forks for each step: the tests have threads, with which nobody should fork. A step is a call of the
system that changes something, and that `hsync.files` makes; one that writes counts twice, once with half of its content
written. Calls that only look are no steps: what is left is the same before and behind them.
"""

from __future__ import annotations

import fcntl
import json
import os
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from hsync.dataplane.embedded import folder as folders
from hsync.dataplane.embedded.checker import check
from hsync.dataplane.embedded.storage import FileStorage
from hsync.dataplane.embedded.verdicts import Verdicts
from hsync.files import replace_file
from hsync.store import Place
from hsync.store.filestore import FileStore
from hsync.store.state import Run
from hsync.syntax import join_files

CALLS = ("mkdir", "open", "write", "fsync", "fchmod", "fchown", "replace", "rename", "unlink", "rmdir")

Tree = dict[str, str]


@dataclass(frozen=True)
class Writer:
    """One thing that hsync writes.

    Args:
        make: prepares a new folder.
        write: writes, given the folder and a word that the content depends on.
        read: reads, which finishes what was begun.
    """

    make: Callable[[Path], object]
    write: Callable[[Path, str], object]
    read: Callable[[Path], object] = os.fspath


def config(word: str) -> str:
    return f"# {word}\n" + "global\n  maxconn 1000\n" * SIZE


SIZE = int(os.environ.get("HSYNC_KILL_SIZE", "10"))
"""Lines of a content."""


def put(path: Path, text: str = "", mode: int = 0o640) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(mode)


def files(word: str) -> dict[str, str]:
    """A configuration in several files: one goes, one comes, one changes, one stays."""
    return {"00-same.cfg": "global\n", "10-web.cfg": config(word), f"20-{word}.cfg": config(word)}


def store(folder: Path) -> FileStore:
    return FileStore(Place(folder / "state", "edge1", "https://edge1"))


def fake(folder: Path) -> str:
    """A HAProxy that accepts everything."""
    put(folder / "haproxy", "#!/bin/sh\nexit 0\n", 0o755)
    return str(folder / "haproxy")


def in_link(folder: Path) -> None:
    put(folder / "real" / "haproxy.cfg", config("old"))
    (folder / "haproxy.cfg").symlink_to("real/haproxy.cfg")


def some_files(folder: Path) -> None:
    for name, text in files("old").items():
        put(folder / name, text)
    put(folder / ".hsync-header", "# _version=1", 0o600)


def linked_files(folder: Path) -> None:
    some_files(folder)
    (folder / "10-web.cfg").rename(folder / "web.available")
    (folder / "10-web.cfg").symlink_to("web.available")


def write_files(folder: Path, word: str) -> None:
    folders.FolderStorage(folder).write(f"# _version=9{len(word)}\n\n{join_files(files(word).items())}")


def read_files(folder: Path) -> None:
    text = folders.FolderStorage(folder).read()
    assert text.partition("###")[2] in {join_files(files(word).items()).partition("###")[2] for word in ("old", "new")}


WRITERS = {
    "a file": Writer(lambda folder: put(folder / "file", config("old")), lambda f, w: replace_file(f / "file", config(w).encode())),
    "a new file": Writer(lambda _: None, lambda f, w: replace_file(f / "file", config(w).encode())),
    "a configuration": Writer(lambda f: put(f / "haproxy.cfg", config("old")), lambda f, w: FileStorage(f / "haproxy.cfg").write(config(w))),
    "a configuration behind a link": Writer(in_link, lambda f, w: FileStorage(f / "haproxy.cfg").write(config(w))),
    "several files": Writer(some_files, write_files, read_files),
    "several files and a link": Writer(linked_files, write_files, read_files),
    "a state": Writer(lambda f: store(f).append(Run("", "old")), lambda f, w: store(f).append(Run("", w))),
    "a new state": Writer(lambda _: None, lambda f, w: store(f).append(Run("", w))),
    "a kept text": Writer(lambda f: store(f).keep(config("old")), lambda f, w: store(f).keep(config(w))),
    "a verdict": Writer(lambda f: Verdicts(f / "v").keep("old", ()), lambda f, w: Verdicts(f / "v").keep(w, (config(w),))),
    "a check": Writer(fake, lambda f, w: check(str(f / "haproxy"), config(w), home=f)),
}  # fmt: skip


def tree(folder: Path) -> Tree:
    """What is in a folder, but for what locks and HAProxy need."""
    return {
        str(one.relative_to(folder)): f"-> {one.readlink()}" if one.is_symlink() else f"{one.stat().st_mode & 0o777:o} {one.read_text()}"
        for one in sorted(folder.rglob("*"))
        if not one.is_dir() and one.suffix != ".lock" and one.name not in {"haproxy", ".gitignore"}
    }  # fmt: skip


def dying(step: int) -> None:
    """Kill this process before the n-th step from now."""
    left = step

    def counted() -> bool:
        nonlocal left
        left -= 1
        return left < 0

    def watch(home: object, name: str) -> None:
        real = getattr(home, name)

        def called(*args: object, **named: object) -> object:
            if name == "open" and isinstance(args[1], int) and not args[1] & os.O_CREAT:
                return real(*args, **named)
            if counted():
                os.kill(os.getpid(), signal.SIGKILL)
            if name == "write" and counted():
                handle, content = args
                assert isinstance(content, memoryview)
                real(handle, content[: len(content) // 2])
                os.kill(os.getpid(), signal.SIGKILL)
            return real(*args, **named)

        setattr(home, name, called)

    for name in CALLS:
        watch(os, name)
    watch(fcntl, "flock")


def run(work: Callable[[], object]) -> int:
    """Do something in a process of its own; its exit code."""
    child = os.fork()
    if child == 0:
        try:
            work()
        except BaseException as error:  # noqa: BLE001 - told to whoever waits
            print(f"{type(error).__name__}: {error}", file=sys.stderr)
            os._exit(1)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def killed_at(writer: Writer, folder: Path, step: int) -> dict[str, object]:
    """What a write leaves that is killed at a step, and what the next one leaves."""
    folder.mkdir()
    os.environ["TMPDIR"] = str(folder)
    writer.make(folder)
    before = tree(folder)

    def work() -> None:
        dying(step)
        writer.write(folder, "new")

    code = run(work)
    begun = tree(folder)
    read = run(lambda: writer.read(folder))
    left = tree(folder)
    again = run(lambda: writer.write(folder, "newer"))
    return {
        "code": code, "before": before, "begun": begun, "read": read, "left": left, "again": again, "after": tree(folder)
    }  # fmt: skip


def main() -> None:
    """Kill at each step, until a write gets through."""
    writer, folder = WRITERS[sys.argv[1]], Path(sys.argv[2])
    setattr(os, "fsync", lambda _handle: None)  # noqa: B010 - a kill is no power failure: what was written is there
    step, code = 0, -signal.SIGKILL
    while code == -signal.SIGKILL:
        found = killed_at(writer, folder / str(step), step)
        print(json.dumps(found))
        code, step = int(str(found["code"])), step + 1


if __name__ == "__main__":
    main()
