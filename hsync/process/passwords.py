"""passwords: the password of a Data Plane API, from environment variables."""

from __future__ import annotations

import os
from pathlib import Path

from hsync.errors import InputError
from hsync.files import read_file

__all__ = ["password_of_environment"]

MAX_BYTES = 64 * 1024
"""Maximum size of the file."""


def password_of_environment() -> str:
    """The value of HSYNC_PASSWORD, else the first line of the file in HSYNC_PASSWORD_FILE; "" if neither is set.

    Raises:
        InputError: the file cannot be read.
    """
    path = os.environ.get("HSYNC_PASSWORD_FILE")
    if (secret := os.environ.get("HSYNC_PASSWORD")) or not path:
        return secret or ""
    try:
        return read_file(Path(path), max_bytes=MAX_BYTES).decode().partition("\n")[0].removesuffix("\r")
    except (OSError, ValueError) as fault:
        raise InputError(
            f"HSYNC_PASSWORD_FILE {path}: {fault}", hint="give a file with the password in its first line"
        ) from fault
