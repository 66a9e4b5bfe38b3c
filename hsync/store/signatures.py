"""signatures: a plan file is signed, and it is known who signed it. OpenSSH's ssh-keygen does both.

The signature of PLAN is PLAN.sig: what `ssh-keygen -Y sign -n hsync-plan -f KEY PLAN` writes, too.

Rule 1: the bytes of the plan file are signed. ssh-keygen gets them from memory and never opens the file, so the bytes
that were checked are the bytes that are read.
Rule 2: ssh-keygen decides, at the time of the check, about key, namespace and validity. Whatever it does not approve is
refused in its own words: no signature, another plan, another namespace, an unknown or an expired key.
Rule 3: it gets no variable of the process but PATH, HOME and SSH_AUTH_SOCK: a key may be in an agent.
Rule 4: a signature never stays beside a plan that it is not of: it goes before the plan file is written.

Source: ssh-keygen(1), `-Y` and ALLOWED SIGNERS; PROTOCOL.sshsig of OpenSSH.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from shlex import quote

from hsync.errors import InputError, UnsafePlanError
from hsync.files import PRIVATE, check_file, read_head, reason
from hsync.processes import Ended, run
from hsync.store.files import typed_path, write_text

__all__ = ["drop_signature", "refuse_other_signature", "sign", "signature_file", "signer_of", "write_signature"]

NAMESPACE = "hsync-plan"
"""A key signs for one purpose: a signature of a commit or of a mail is none of a plan."""

SIGN_S = 60
"""Seconds for a signature: somebody may have to touch a key."""

CHECK_S = 10
"""Seconds for a check."""

_ARMOR = "-----BEGIN SSH SIGNATURE-----"
_MAX_BYTES = 64 * 1024
"""The signature of an RSA key of 16,384 bits takes a tenth of it."""

_WORDS = 500
"""Characters of ssh-keygen's words in a message."""

_VARIABLES = ("PATH", "HOME", "SSH_AUTH_SOCK")


def signature_file(path: Path) -> Path:
    """Where the signature of a plan file is."""
    return path.with_name(f"{path.name}.sig")


# Writing


def sign(content: bytes, key: Path) -> str:
    """The signature of a plan file.

    Args:
        content: of the file.
        key: a private key; or a public one, whose private key is in the agent.

    Raises:
        InputError: it cannot be signed.
    """
    try:
        ended = _ssh_keygen(["sign", "-f", str(key)], content, SIGN_S)
    except OSError as fault:
        raise InputError(f"cannot sign with {key}: {reason(fault)}", hint=_INSTALL) from fault
    if ended.code or not ended.stdout.startswith(_ARMOR.encode()):
        agent = quote(typed_path(key.with_suffix("") if key.suffix == ".pub" else key))
        raise InputError(
            f"cannot sign with {key}: {_words(ended)}",
            hint=f"no plan was saved; a key with a passphrase is used from the agent: ssh-add {agent}, then hsync plan",
        )
    return ended.stdout.decode("ascii")


def write_signature(path: Path, signature: str) -> None:
    """Put a signature beside its plan file.

    Args:
        path: of the plan file.
        signature: from `sign`.

    Raises:
        InputError: it cannot be written.
    """
    write_text(signature_file(path), signature, mode=PRIVATE)


def drop_signature(path: Path) -> None:
    """Delete the signature beside a plan file that is about to be replaced.

    Args:
        path: of the plan file.

    Raises:
        InputError: it cannot be deleted.
    """
    file = signature_file(path)
    try:
        file.unlink(missing_ok=True)
    except OSError as fault:
        raise InputError(f"cannot delete {file}: {reason(fault)}", hint="check the folder and its mode") from fault


def refuse_other_signature(path: Path) -> None:
    """Refuse a path for a plan if its signature would take the place of a file that is none.

    Args:
        path: where a plan is to be written.

    Raises:
        InputError: something else is there.
    """
    file = signature_file(path)
    try:
        head = read_head(file, len(_ARMOR))
    except FileNotFoundError:
        return
    except OSError:
        head = b"-"
    if head not in {b"", _ARMOR.encode()}:
        raise InputError(f"{file} is there already, and is no signature of a plan", hint="give another file: -o PLAN")


# Reading


def signer_of(path: Path, content: bytes, allowed: Path) -> str:
    """Who signed a plan file: name and key.

    Args:
        path: of the file; its signature is beside it.
        content: of the file.
        allowed: the file of those who may sign, as ssh-keygen reads it.

    Raises:
        InputError: the file of those who may sign cannot be read.
        UnsafePlanError: the plan is not signed by one of them.
    """
    signature = signature_file(path)
    try:
        check_file(allowed)
    except (OSError, ValueError) as fault:
        message = f"cannot read the file of allowed signers {allowed}: {reason(fault)}"
        raise InputError(message, hint="check the path and its mode") from fault
    try:
        check_file(signature, max_bytes=_MAX_BYTES)
    except (OSError, ValueError) as fault:
        raise _refusal(path, f"{signature}: {reason(fault)}") from fault
    try:
        return _signer(path, content, signature, allowed)
    except OSError as fault:
        raise UnsafePlanError(f"cannot check who signed {path}: {reason(fault)}", hint=_INSTALL) from fault


def _signer(path: Path, content: bytes, signature: Path, allowed: Path) -> str:
    """The first of those to whom the key belongs for whom the signature holds.

    Raises:
        UnsafePlanError: there is none.
        OSError: ssh-keygen cannot be asked.
    """
    files = ["-f", str(allowed), "-s", str(signature)]
    found = _ssh_keygen(["find-principals", *files], b"", CHECK_S)
    refused = f"{allowed} does not allow the key of {signature}: {_words(found)}"
    for name in filter(None, _lines(found.stdout)) if found.code == 0 else ():
        ended = _ssh_keygen(["verify", "-I", name, *files], content, CHECK_S)
        if ended.code == 0:
            return f"{name} with {''.join(_lines(ended.stdout)[:1]).rpartition(' with ')[2]}"
        refused = f"{signature} is no signature of it by {name}: {_words(ended)}"
    raise _refusal(path, refused)


def _refusal(path: Path, why: str) -> UnsafePlanError:
    again = f"ssh-keygen -Y sign -n {NAMESPACE} -f KEY {quote(typed_path(path))}"
    return UnsafePlanError(f"{path} is not signed: {why}", hint=f"who has reviewed it signs it: {again}")


# ssh-keygen


_INSTALL = "signatures need ssh-keygen of OpenSSH on the PATH, 8.8 or newer"


def _ssh_keygen(words: Sequence[str], content: bytes, seconds: float) -> Ended:
    """Run `ssh-keygen -Y` with a content as its input.

    Raises:
        OSError: it is not there, or has not ended in time.
    """
    program = shutil.which("ssh-keygen")
    if program is None:
        raise FileNotFoundError("there is no ssh-keygen")
    verb, *rest = words
    namespace = [] if verb == "find-principals" else ["-n", NAMESPACE]
    variables = {name: os.environ[name] for name in _VARIABLES if name in os.environ}
    return run([program, "-Y", verb, *namespace, *rest], seconds=seconds, variables=variables, stdin=content)


def _lines(output: bytes) -> list[str]:
    return output.decode("utf-8", "surrogateescape").splitlines()


def _words(ended: Ended) -> str:
    """What ssh-keygen says about its failure."""
    said = "; ".join(line for line in map(str.strip, _lines(ended.stderr)) if line)
    return said[:_WORDS] or f"ssh-keygen ended with {ended.code}"
