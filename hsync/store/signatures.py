"""signatures: sign plan files and check signatures, with ssh-keygen of OpenSSH.

The signature of PLAN is PLAN.sig, as `ssh-keygen -Y sign -n hsync-plan -f KEY PLAN` writes it.

Rule 1: the bytes of the plan file are signed. ssh-keygen gets them from memory and never opens the file, so the bytes
that were checked are the bytes that are read.
Rule 2: ssh-keygen checks key, namespace and validity, at the time of the check. Its message is shown for every refusal:
no signature, another plan, another namespace, an unknown or an expired key.
Rule 3: ssh-keygen gets only the variables PATH, HOME and SSH_AUTH_SOCK, the last for keys in an agent.
Rule 4: an old signature is deleted before a new plan file is written.

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
"""Purpose of a signature: one for a commit or a mail is not valid for a plan."""

SIGN_S = 60
"""Time limit of a signature in seconds; a person may have to touch a hardware key."""

CHECK_S = 10
"""Time limit of a check in seconds."""

_ARMOR = "-----BEGIN SSH SIGNATURE-----"
_MAX_BYTES = 64 * 1024
"""Maximum size of a signature file; that of an RSA key with 16,384 bits is a tenth of it."""

_WORDS = 500
"""Maximum length of ssh-keygen's message in an error."""

_VARIABLES = ("PATH", "HOME", "SSH_AUTH_SOCK")


def signature_file(path: Path) -> Path:
    """The path of the signature of a plan file."""
    return path.with_name(f"{path.name}.sig")


# Writing


def sign(content: bytes, key: Path) -> str:
    """The signature of a plan file.

    Args:
        content: of the file.
        key: a private key; or a public one, whose private key is in the agent.

    Raises:
        InputError: ssh-keygen cannot sign the file.
    """
    try:
        ended = _ssh_keygen(["sign", "-f", str(key)], content, SIGN_S)
    except OSError as fault:
        raise InputError(f"cannot sign with {key}: {reason(fault)}", hint=_INSTALL) from fault
    if ended.code or not ended.stdout.startswith(_ARMOR.encode()):
        agent = quote(typed_path(key.with_suffix("") if key.suffix == ".pub" else key))
        raise InputError(
            f"cannot sign with {key}: {_words(ended)}",
            hint=f"no plan was saved; add a key with a passphrase to the agent: ssh-add {agent}, then hsync plan",
        )
    return ended.stdout.decode("ascii")


def write_signature(path: Path, signature: str) -> None:
    """Write the signature of a plan file.

    Args:
        path: of the plan file.
        signature: from `sign`.

    Raises:
        InputError: the file cannot be written.
    """
    write_text(signature_file(path), signature, mode=PRIVATE)


def drop_signature(path: Path) -> None:
    """Delete the old signature before a plan file is replaced.

    Args:
        path: of the plan file.

    Raises:
        InputError: the file cannot be deleted.
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
        raise InputError(f"{file} exists, and is not a signature", hint="give another file: -o PLAN")


# Reading


def signer_of(path: Path, content: bytes, allowed: Path) -> str:
    """Check the signature of a plan file, and return name and key of the signer.

    Args:
        path: of the plan file.
        content: of the plan file.
        allowed: the file of allowed signers, in the format of ssh-keygen.

    Raises:
        InputError: the file of allowed signers cannot be read.
        UnsafePlanError: the plan has no valid signature of an allowed signer.
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
    """The first allowed signer with this key for whom the signature is valid.

    Raises:
        UnsafePlanError: there is none.
        OSError: ssh-keygen cannot be run.
    """
    files = ["-f", str(allowed), "-s", str(signature)]
    found = _ssh_keygen(["find-principals", *files], b"", CHECK_S)
    refused = f"{allowed} does not allow the key of {signature}: {_words(found)}"
    for name in filter(None, _lines(found.stdout)) if found.code == 0 else ():
        ended = _ssh_keygen(["verify", "-I", name, *files], content, CHECK_S)
        if ended.code == 0:
            return f"{name} with {''.join(_lines(ended.stdout)[:1]).rpartition(' with ')[2]}"
        refused = f"{signature} is not a valid signature of {name}: {_words(ended)}"
    raise _refusal(path, refused)


def _refusal(path: Path, why: str) -> UnsafePlanError:
    again = f"ssh-keygen -Y sign -n {NAMESPACE} -f KEY {quote(typed_path(path))}"
    return UnsafePlanError(f"{path} has no valid signature: {why}", hint=f"the reviewer can sign it: {again}")


# ssh-keygen


_INSTALL = "signatures need ssh-keygen of OpenSSH on the PATH, 8.8 or newer"


def _ssh_keygen(words: Sequence[str], content: bytes, seconds: float) -> Ended:
    """Run `ssh-keygen -Y`, with a content as its standard input.

    Raises:
        OSError: ssh-keygen is not installed, or the time limit was reached.
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
    """The error message of ssh-keygen."""
    said = "; ".join(line for line in map(str.strip, _lines(ended.stderr)) if line)
    return said[:_WORDS] or f"ssh-keygen ended with {ended.code}"
