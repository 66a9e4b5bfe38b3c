"""commands: secrets that a program prints, `secret("cmd:NAME")`.

Rule 1: only the operator names the programs, in his file. There is no shell, and paths start from the folder of his
file: a project that hsync runs in cannot put its own program there.
Rule 2: what a program writes is not shown, neither its words about an error nor its arguments: the secret may be there.
"""

from __future__ import annotations

from hsync import processes
from hsync.errors import InputError
from hsync.files import reason
from hsync.trust.operator import Operator

__all__ = ["printed"]

TIMEOUT_S = 30.0
"""How long a program may take. It may ask a server; nobody is there to type anything."""


def printed(name: str, operator: Operator, max_bytes: int) -> bytes:
    """The output of a program of the operator.

    Args:
        name: of the secret.
        operator: names the program.
        max_bytes: how long the output may be.

    Raises:
        InputError: there is no such program, or it fails.
    """
    words = operator.commands.get(name)
    if words is None:
        where = operator.file or "~/.config/hsync/config.toml"
        hint = f'the operator names it in {where}, below [secrets]: {name} = ["PROGRAM", "ARGUMENT"]'
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
        raise InputError(f"secret cmd:{name}: {why}", hint=f"run it by hand: secrets.{name} in {operator.file}")
    return done.stdout
