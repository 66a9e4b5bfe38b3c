"""here: what an apply to a file needs on this machine: permissions, a socket of HAProxy, a reload command.

Rule 1: nothing is written, and a socket is only asked for information.

Source: HAProxy management guide 9.3 (`show info`) and 9.4 (master CLI, `show proc`).
"""

from __future__ import annotations

import errno
import os
import re
import shlex
import shutil
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from hsync import processes
from hsync.files import reason

__all__ = ["Need", "needs_of_binary", "needs_of_command", "needs_of_place", "needs_of_socket"]

_VERSION = re.compile(r"HAProxy version (\S+)")

_ANSWER_S = 2.0
_ANSWER_BYTES = 65536


@dataclass(frozen=True, slots=True)
class Need:
    """Something that an apply needs.

    Args:
        met: whether it is there.
        what: one sentence.
        remedy: what to do if it is not; "" if it is.
    """

    met: bool
    what: str
    remedy: str = ""


def needs_of_place(path: Path) -> Iterator[Need]:
    """Whether the file or the folder of a target can be read and replaced.

    Args:
        path: of the target, which may not exist yet.
    """
    real = path.resolve()
    folder = real if real.is_dir() else real.parent
    name = shlex.quote(str(folder))
    if not os.access(folder, os.W_OK | os.X_OK):
        remedy = f"let your user write there: chmod u+w {name}, or: chown {os.geteuid()} {name}"
        yield Need(
            met=False, what=f"{folder} cannot be written by you, so no file in it can be replaced", remedy=remedy
        )
        return
    closed = next((file for file in _files(real) if not os.access(file, os.R_OK)), None)
    if closed is not None:
        remedy = f"let your user read it: chmod u+r {shlex.quote(str(closed))}"
        yield Need(met=False, what=f"{closed} cannot be read by you", remedy=remedy)
        return
    yield Need(met=True, what=f"{real} can be read and replaced")


def _files(path: Path) -> list[Path]:
    return sorted(path.glob("*.cfg")) if path.is_dir() else [path] if path.exists() else []


def needs_of_socket(path: Path, setting: str, request: str) -> Need:
    """Whether a socket of HAProxy answers.

    Args:
        path: of the socket.
        setting: where it is set, for the remedy: `master_socket`.
        request: a command that only shows something.
    """
    try:
        answer = _asked(str(path), request)
    except OSError as error:
        what = f"the {setting} {path} does not answer: {reason(error)}"
        return Need(met=False, what=what, remedy=_SOCKET.get(error.errno or 0, _NOBODY).format(path=path))
    if not answer.strip() or "Permission denied" in answer:
        what = f"the {setting} {path} does not let you in: {answer.strip() or 'it says nothing'}"
        return Need(met=False, what=what, remedy="give the socket `level admin`, and reload HAProxy")
    return Need(met=True, what=f"the {setting} answers ({path})")


_NOBODY = "start HAProxy so that it listens on {path}, or correct the path"
_SOCKET = {
    errno.EACCES: "let your user connect to {path}: set its `user`, `group` or `mode` where HAProxy gets it",
}


def _asked(path: str, request: str) -> str:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(_ANSWER_S)
        connection.connect(path)
        connection.sendall(f"{request}\n".encode())
        answer = b""
        while len(answer) < _ANSWER_BYTES and (piece := connection.recv(_ANSWER_BYTES)):
            answer += piece
    return answer.decode("utf-8", "replace")


def needs_of_binary(binary: str) -> Iterator[Need]:
    """The version of the HAProxy that checks a configuration; nothing if the program does not say it.

    Args:
        binary: its path.
    """
    try:
        said = processes.run([binary, "-v"], seconds=_ANSWER_S).stdout.decode("utf-8", "replace")
    except OSError as error:
        yield Need(
            met=False, what=f"{binary} cannot be run: {reason(error)}", remedy="give another: --haproxy-bin FILE"
        )
        return
    if found := _VERSION.match(said):
        yield Need(met=True, what=f"{binary} is HAProxy {found[1]}")


def needs_of_command(command: str) -> Need:
    """Whether the program of a reload command can be run.

    Args:
        command: the program and its arguments.
    """
    program = next(iter(shlex.split(command)), "")
    if shutil.which(program) is None:
        what = f"the reload_command cannot be run: there is no program {program}"
        return Need(met=False, what=what, remedy="correct reload_command in [targets.NAME], or: chmod +x the program")
    return Need(met=True, what=f"the reload_command can be run ({program})")
