"""The table of docs/troubles.md: each row is played to its good end, on all targets on which the trouble exists.

Rule 1: a trouble is a generator: it makes the trouble, yields what hsync says, and then does what the row tells a
person to do by hand. The commands of the row are typed after it, as they stand in the document.
Rule 2: at the end the target runs the wanted configuration, and hsync finds nothing more to do (`World.is_well`).
"""

from __future__ import annotations

import errno
import os
import re
import shutil
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from hsync.dataplane import DataplaneClient
from hsync.dataplane.embedded import EmbeddedTransport, serve
from hsync.session import watcher
from hsync.session.confirming import identity_of
from hsync.store import lock
from hsync.store.stores import Owner
from hsync.testing.tap import COMMIT
from tests.architecture.source import ROOT
from tests.troubles.expired import expired_then_renewed
from tests.troubles.world import BASE, MEDIA, NEW, OTHER, World, world_on
from tests.unit.cli.conftest import Run

DOCUMENT = ROOT / "docs" / "troubles.md"

Trouble = Callable[[World], Iterator[str]]

SERVERS = ("http", "engine")
HTTP = ("http",)


@dataclass(frozen=True)
class Played:
    """How a trouble is played, and on which targets."""

    play: Trouble
    media: tuple[str, ...]
    ends_well: bool = True


PLAYED: dict[str, Played] = {}


def on(*media: str, ends_well: bool = True) -> Callable[[Trouble], Trouble]:
    """Register a trouble under its name in the document."""

    def register(play: Trouble) -> Trouble:
        PLAYED[play.__name__.replace("_", " ")] = Played(play, media, ends_well)
        return play

    return register


# The plan and the target


@on(*MEDIA)
def stale_plan(it: World) -> Iterator[str]:
    it.plan()
    it.others_write(OTHER)
    yield it.apply(code=3).stderr


@on(*MEDIA)
def moved_elsewhere(it: World) -> Iterator[str]:
    it.plan()
    it.others_write(f"{BASE}\nbackend more\n  server b 192.0.2.2:80\n")
    yield it.apply(code=3).stderr
    it.want(f"{NEW}\nbackend more\n  server b 192.0.2.2:80\n")  # the rebase keeps what the others have done


@on(*MEDIA)
def rebase_refused(it: World) -> Iterator[str]:
    it.plan()
    it.others_write(BASE.replace("100", "150"))
    yield it.run("rebase", "edge.plan.json", "-o", "new.plan.json", code=3).stderr


@on(*MEDIA)
def moved_back_version(it: World) -> Iterator[str]:
    old = it.live.read_bytes()
    it.reach(OTHER)
    it.want(NEW)
    it.plan()
    it.live.write_bytes(old)  # somebody restores a backup
    yield it.apply(code=3).stderr


@on(*MEDIA)
def hand_edit_to_undo(it: World) -> Iterator[str]:
    it.want(BASE)
    it.edit("192.0.2.1:80", "192.0.2.1:80 weight 7")
    yield it.run("drift", code=2).stdout


@on(*MEDIA)
def hand_edit_to_keep(it: World) -> Iterator[str]:
    it.want(BASE)
    it.edit("192.0.2.1:80", "192.0.2.1:80 weight 7")
    yield it.run("drift", code=2).stdout
    it.want(OTHER)


@on(*MEDIA)
def bad_apply(it: World) -> Iterator[str]:
    it.plan()
    yield it.apply().stdout
    it.want(BASE)


@on(*MEDIA)
def withdrawn_plan(it: World) -> Iterator[str]:
    it.plan()
    it.want("backend a\nbackend a\n")
    it.plan(code=1)
    yield it.apply(code=4).stderr
    it.want(NEW)


@on(*MEDIA)
def other_identity(it: World) -> Iterator[str]:
    it.plan()
    with ExitStack() as open_:
        if it.medium == "file":
            (it.folder / "moved.cfg").write_text(BASE)
            it.configure('path = "moved.cfg"')
        else:
            url = open_.enter_context(serve(EmbeddedTransport(text=BASE)))
            it.configure(f'url = "{url}"')
        yield it.apply(code=3).stderr
        yield ""


