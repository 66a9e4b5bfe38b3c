"""file: a haproxy.cfg, or a folder of files, which hsync writes with its embedded server."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Self

from hsync.dataplane.client import DataplaneClient
from hsync.dataplane.connection import OnRequest
from hsync.dataplane.deadline import NEVER, Deadline
from hsync.dataplane.endpoint import absolute
from hsync.dataplane.kinds.kind import Names, TargetSettings
from hsync.errors import UsageError

if TYPE_CHECKING:
    from hsync.dataplane.embedded import Sandbox
    from hsync.dataplane.here import Need

__all__ = ["FileSettings"]

_SUFFIXES = frozenset({".cfg", ".conf"})


@dataclass(frozen=True, slots=True)
class FileSettings(TargetSettings):
    """An embedded target.

    Args:
        path: the haproxy.cfg, or the folder of files.
        haproxy_bin: the HAProxy that checks the file: a path, a name on PATH, `none`, or "" to look for one.
        reload_command: the command to run after a commit; "" for none.
        master_socket: HAProxy's master socket, for reloads.
    """

    path: Annotated[Path, Names.PLACE]
    haproxy_bin: Annotated[str, Names.PROGRAM] = ""
    reload_command: Annotated[str, Names.COMMAND] = ""
    master_socket: Annotated[Path | None, Names.SOCKET] = None

    key = "path"
    words = "the path of a haproxy.cfg"
    keeps_text = True
    checks_here = True

    @classmethod
    def of_spec(cls, spec: str) -> Self | None:
        """The target for a path: SPEC has a suffix or a separator, or is an existing file or folder."""
        if not spec or ("://" in spec and not spec.startswith("file:")):
            return None
        path = Path(spec.removeprefix("file:"))
        if path.suffix in _SUFFIXES or os.sep in spec or _is_there(path):
            return cls(cls.file_name(path.stem), path)
        return None

    def check(self) -> None:
        """Allow only one way to reload."""
        if self.reload_command and self.master_socket:
            raise UsageError(f"target {self.name}: give either a reload_command or a master_socket")

    @property
    def identity(self) -> str:
        """`file:` and the absolute path."""
        return f"file:{absolute(self.path)}"

    @property
    def checked(self) -> bool:
        """Whether this machine has a HAProxy for the check."""
        from hsync.dataplane.embedded import find_haproxy

        return find_haproxy(self.haproxy_bin) is not None

    @property
    def reloaded(self) -> bool:
        """Whether a way to reload HAProxy is set."""
        return bool(self.reload_command or self.master_socket)

    def needs(self) -> Iterator[Need]:
        """Permissions of the place, the version of HAProxy's binary, and an answer of what reloads HAProxy."""
        from hsync.dataplane.embedded import find_haproxy
        from hsync.dataplane.here import needs_of_binary, needs_of_command, needs_of_place, needs_of_socket

        yield from needs_of_place(self.path)
        if binary := find_haproxy(self.haproxy_bin):
            yield from needs_of_binary(binary)
        if self.master_socket:
            yield needs_of_socket(self.master_socket, "master_socket", "show proc")
        if self.reload_command:
            yield needs_of_command(self.reload_command)

    def connect(
        self,
        password: Callable[[], str] | None = None,
        *,
        deadline: Deadline = NEVER,
        on_request: OnRequest | None = None,
        verdicts: Path | None = None,
        sandbox: Sandbox | None = None,
    ) -> DataplaneClient:
        """A client for an embedded server on the file; see `TargetSettings.connect`."""
        from hsync.dataplane.embedded import EmbeddedSettings, find_haproxy

        del password
        behaviour = EmbeddedSettings(
            haproxy_bin=find_haproxy(self.haproxy_bin),
            reload_command=self.reload_command,
            master_socket=str(self.master_socket or ""),
            verdicts=verdicts,
            sandbox=sandbox,
        )
        return DataplaneClient.embedded(self.path, behaviour, deadline=deadline, on_request=on_request)


def _is_there(path: Path) -> bool:
    """Whether a file or folder exists; False for a path that is invalid for the system."""
    try:
        return path.exists()
    except OSError:
        return False


KIND = FileSettings
