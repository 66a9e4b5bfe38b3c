"""HAProxy itself as an oracle for random lines and configurations: its refusals, with lines and messages."""

from __future__ import annotations

import base64
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from hsync.dataplane.embedded import find_haproxy

__all__ = ["Refusal", "needs_haproxy", "refusals", "version", "workplace"]

needs_haproxy = pytest.mark.skipif(
    find_haproxy() is None or shutil.which("openssl") is None,
    reason="there is no haproxy binary, or no openssl to make the certificate that lines name",
)

_SUMMARY = re.compile(r"Error\(s\) found|Fatal errors found")
_PREFIX = re.compile(r"^(config : )?(parsing )?\[[^\]]*\]\s*:\s*")
_UNKNOWN = re.compile(
    r"\(null\)|unknown (keyword|option|argument|statement|section|proxy mode|log facility|stats parameter|fetch method)|"
    r"not supported (\(built|by your TLS)|negation/default is not supported|expects '.*\b(got|but got) '|expects 'algo', |supports .*\(got '"
)


@dataclass(frozen=True)
class Refusal:
    """An error of HAProxy.

    Args:
        line: number of the line, from 1; 0 if HAProxy names none.
        message: HAProxy's message.
    """

    line: int
    message: str

    @property
    def unknown(self) -> bool:
        """Whether this HAProxy is too old or too new for the line, or built without a required feature."""
        return _UNKNOWN.search(self.message) is not None


@cache
def version() -> str:
    """The version of the installed HAProxy: `2.8`."""
    told = subprocess.run([str(find_haproxy()), "-v"], capture_output=True, text=True, check=True).stdout
    return re.sub(r".*?version (\d+\.\d+).*", r"\1", told, flags=re.DOTALL)


def workplace(folder: Path) -> Path:
    """A folder with the files that random lines name, and copies beside the configuration in a subfolder.

    So HAProxy finds them for any `default-path`.
    """

    def openssl(*words: str) -> None:
        subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True)

    pair = ("-keyout", "it.key", "-out", "it.crt")
    openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=it", *pair)
    openssl("genpkey", "-genparam", "-algorithm", "DH", "-pkeyopt", "group:ffdhe2048", "-out", "dh.pem")
    (folder / "it.lua").write_text("")
    (folder / "tickets").write_bytes(3 * (base64.b64encode(bytes(48)) + b"\n"))
    for one in ("it.pem", "used.pem"):
        (folder / one).write_bytes((folder / "it.crt").read_bytes() + (folder / "it.key").read_bytes())
    (inner := folder / "inner").mkdir()
    for one in ("it.lua", "tickets", "it.pem", "used.pem", "dh.pem"):
        (inner / one).symlink_to(folder / one)
    return folder


def refusals(folder: Path, text: str) -> tuple[Refusal, ...]:
    """HAProxy's refusals of a text; empty if it accepts the text."""
    (folder / "inner/haproxy.cfg").write_text(text, encoding="utf-8")
    command = [str(find_haproxy()), "-c", "-f", "inner/haproxy.cfg"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, errors="replace")
    found = tuple(_messages(done.stderr.replace("[ALERT]", "\n[ALERT]")))  # some of its messages lack a line end
    if found or done.returncode in {0, 2}:  # 2: no error, but nothing listens
        return found
    return (Refusal(0, f"exit status {done.returncode} without a word"),)


def _messages(told: str) -> Iterator[Refusal]:
    for message in re.findall(r"\[ALERT\][^:]*: (.*)", told):
        if not _SUMMARY.search(message):
            place = re.search(r"haproxy\.cfg:(\d+)", message)
            yield Refusal(int(place[1]) if place else 0, _PREFIX.sub("", message))