@on(*MEDIA)
def two_managers(it: World) -> Iterator[str]:
    it.plan()
    inner = DataplaneClient.commit
    pushes = DataplaneClient.push_raw

    def overtaken(self: DataplaneClient, transaction: str, *, force_reload: bool = False) -> object:
        it.patch.setattr(DataplaneClient, "commit", inner)
        if it.medium == "file":
            it.live.write_text(OTHER)
        else:
            with it.client() as other:
                pushes(other, OTHER, other.snapshot().version)
        return inner(self, transaction, force_reload=force_reload)

    it.patch.setattr(DataplaneClient, "commit", overtaken)
    yield it.apply(code=3).stderr


# During and after an apply


@on(*MEDIA)
def failed_reload(it: World) -> Iterator[str]:
    it.plan()
    with it.failing_reloads():
        told = it.apply(code=6).stderr
    yield told
    it.want(OTHER)


@on(*SERVERS)
def failed_reload_without_a_template(it: World) -> Iterator[str]:
    it.plan()
    with it.failing_reloads():
        told = it.apply(code=6).stderr
    yield told
    it.want(BASE)  # the text that HAProxy still runs


@on(*HTTP)
def lost_reply(it: World) -> Iterator[str]:
    assert it.server is not None
    it.plan()
    tap = it.server.tap
    tap.lose_request(COMMIT)
    for number in range(1, 60):
        tap.lose_request(re.compile("GET .*/transactions/"), number=number)
    told = it.apply(code=None)
    assert told.exit_code in {1, 8}
    yield told.stderr
    tap.clear()


@on(*MEDIA)
def killed_apply(it: World) -> Iterator[str]:
    it.plan()
    it.killed("before", "commit")
    yield it.run("doctor", code=None).stdout


@on(*MEDIA)
def killed_after_the_commit(it: World) -> Iterator[str]:
    it.plan()
    it.killed("after", "commit")
    yield it.run("doctor", code=None).stdout


def unconfirmed(it: World, identity: str) -> None:
    """An apply that is to be confirmed, with a watcher that does nothing."""
    it.patch.setattr(watcher, "start", lambda *_: (identity, ""))
    it.want(OTHER)
    it.plan()
    it.apply("--confirm-within", "5m")
    it.want(NEW)
    it.plan()


@on(*MEDIA)
def unconfirmed_apply(it: World) -> Iterator[str]:
    unconfirmed(it, identity_of(os.getpid()))
    yield it.apply(code=3).stderr


@on(*MEDIA)
def unconfirmed_apply_to_undo(it: World) -> Iterator[str]:
    unconfirmed(it, identity_of(os.getpid()))
    yield it.apply(code=3).stderr
    it.want(BASE)


@on(*MEDIA)
def watcher_died(it: World) -> Iterator[str]:
    unconfirmed(it, f"{identity_of(os.getpid())}0")
    told = it.run("doctor", code=1).stdout
    it.patch.setattr(watcher, "start", lambda *_: (identity_of(os.getpid()), ""))
    yield told
    it.want(OTHER)


# State and locks


@on(*MEDIA)
def locked(it: World) -> Iterator[str]:
    it.plan()
    free, held = threading.Event(), threading.Event()

    def holding() -> None:
        with lock(it.place(), owner=Owner.here("hsync import")):
            held.set()
            free.wait(60)

    other = threading.Thread(target=holding)
    other.start()
    held.wait(60)
    told = it.apply(code=5).stderr
    sleep = time.sleep

    def waits(seconds: float) -> None:
        free.set()  # the other run ends while this one waits
        sleep(seconds)

    it.patch.setattr("hsync.files.lock.time.sleep", waits)
    yield told
    yield ""
    other.join()


