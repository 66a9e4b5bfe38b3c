"""files: inputs of a rendering, as text and by a name that does not depend on the machine."""

from __future__ import annotations

from pathlib import Path

from hsync.errors import InputError

__all__ = ["read_bytes", "shown"]


def shown(path: Path, root: Path | None) -> str:
    """The name of a file in messages and plans.

    Args:
        path: the file.
        root: the folder of the project; None leaves the path as it was given.

    Returns:
        The path below the root, with slashes; the path as it was given when it is elsewhere.
    """
    if root is not None:
        full, base = path.resolve(), root.resolve()
        if full.is_relative_to(base):
            return full.relative_to(base).as_posix()
    return path.as_posix()


def read_bytes(path: Path, kind: str, *, max_bytes: int = 64 * 1024 * 1024) -> bytes:
    """The content of a file.

    Args:
        path: the file.
        kind: what it should be, for messages.
        max_bytes: a longer one is refused.

    Raises:
        InputError: it cannot be read, or is too long.
    """
    try:
        with path.open("rb") as file:
            data = file.read(max_bytes + 1)
    except (OSError, ValueError) as fault:
        why = getattr(fault, "strerror", None) or fault
        raise InputError(f"cannot read the {kind} {path}: {why}", hint="check the path") from fault
    if len(data) > max_bytes:
        raise InputError(f"the {kind} {path} is larger than {max_bytes} bytes", hint="give a smaller one")
    return data
