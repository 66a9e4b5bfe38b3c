"""A target for the table of troubles: a file, a server over HTTP, or the test engine; and what happens to it."""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from click.testing import Result

from hsync.dataplane import DataplaneClient
from hsync.plan.snapshot import split_header
from hsync.store import FileStore, Place
from hsync.testing import Server
from tests.oracle.engine import BINARY, Engine
from tests.unit.cli.conftest import Run

__all__ = ["BASE", "MEDIA", "NEW", "World", "world_on"]

BASE = "global\n  maxconn 100\n\nbackend web\n  server a 192.0.2.1:80\n"
NEW = BASE.replace("100", "200")
OTHER = BASE.replace("192.0.2.1:80", "192.0.2.1:80 weight 7")

MEDIA = ("file", "http", "engine")

KILLED = """
import os, signal, sys
from hsync.dataplane import DataplaneClient
when, name = sys.argv.pop(1), sys.argv.pop(1)
inner = getattr(DataplaneClient, name)
def dying(*words, **named):
    if when == "after":
        inner(*words, **named)
    os.kill(os.getpid(), signal.SIGKILL)
setattr(DataplaneClient, name, dying)
from hsync.cli import main
sys.argv[0] = "hsync"
main()
"""
"""hsync in a process that is killed before or after a request."""


@dataclass
class World:
    """A folder with a project, whose target `edge` runs the text BASE as hsync has left it; the template has NEW.

    Args:
        run: runs hsync there.
        folder: the folder.
        medium: what the target is.
        identity: of the target.
        setting: the line of hsync.toml that says where the target is.
        live: the file that the target has its text in.
        server: the server, for `http`.
    """

    run: Run
    folder: Path
    medium: str
    identity: str
    setting: str
    live: Path
    server: Server | None = None
    patch: pytest.MonkeyPatch = field(default_factory=pytest.MonkeyPatch)

    def configure(self, setting: str = "", *, allow: bool = True) -> None:
        """Write hsync.toml, and allow what it says."""
        lines = ['template = "wanted.cfg.j2"', 'target = "edge"', "[targets.edge]", setting or self.setting]
        Path("hsync.toml").write_text("\n".join([*lines, ""]))
        if allow:
            self.run("allow")

    def want(self, text: str) -> None:
        """Change the template."""
        Path("wanted.cfg.j2").write_text(text)

    def plan(self, code: int = 0) -> Result:
        return self.run("plan", code=code)

    def apply(self, *more: str, code: int | None = 0) -> Result:
        return self.run("apply", "edge.plan.json", "--auto-approve", *more, code=code)

    def reach(self, text: str) -> None:
        """Plan and apply a text."""
        self.want(text)
        self.plan()
        self.apply()
        Path("edge.plan.json").unlink()

    def client(self) -> DataplaneClient:
        """Another client of the server."""
        return DataplaneClient(self.identity, auth=("admin", "adminpwd"))

    def others_write(self, text: str) -> None:
        """Somebody else writes a configuration: into the file, or through the API."""
        if self.medium == "file":
            self.live.write_text(text)
            return
        with self.client() as other:
            other.push_raw(text, other.snapshot().version)

    def edit(self, old: str, new: str) -> None:
        """Somebody edits the file by hand."""
        self.live.write_text(self.live.read_text().replace(old, new))

    @contextmanager
    def failing_reloads(self) -> Iterator[None]:
        """Let reloads in the block fail."""
        switch = self.folder / "reloads-fail"
        switch.touch()
        yield
        switch.unlink()

    def killed(self, when: str, method: str) -> None:
        """An apply whose process is killed before or after a request."""
        command = [sys.executable, "-c", KILLED, when, method, "apply", "edge.plan.json", "--auto-approve"]
        done = subprocess.run(command, check=False, capture_output=True, text=True)
        assert done.returncode == -signal.SIGKILL, done.stderr

    def place(self) -> Place:
        """The place of the state."""
        return Place(self.folder / "state", "edge", self.identity)

    def store(self) -> FileStore:
        """The store of the state."""
        return FileStore(self.place())

    def text(self) -> str:
        """The text of the target, without header lines."""
        return split_header(self.live.read_text())[1]

    def type(self, command: str) -> Result:
        """Type a command as a person would; a terminal would ask before an apply."""
        words = shlex.split(command)
        assert words[0] == "hsync"
        more = ["--auto-approve"] if words[1] == "apply" else []
        return self.run(*words[1:], *more, code=None if words[1] == "drift" else 0)

    def is_well(self) -> None:
        """The target runs what is wanted, and hsync knows it."""
        assert json.loads(self.run("plan", "--json").stdout)["changes"] == []
        assert self.run("drift").stdout.startswith("No drift.")
        assert "nothing to recover" in self.run("recover").stderr


@contextmanager
def world_on(medium: str, run: Run, folder: Path, patch: pytest.MonkeyPatch) -> Iterator[World]:
    """A world with a target of a medium."""
    patch.setenv("XDG_STATE_HOME", str(folder / "xdg"))
    patch.setenv("HSYNC_USER", "admin")
    patch.setenv("HSYNC_PASSWORD", "adminpwd")
    (folder / "lb").mkdir()
    live, script = folder / "lb" / "haproxy.cfg", folder / "reload.sh"
    live.write_text(BASE.replace("100", "90"))
    script.write_text(f"#!/bin/sh\ntest ! -e {folder}/reloads-fail\n")
    script.chmod(0o755)
    with _target(medium, live, str(script)) as (identity, setting, server):
        world = World(run, folder, medium, identity, setting, live, server, patch)
        world.configure()
        world.reach(BASE)
        world.want(NEW)
        yield world


@contextmanager
def _target(medium: str, live: Path, command: str) -> Iterator[tuple[str, str, Server | None]]:
    if medium == "file":
        yield f"file:{live}", f'path = "lb/haproxy.cfg"\nreload_command = {json.dumps(command)}', None
    elif medium == "http":
        from hsync.dataplane.embedded import EmbeddedSettings

        with Server(path=live, listens=True, settings=EmbeddedSettings(reload_command=command)) as server:
            yield server.url, f'url = "{server.url}"', server
    else:
        if not BINARY.exists():
            if os.environ.get("CI"):
                pytest.fail("the test engine is not built: `make engine`")
            pytest.skip("the test engine is not built: `make engine`")
        with Engine(live.parent, command) as engine:
            yield engine.url, f'url = "{engine.url}"', None
