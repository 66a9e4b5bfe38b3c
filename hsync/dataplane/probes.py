"""probes: questions to what HAProxy serves, which tell whether a new configuration works.

    https://www.example/health     GET; a status below 400 passes. Redirects are not followed.
    tcp://192.0.2.1:443            a connection that opens passes
    ./check.sh --fast              any other text: a command, split as a shell would, run without one; status 0 passes

Rule 1: probes come from the operator's command line only. A project cannot name one: it could run programs.
Rule 2: a probe that does not answer in time does not pass.
"""

from __future__ import annotations

import re
import shlex
import socket
import ssl
from contextlib import ExitStack
from dataclasses import dataclass
from urllib.parse import urlsplit

from hsync import processes
from hsync.dataplane.deadline import Deadline
from hsync.errors import UsageError

__all__ = ["TIMEOUT_S", "Probe", "probe_of"]

TIMEOUT_S = 5.0
"""Seconds for one answer."""


_MOMENT_S = 0.001
"""For sockets, which take 0 for "do not wait at all"."""


@dataclass(frozen=True, slots=True)
class Probe:
    """A probe.

    Args:
        text: as on the command line.
    """

    text: str

    def why_not(self, seconds: float = TIMEOUT_S) -> str:
        """Ask once. Returns why it has not passed; "" if it has.

        Args:
            seconds: time limit.
        """
        ask = next(ask for scheme, ask in _ASKING if self.text.startswith(scheme))
        try:
            return ask(self.text, seconds)
        except (OSError, ValueError) as fault:
            return str(fault) or type(fault).__name__


def _by_http(url: str, seconds: float) -> str:
    until, parts = Deadline.after(seconds), urlsplit(url)
    host, tls = parts.hostname or "", parts.scheme == "https"
    path = f"{parts.path or '/'}{'?' if parts.query else ''}{parts.query}"
    own = parts.netloc.rpartition("@")[2]
    request = f"GET {path} HTTP/1.1\r\nHost: {own}\r\nUser-Agent: hsync\r\nConnection: close\r\n\r\n"
    with ExitStack() as opened:
        way = opened.enter_context(socket.create_connection((host, parts.port or (443 if tls else 80)), until.left))
        if tls:
            way = opened.enter_context(ssl.create_default_context().wrap_socket(way, server_hostname=host))
        way.sendall(request.encode("utf-8"))
        status = _status(way, until)
    return "" if status < 400 else f"status {status}"


def _status(way: socket.socket, until: Deadline) -> int:
    """The status in the first line of an answer."""
    line = b""
    while not line.endswith(b"\n") and len(line) < 1024:
        way.settimeout(max(until.left, _MOMENT_S))
        if not (byte := way.recv(1)):
            break
        line += byte
    match = re.match(rb"HTTP/1\.[01] (\d{3})\b", line)
    if match is None:
        raise ValueError(f"no answer of HTTP: {line[:60]!r}")
    return int(match[1])


def _by_tcp(url: str, seconds: float) -> str:
    host, port = _place(url)
    with socket.create_connection((host, port), timeout=seconds):
        return ""


def _place(url: str) -> tuple[str, int]:
    parts = urlsplit(url)
    if not parts.hostname or not parts.port:
        raise ValueError("host and port are needed: tcp://HOST:PORT")
    return parts.hostname, parts.port


def _by_command(command: str, seconds: float) -> str:
    done = processes.run(shlex.split(command), seconds=seconds)
    return "" if done.code == 0 else f"exit code {done.code}"


_ASKING = (("http://", _by_http), ("https://", _by_http), ("tcp://", _by_tcp), ("", _by_command))
"""By the beginning of the text; the first one counts."""


def probe_of(text: str) -> Probe:
    """A probe of the command line.

    Args:
        text: a URL, or a command.

    Raises:
        UsageError: it is none.
    """
    if fault := _fault_of(text):
        raise UsageError(f"probe {text!r}: {fault}", hint="give http(s)://…, tcp://HOST:PORT, or a command")
    return Probe(text)


def _fault_of(text: str) -> str:
    try:
        if text.startswith("tcp://"):
            _place(text)
        if text.startswith(("http://", "https://")):
            return "" if urlsplit(text).hostname else "a host is needed"
        return "" if shlex.split(text) else "there is no command"
    except ValueError as fault:
        return str(fault)
