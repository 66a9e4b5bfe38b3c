"""A project with one target, on which commands run in forks: what is stored, what HAProxy runs, what lies about."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from hsync.dataplane.embedded import EmbeddedSettings
from hsync.dataplane.embedded.reloads import Outcome
from hsync.model import Configuration
from hsync.plan.compare import compare
from hsync.plan.snapshot import split_header
from hsync.testing import Server

BASE = (
    "global\n  maxconn 100\n\ndefaults base\n  mode http\n\nfrontend www from base\n  bind 127.0.0.1:18080\n\n"
    "backend web from base\n  server w1 192.0.2.1:80\n"
)
DESIRED = {
    "transaction": BASE.replace("maxconn 100", "maxconn 7") + "  server w2 192.0.2.2:80\n",
    "raw": f"{BASE}\nlisten mine from base\n  bind 127.0.0.1:10\n",
}
TARGETS = ("file", "server")

_OWN = re.compile(
    r"out\.\d+|d\.cfg|hsync\.toml|edge\.plan\.json|again\.json|haproxy\.cfg(\.lock)?|running\.cfg|state|operator"
)


@dataclass
class Forks:
    """The process that runs commands in forks of itself."""

    process: subprocess.Popen[str]

    def run(self, *commands: list[str], folders: list[Path], step: int = 0, moved: float = 0.0) -> list[int]:
        """Exit codes of commands that start at the same moment, negative for a signal."""
        given = {"commands": commands, "folders": [str(one) for one in folders], "step": step, "moved": moved}
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(json.dumps(given) + "\n")
        self.process.stdin.flush()
        found: list[int] = json.loads(self.process.stdout.readline())
        return found


@contextmanager
def forking(operator: Path) -> Iterator[Forks]:
    """Start it, with the operator's folder."""
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(operator),
        "XDG_CONFIG_HOME": str(operator),
        "XDG_CACHE_HOME": str(operator),
        "HSYNC_UNTRUSTED": "0",
    }
    command = [sys.executable, "-m", "tests.torture.forks"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, env=environment) as process:
        yield Forks(process)
        assert process.stdin
        process.stdin.close()


@dataclass
class Site:
    """A target, and folders of projects for it.

    Args:
        kind: `file` or `server`.
        folder: for all files.
        forks: runs the commands.
        server: the target.
    """

    kind: str
    folder: Path
    forks: Forks
    server: Server
    reloaded: list[str] = field(default_factory=list)

    def project(self, name: str) -> Path:
        """A new project."""
        made = self.folder / name
        shutil.rmtree(made, ignore_errors=True)
        made.mkdir()
        (made / "hsync.toml").write_text('target = "edge"\n')
        return made

    def reset(self, lane: str, project: Path) -> Path:
        """A target that runs the base, and a plan from there; the plan."""
        self.server.reset(BASE)
        self.running_file.write_text(BASE)
        self.reloaded[:] = [BASE]
        (project / "d.cfg").write_text(DESIRED[lane])
        shutil.rmtree(project / "state", ignore_errors=True)
        assert self.hsync(project, "plan", "--config", "d.cfg", "--no-judge") == 0, self.said(project)
        return project / "edge.plan.json"

    def hsync(self, project: Path, *words: str, step: int = 0, moved: float = 0.0) -> int:
        """Exit code of a command."""
        return self.forks.run(list(words), folders=[project], step=step, moved=moved)[0]

    def said(self, project: Path, number: int = 0) -> str:
        """Output of the last command."""
        return (project / f"out.{number}").read_text()

    @property
    def running_file(self) -> Path:
        return self.folder / "running.cfg"

    @property
    def stored(self) -> str:
        """The text that the target has stored."""
        return split_header(self.server.text)[1]

    @property
    def running(self) -> str:
        """The text that HAProxy read at its last reload."""
        return self.running_file.read_text() if self.kind == "file" else self.reloaded[-1]

    def has(self, text: str, lane: str) -> str:
        """Whether a text means the base or the result; "" for neither."""
        found = Configuration.from_text(text)
        meanings = {"base": BASE, "result": DESIRED[lane]}
        return next((name for name, one in meanings.items() if not compare(Configuration.from_text(one), found)), "")

    def leftovers(self, project: Path) -> list[str]:
        """Files and transactions that belong to nobody."""
        listed = self.server.client.get_json("/services/haproxy/transactions")
        files = [str(path) for root in (project, self.folder) for path in root.iterdir() if not self._is_own(path)]
        return files + [str(one) for one in (listed if isinstance(listed, list) else [])]

    def _is_own(self, path: Path) -> bool:
        return bool(_OWN.fullmatch(path.name)) or (path / "hsync.toml").exists()


@contextmanager
def a_site(kind: str, folder: Path) -> Iterator[Site]:
    """A target of a kind; the operator has configured it as `edge`."""
    operator = folder / "operator"
    (operator / "hsync").mkdir(parents=True)
    path = folder / "haproxy.cfg" if kind == "file" else None

    def reloaded() -> Outcome:
        site.reloaded.append(site.stored)
        return Outcome(ok=True)

    settings = EmbeddedSettings(runner=reloaded)
    server = Server(BASE, path=path, rewrites=kind == "server", listens=kind == "server", settings=settings)
    table = f'url = "{server.url}"\n'
    if path:
        table = f'path = "{path}"\nhaproxy_bin = "none"\nreload_command = "cp {path} {folder / "running.cfg"}"\n'
    config = operator / "hsync" / "config.toml"
    config.write_text(f"[targets.edge]\n{table}")
    config.chmod(0o600)
    with server, forking(operator) as forks:
        site = Site(kind, folder, forks, server)
        yield site
