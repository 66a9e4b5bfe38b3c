"""Keys of OpenSSH for tests, and what is signed with them by ssh-keygen itself."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

SSH_KEYGEN = shutil.which("ssh-keygen") or ""

needs_ssh_keygen = pytest.mark.skipif(not SSH_KEYGEN, reason="ssh-keygen is not installed: nothing can be signed")

BITS = {"rsa": ["-b", "2048"]}


def ssh_keygen(*words: str, stdin: str = "") -> str:
    """Run ssh-keygen; its standard output."""
    done = subprocess.run([SSH_KEYGEN, *words], input=stdin, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@dataclass(frozen=True)
class Keys:
    """Keys in a folder, each made when it is first asked for."""

    folder: Path

    def key(self, name: str, kind: str = "ed25519", passphrase: str = "") -> Path:
        """The private key of a name; the public one is beside it."""
        path = self.folder / name
        if not path.exists():
            more = BITS.get(kind, [])
            ssh_keygen("-q", "-t", kind, *more, "-N", passphrase, "-C", name, "-f", str(path))
        return path

    def public(self, name: str) -> str:
        """The public key of a name, as a line of allowed signers has it."""
        return " ".join(self.key(name).with_suffix(".pub").read_text().split()[:2])

    def allowed(self, *lines: str) -> Path:
        """A file of allowed signers. In a line `{ann}` is the public key of ann."""
        names = ("ann", "bob", "eve", "ca")
        keys = {name: self.public(name) for name in names if any(f"{{{name}}}" in line for line in lines)}
        path = self.folder / "allowed"
        path.write_text("".join(f"{line.format(**keys)}\n" for line in lines))
        return path

    def sign(self, path: Path, name: str, namespace: str = "hsync-plan") -> Path:
        """Sign a file with ssh-keygen itself."""
        signature = path.with_name(f"{path.name}.sig")
        signature.unlink(missing_ok=True)
        ssh_keygen("-q", "-Y", "sign", "-n", namespace, "-f", str(self.key(name)), str(path))
        return signature


def ssh_add(socket: str, key: str) -> None:
    """Give a key to an agent; the passphrase is `hunter2`."""
    ask = Path(f"{socket}-ask")
    ask.write_text("#!/bin/sh\necho hunter2\n")
    ask.chmod(0o700)
    environment = {**os.environ, "SSH_AUTH_SOCK": socket, "SSH_ASKPASS": str(ask), "DISPLAY": "none"}
    subprocess.run(["ssh-add", "-q", key], env=environment, check=True, start_new_session=True)


@contextmanager
def agent(folder: Path, *keys: Path) -> Iterator[str]:
    """An SSH agent with keys; its socket."""
    socket = str(folder / "agent")
    server = subprocess.Popen(["ssh-agent", "-D", "-a", socket], stdout=subprocess.DEVNULL)
    try:
        while not Path(socket).exists():
            assert server.poll() is None
        for key in keys:
            ssh_add(socket, str(key))
        yield socket
    finally:
        server.terminate()
        server.wait()
