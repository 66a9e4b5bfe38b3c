"""allowances: the claims that the operator has allowed, one file for each project, in the operator's folder.

Rule 1: an allowance is for one folder and one value: another folder or another value needs its own.
Rule 2: a file that cannot be read allows nothing.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from hsync.errors import InputError
from hsync.files import PRIVATE, make_private_folder, read_file, reason, replace_file

__all__ = ["Allowances"]

FORMAT = "hsync-allowed/1"

_MAX_BYTES = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Allowances:
    """The allowances of a project.

    Args:
        folder: the operator's folder; None if there is none.
        root: real path of the project.
    """

    folder: Path | None
    root: Path

    @property
    def path(self) -> Path | None:
        """The file; None if there is no folder."""
        digest = hashlib.sha256(os.fsencode(self.root)).hexdigest()
        return self.folder / "allowed" / f"{digest[:32]}.json" if self.folder else None

    def read(self) -> frozenset[str]:
        """The texts of the allowed claims."""
        try:
            found = json.loads(read_file(self.path, max_bytes=_MAX_BYTES, follow=False)) if self.path else {}
            if found.get("format") == FORMAT and found["root"] == str(self.root):
                return frozenset(str(one) for one in found["allowed"])
        except (OSError, ValueError, LookupError, TypeError, AttributeError):
            return frozenset()
        return frozenset()

    def add(self, texts: Iterable[str]) -> None:
        """Allow claims.

        Args:
            texts: of the claims.

        Raises:
            InputError: the file cannot be written.
        """
        self._write(self.read() | set(texts))

    def revoke(self) -> frozenset[str]:
        """Remove all allowances of the project.

        Returns:
            The texts of the claims that were allowed.

        Raises:
            InputError: the file cannot be written.
        """
        before = self.read()
        if before:
            self._write(frozenset())
        return before

    def _write(self, texts: frozenset[str]) -> None:
        if self.path is None:
            raise InputError("there is no folder for allowances", hint="set XDG_CONFIG_HOME or HSYNC_ALLOW")
        document = {"format": FORMAT, "root": str(self.root), "allowed": sorted(texts)}
        try:
            make_private_folder(self.path.parent)
            replace_file(self.path, json.dumps(document, indent=2).encode() + b"\n", mode=PRIVATE)
        except OSError as fault:
            message = f"cannot write {self.path}: {reason(fault)}"
            raise InputError(message, hint="check the path and its mode") from fault
