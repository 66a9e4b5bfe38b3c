"""Sandbox: HAProxy's check of a configuration that somebody wrote who must not learn what is on this machine.

HAProxy reads files and variables also when it only checks, and quotes them in its messages.

Rule 1: what the text takes from outside of itself (`hsync.sections.outside`) is refused before HAProxy is started,
    unless it is allowed by its name. That holds for a server as well, which would read its own files.
Rule 2: HAProxy runs with an empty environment and with limits, without network and without other files, as far as the
    kernel can do that (`jail`). What it cannot do is told (`missing`); Rule 1 does not depend on it.

Names of servers are not looked up: HAProxy is told to go on without (`-dr`).
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from hsync import processes
from hsync.sections.outside import reaches

__all__ = ["Sandbox"]

_SYSTEM = (
    *("/usr", "/lib", "/lib32", "/lib64", "/bin", "/sbin", "/nix/store", "/gnu/store", "/opt/homebrew"),
    *("/etc/ld.so.cache", "/etc/ld.so.preload", "/etc/ld-musl-x86_64.path", "/etc/ssl/openssl.cnf", "/etc/pki/tls"),
    *("/etc/ssl/certs", "/etc/pki/ca-trust", "/etc/crypto-policies", "/etc/localtime", "/etc/nsswitch.conf"),
    *("/etc/passwd", "/etc/group", "/etc/hosts", "/etc/host.conf", "/etc/services", "/etc/protocols"),
    *("/dev/urandom", "/dev/random", "/proc/cpuinfo", "/sys/devices/system"),
)
"""What programs need to start, and HAProxy to know users and processors. No secret is there."""

_DEVICES = ("/dev/null",)

_NAMES = {"network": "network", "files": "other files"}
_JAIL = str(Path(__file__).with_name("jail.py"))
_PROBE_S = 10.0
_WHY = ": not allowed in a configuration that is not trusted"


@dataclass(frozen=True, slots=True)
class Sandbox:
    """What HAProxy's check may take from outside of the text.

    Args:
        allowed: names of files and folders, as the text has them.
    """

    allowed: frozenset[str] = frozenset()

    def refusal(self, text: str, file: str = "haproxy.cfg") -> str:
        """What a text takes from outside that is not allowed, in the form of HAProxy's alerts; "" for nothing.

        Args:
            text: the whole configuration.
            file: how the alerts name it.
        """
        found = [one for one in reaches(text) if not one.name or one.name not in self.allowed]
        return "\n".join(f'msg="config parsing [{file}:{one.line}] {one.what}{_WHY}"' for one in found)

    def command(self, binary: str, arguments: Iterable[str], file: Path, home: Path | None) -> list[str]:
        """The words that run HAProxy in here.

        Args:
            binary: path of HAProxy.
            arguments: for it.
            file: the configuration, which it may read.
            home: folder that relative names start from.
        """
        beside = Path(binary).parent
        base = home or file.parent
        own = (binary, str(beside / "lib"), str(beside.parent / "lib"), str(file))
        read = [*_SYSTEM, *own, *(str(base / name) for name in sorted(self.allowed))]
        wishes = json.dumps({"read": read, "write": _DEVICES})
        return [sys.executable, "-I", "-S", _JAIL, wishes, binary, "-dr", *arguments]

    @staticmethod
    def missing() -> tuple[str, ...]:
        """What the kernel cannot take away from HAProxy here, in words: `network`, `other files`."""
        try:
            told = processes.run([sys.executable, "-I", "-S", _JAIL], seconds=_PROBE_S, variables={})
            given = json.loads(told.stdout)
        except (OSError, ValueError):
            given = {}
        return tuple(words for name, words in _NAMES.items() if not given.get(name))