@on(*MEDIA)
def locked_on_another_host(it: World) -> Iterator[str]:
    it.plan()
    with lock(it.place(), owner=Owner("ann", "host7", 4711, "2026-11-23T21:20:04Z", "hsync apply")):
        yield it.apply(code=5).stderr
        yield ""


@on(*MEDIA)
def lock_of_a_dead_run(it: World) -> Iterator[str]:
    it.plan()
    holder = it.place().lock_file(".holder")
    holder.write_text(replace(Owner.here("hsync apply"), pid=2**22 + 1).dump())
    yield it.run("doctor", code=None).stderr


@on(*MEDIA)
def lost_state(it: World) -> Iterator[str]:
    shutil.rmtree("state")
    yield it.run("drift", code=1).stderr


@on(*MEDIA)
def damaged_state(it: World) -> Iterator[str]:
    file = it.folder / "state" / "edge.json"
    file.write_text(file.read_text()[:-9])
    told = it.run("drift", code=1).stderr
    yield told
    assert f"rm {file}" in told
    file.unlink()


@on(*MEDIA)
def full_disk(it: World) -> Iterator[str]:
    it.plan()

    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with it.patch.context() as patch:
        patch.setattr("hsync.files.private.os.write", full)
        told = it.apply(code=1).stderr
    yield told


# The way to the server


@on(*SERVERS)
def wrong_credentials(it: World) -> Iterator[str]:
    it.patch.setenv("HSYNC_PASSWORD", "wrong")
    if it.server is not None:
        for number in range(1, 9):
            it.server.tap.refuse(re.compile("GET "), "unauthorized", status=401, number=number)
    yield it.plan(code=1).stderr
    it.patch.setenv("HSYNC_PASSWORD", "adminpwd")
    if it.server is not None:
        it.server.tap.clear()


@on(*SERVERS)
def expired_certificate(it: World) -> Iterator[str]:
    with expired_then_renewed(it.folder, it.identity) as (url, renew):
        it.configure(f'url = "{url}"\nca_file = "ca.pem"')
        yield it.plan(code=1).stderr
        renew()
        yield ""


@on("http")
def no_answer(it: World) -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    it.configure(f'url = "http://127.0.0.1:{port}"')
    yield it.plan(code=1).stderr
    it.configure()


@on(*MEDIA)
def not_allowed(it: World) -> Iterator[str]:
    it.run("allow", "--revoke")
    yield it.plan(code=4).stderr


@on(*SERVERS, ends_well=False)
def no_runtime_socket(it: World) -> Iterator[str]:
    yield it.run("doctor", code=None).stdout


# The table


@dataclass(frozen=True)
class Row:
    """A row of the document."""

    name: str
    message: str
    commands: tuple[str, ...]


def rows() -> list[Row]:
    found = []
    for line in DOCUMENT.read_text().splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("| ") and len(cells) == 3 and cells[0] != "trouble":
            found.append(Row(cells[0], cells[1].strip("`"), tuple(re.findall(r"`(hsync [^`]+)`", cells[2]))))
    return found


ROWS = {row.name: row for row in rows()}
CASES = [(name, medium) for name, played in PLAYED.items() for medium in played.media]


def test_each_row_is_played_and_nothing_else() -> None:
    assert [row.name for row in rows()] == list(PLAYED)
    assert [row.name for row in rows() if not row.commands] == []


@pytest.mark.parametrize(("name", "medium"), CASES, ids=[f"{name}-{medium}" for name, medium in CASES])
def test_a_trouble_ends_well(name: str, medium: str, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    row, played = ROWS[name], PLAYED[name]
    with world_on(medium, run, tmp_path, monkeypatch) as it:
        playing = played.play(it)
        told = " ".join(next(playing).split())
        assert re.search(".*".join(map(re.escape, row.message.split("…"))), told), told
        next(playing, None)
        for command in row.commands:
            it.type(command)
        if played.ends_well:
            it.is_well()
        next(playing, None)
