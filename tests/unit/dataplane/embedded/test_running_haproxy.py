"""A running HAProxy in master-worker mode reloads through its master socket, and its answer is the result."""

from __future__ import annotations

import contextlib
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from hsync.dataplane.embedded import find_haproxy
from hsync.dataplane.embedded.header import read_header
from tests.unit.dataplane.embedded.api import Api

HAPROXY = find_haproxy()

pytestmark = pytest.mark.skipif(HAPROXY is None, reason="there is no haproxy binary")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def running(folder: Path, text: str) -> Iterator[Api]:
    """A running HAProxy with a file, and an embedded server for that file."""
    file, master = folder / "haproxy.cfg", folder / "master.sock"
    file.write_text(text)
    command = [str(HAPROXY), "-W", "-S", str(master), "-f", str(file)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(200):
            if master.exists():
                break
            time.sleep(0.05)
        yield Api(path=file, haproxy_bin=HAPROXY, master_socket=str(master))
    finally:
        process.terminate()
        process.wait(timeout=20)


def test_a_reload_succeeds_and_a_port_in_use_makes_one_fail(tmp_path: Path) -> None:
    port, other = free_port(), free_port()
    text = (
        f"global\n  maxconn 10\n\nfrontend www\n  mode http\n  timeout client 1s\n  bind 127.0.0.1:{port} name main\n"
    )
    with running(tmp_path, text) as api, socket.socket() as holder:
        bind = {"name": "more", "address": "127.0.0.1", "port": other}
        good = api.ask("POST", "configuration/frontends/www/binds", params={"version": 1}, json=bind)
        assert api.get(f"reloads/{good.headers['Reload-ID']}")["status"] == "succeeded"
        socket.create_connection(("127.0.0.1", other), timeout=5).close()
        kept = api.get("configuration/raw")
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        taken = {"name": "taken", "address": "127.0.0.1", "port": holder.getsockname()[1]}
        bad = api.ask("POST", "configuration/frontends/www/binds", params={"version": 2}, json=taken)
        reload = api.get(f"reloads/{bad.headers['Reload-ID']}")
        assert (reload["status"], "cannot bind socket" in reload["response"]) == ("failed", True)
        assert api.get("configuration/raw") == kept
        assert (read_header(kept).version, api.version) == (2, 3)
        socket.create_connection(("127.0.0.1", other), timeout=5).close()
