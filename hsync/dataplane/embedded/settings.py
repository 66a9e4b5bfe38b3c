"""Settings: how an embedded server behaves; one object for the client, the transport and the engine."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from hsync.dataplane.embedded.reloads import Runner, by_command, by_master_socket, by_nothing
from hsync.dataplane.embedded.staged import KEEPING, Manner

__all__ = ["EmbeddedSettings"]


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbeddedSettings:
    """How an embedded server behaves.

    Args:
        haproxy_bin: HAProxy that checks what is committed, see `find_haproxy`; None for no check.
        reload_command: run after a commit; or else
        master_socket: of a running HAProxy, which is told to reload; or else
        runner: a function that reloads. With none of the three, every reload succeeds.
        reload_delay_s: how long a reload waits for others to share it; 0 = runs within the commit.
        api: API release that is reported.
        max_open_transactions: limit of open transactions.
        backups: how many former texts are kept.
        clock: seconds, monotonic.
        verdicts: folder in which it is remembered what HAProxy accepted; None to ask it always.
        manner: how the server writes a content.

    Raises:
        ValueError: more than one way to reload.
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
    manner: Manner = KEEPING

    def __post_init__(self) -> None:
        if sum(map(bool, (self.reload_command, self.master_socket, self.runner))) > 1:
            raise ValueError("reload_command, master_socket and runner: give one of them")

    @property
    def reload(self) -> Runner:
        """The way to reload."""
        if self.reload_command:
            return by_command(self.reload_command)
        if self.master_socket:
            return by_master_socket(self.master_socket)
        return self.runner or by_nothing
