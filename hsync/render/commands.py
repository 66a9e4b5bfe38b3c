"""commands: secrets from the output of a program, `secret("cmd:NAME")`.

Rule 1: only the operator's file names the programs. They run without a shell, and their paths are relative to the
folder of that file, so that a project cannot replace a program.
Rule 2: the output of a program and its arguments are never shown, also after an error: they may have the secret.
"""

from __future__ import annotations

from hsync import processes
from hsync.errors import InputError
from hsync.files import reason
from hsync.trust.operator import Operator

__all__ = ["printed"]

TIMEOUT_S = 30.0
"""Time limit of a program. It may contact a server, but cannot wait for input."""


def printed(name: str, operator: Operator, max_bytes: int) -> bytes:
    """Run a program of the operator. Returns its output.

    Args:
        name: name of the secret.
        operator: has the programs by the names of secrets.
        max_bytes: maximum length of the output.

    Raises:
        InputError: there is no such program, or it fails.
    """
    words = operator.commands.get(name)
    if words is None:
        where = operator.file or "~/.config/hsync/config.toml"
        hint = f'the operator can add it to {where}, below [secrets]: {name} = ["PROGRAM", "ARGUMENT"]'
        raise InputError(f"secret cmd:{name}: the operator has no command of this name", hint=hint)
    try:
        done = processes.run(words, seconds=TIMEOUT_S, cwd=operator.folder)
        why = f"{words[0]} ended with {done.code}" if done.code else ""
        why = why or (f"{words[0]} printed more than {max_bytes} bytes" if len(done.stdout) > max_bytes else "")
        why = why or ("" if done.stdout.strip(b"\r\n") else "the command printed nothing")
    except TimeoutError as fault:
        why = str(fault)
    except (OSError, ValueError) as fault:
        why = f"{words[0]} cannot be started: {reason(fault)}"
    if why:
        raise InputError(f"secret cmd:{name}: {why}", hint=f"run it manually: secrets.{name} in {operator.file}")
    return done.stdout
