"""The examples of docs/library.md: doctests with the embedded server, and its script with a server on a socket."""

from __future__ import annotations

import doctest
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import hsync
from hsync.dataplane.embedded import EmbeddedTransport, serve
from tests.unit.sync_server import BASE, more, same

DOCUMENT = Path(__file__).parents[2] / "docs" / "library.md"
_FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(kind: str) -> list[str]:
    text = DOCUMENT.read_text(encoding="utf-8")
    return [block for name, block in _FENCE.findall(text) if name == kind]


def test_the_examples_do_what_they_say(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    examples = doctest.DocTestParser().get_doctest("\n".join(blocks("pycon")), {}, "library.md", str(DOCUMENT), 0)
    assert len(examples.examples) > 30
    told: list[str] = []
    result = doctest.DocTestRunner(verbose=False).run(examples, out=told.append)
    assert result.failed == 0, "".join(told)


def test_every_name_of_the_go_package_is_in_the_document() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    names = {name for name in hsync.__all__ if name.startswith(("Sync", "sync", "Version", "default", "dry"))}
    assert {"Synchronizer", "SyncOptions", "SyncPolicy", "VersionAdapter", "sync_operations"} <= names
    missing = {
        name for name in names - {"SyncCancelledError", "SyncOperationsResult", "SyncResult"} if name not in text
    }
    assert not missing


def script(folder: Path) -> Path:
    (code,) = blocks("python")
    body = [line for line in code.splitlines() if line.strip() and not line.startswith('"""')]
    assert len(body) <= 20
    path = folder / "deploy.py"
    path.write_text(code)
    return path


def deploy(path: Path, url: str, file: Path) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-W", "error", str(path), url, str(file)], capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout + done.stderr


def test_the_script_makes_a_server_on_a_socket_hold_a_file(tmp_path: Path) -> None:
    path, served, wanted = script(tmp_path), tmp_path / "served.cfg", tmp_path / "wanted.cfg"
    served.write_text(BASE)
    wanted.write_text(more(2))
    with serve(EmbeddedTransport(served)) as url:
        code, told = deploy(path, url, wanted)
        assert (code, told.splitlines()[:3]) == (
            0,
            ["create   backends/b1", "create   backends/b2", "success: 2 operations applied"],
        )
        assert same(served.read_text(), more(2))
        assert deploy(path, url, wanted)[1].startswith("success: no changes")
        wanted.write_text("backend\n")
        code, told = deploy(path, url, wanted)
        assert (code, "desired:1:1: backend without a name" in told) == (1, True)
    wanted.write_text(BASE)
    code, told = deploy(path, url, wanted)
    assert (code, told.startswith("failed: ")) == (1, True)


@contextmanager
def dev_server(file: Path) -> Iterator[str]:
    """`hsync dev-server`, as in the document."""
    command = [sys.executable, "-c", "from hsync.cli import main; main()", "dev-server", str(file)]
    with subprocess.Popen(
        [*command, "--port", "0", "--haproxy-bin", "none"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as server:
        assert server.stdout is not None
        try:
            yield server.stdout.readline().strip()
        finally:
            server.terminate()


def test_the_script_works_on_the_dev_server(tmp_path: Path) -> None:
    served, wanted = tmp_path / "haproxy.cfg", tmp_path / "wanted.cfg"
    served.write_text(BASE)
    wanted.write_text(more(1))
    with dev_server(served) as url:
        code, told = deploy(script(tmp_path), url, wanted)
    assert (code, told.splitlines()[1]) == (0, "success: 1 operation applied")
    assert same(served.read_text(), more(1))
