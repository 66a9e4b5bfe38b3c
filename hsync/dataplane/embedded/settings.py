"""Settings: the behaviour of an embedded server; one object for the client, the transport and the engine."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from hsync.dataplane.embedded.reloads import Runner, by_command, by_master_socket, by_nothing
from hsync.dataplane.embedded.sandbox import Sandbox
from hsync.dataplane.embedded.staged import KEEPING, Manner

__all__ = ["EmbeddedSettings"]


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbeddedSettings:
    """The behaviour of an embedded server.

    Args:
        haproxy_bin: HAProxy binary that checks a text before its commit, see `find_haproxy`; None for no check.
        reload_command: command that reloads HAProxy after a commit.
        master_socket: master socket of a running HAProxy, through which it reloads.
        runner: function that reloads HAProxy. Without command, socket and function all reloads succeed.
        reload_delay_s: seconds from a commit to its reload, which further commits share; 0 = within the commit.
        api: API release that the server reports.
        max_open_transactions: maximum number of open transactions.
        backups: number of former texts to keep.
        clock: monotonic clock, in seconds.
        verdicts: folder for texts that HAProxy accepted, which are not checked again; None to check always.
        sandbox: the limits of HAProxy when it checks the text of somebody who is not trusted; None for no limits.
        manner: the way in which the server writes a text.

    Raises:
        ValueError: more than one of reload_command, master_socket and runner.
    """

    haproxy_bin: str | None = None
    reload_command: str = ""
    master_socket: str = ""
    runner: Runner | None = None
    reload_delay_s: float = 0.0
    api: str = "3.4"
    max_open_transactions: int = 20
    backups: int = 0
    clock: Callable[[], float] = time.monotonic
    verdicts: Path | None = None
    sandbox: Sandbox | None = None
    manner: Manner = KEEPING

    def __post_init__(self) -> None:
        if sum(map(bool, (self.reload_command, self.master_socket, self.runner))) > 1:
            raise ValueError("reload_command, master_socket and runner: set only one of them")

    @property
    def reload(self) -> Runner:
        """The function that reloads HAProxy."""
        if self.reload_command:
            return by_command(self.reload_command)
        if self.master_socket:
            return by_master_socket(self.master_socket)
        return self.runner or by_nothing
