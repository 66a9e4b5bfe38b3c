"""A master socket that knows numbers of an HAProxy, which a test can set."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

__all__ = ["Numbers", "numbers_at"]

FIELDS = ("pxname", "svname", "qcur", "scur", "stot", "status", "type", "hrsp_4xx", "hrsp_5xx", "req_tot")


@dataclass
class Numbers:
    """What the socket answers.

    Args:
        rows: by proxy and name: fields.
        silent: whether it answers nothing.
        asked: the requests, in order.
    """

    rows: dict[tuple[str, str], dict[str, object]] = field(default_factory=dict)
    silent: bool = False
    asked: list[str] = field(default_factory=list)

    def answer(self, request: str) -> str:
        self.asked.append(request.strip())
        if self.silent:
            return ""
        if request.startswith("reload"):
            return "Success=1\n--\n"
        lines = [
            ",".join(str(dict(row, pxname=proxy, svname=name).get(one, "")) for one in FIELDS)
            for (proxy, name), row in self.rows.items()
        ]
        return f"# {','.join(FIELDS)},\n" + "".join(f"{line},\n" for line in lines) + "\n"


@contextmanager
def numbers_at(path: Path) -> Iterator[Numbers]:
    """Serve numbers on a socket."""
    numbers, stop = Numbers(), threading.Event()
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
        server.listen()
        server.settimeout(0.05)

        def serve() -> None:
            while not stop.is_set():
                with suppress(OSError):
                    way, _ = server.accept()
                    with way:
                        way.settimeout(5)
                        way.sendall(numbers.answer(way.recv(4096).decode()).encode())

        thread = threading.Thread(target=serve)
        thread.start()
        yield numbers
        stop.set()
        thread.join()
