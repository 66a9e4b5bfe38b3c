"""What somebody may have put where hsync writes. Each layout is a function of the path and of a folder outside."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

__all__ = ["LAYOUTS", "LINKS", "PRECIOUS"]

PRECIOUS = b"precious\n"


def plant_link(path: Path, outside: Path) -> None:
    path.symlink_to(outside / "file")


def plant_relative_link(path: Path, outside: Path) -> None:
    path.symlink_to(os.path.relpath(outside / "file", path.parent))


def plant_dangling(path: Path, outside: Path) -> None:
    path.symlink_to(outside / "none")


def plant_chain(path: Path, outside: Path) -> None:
    (path.parent / "hop").symlink_to(outside / "file")
    path.symlink_to("hop")


def plant_link_to_folder(path: Path, outside: Path) -> None:
    path.symlink_to(outside)


def plant_hard_link(path: Path, outside: Path) -> None:
    path.hardlink_to(outside / "file")


def plant_folder(path: Path, _outside: Path) -> None:
    path.mkdir()
    (path / "file").write_bytes(PRECIOUS)


def plant_pipe(path: Path, _outside: Path) -> None:
    os.mkfifo(path)


def plant_device(path: Path, _outside: Path) -> None:
    try:
        os.mknod(path, stat.S_IFCHR | 0o666, os.makedev(1, 3))
    except PermissionError:
        pytest.skip("only root makes devices")


LAYOUTS: dict[str, Callable[[Path, Path], None]] = {
    "link": plant_link,
    "relative link": plant_relative_link,
    "dangling link": plant_dangling,
    "chain of links": plant_chain,
    "link to a folder": plant_link_to_folder,
    "hard link": plant_hard_link,
    "folder": plant_folder,
    "pipe": plant_pipe,
    "device": plant_device,
}

LINKS = {"link", "relative link", "dangling link", "chain of links", "link to a folder"}
