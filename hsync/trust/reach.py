"""reach: the files and secrets that may be read, as a value that can be passed to another process.

Rule 1: paths are checked after their symbolic links are resolved.
Rule 2: internal files of the repository are not a part of the project: `.git` may have the token of a pipeline.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path

from hsync.errors import NotAllowedError
from hsync.trust.claims import Claim, Kind

__all__ = ["Reach", "is_inside"]

OWN = frozenset({".git", ".hsync.key"})
"""Names in a project folder that are not part of the project: the repository's data, and the key of fingerprints."""


@dataclass(frozen=True, slots=True)
class Reach:
    """The files and secrets that may be read.

    Args:
        root: real path of the project; None if any file may be read.
        others: real paths of further files and folders.
        secrets: references of the only secrets that may be read; None for any.
    """

    root: Path | None = None
    others: tuple[Path, ...] = ()
    secrets: frozenset[str] | None = None

    def real(self, path: Path, where: str = "", setting: str = "") -> Path:
        """The real path of a file or folder that may be read.

        Args:
            path: of a file or folder.
            where: the line with the path, for the message.
            setting: the setting with the path, for the message.

        Raises:
            NotAllowedError: the file must not be read.
        """
        if self.root is None:
            return path
        found = Path(os.path.realpath(path))
        if is_inside(found, self.root) or any(found.is_relative_to(one) for one in self.others):
            return found
        claim = Claim(Kind.FILE, str(found), where, setting or str(path))
        raise NotAllowedError(f"{claim}, which is not a file of the project", claims=[claim.as_tuple()])

    def secret(self, reference: str, path: Path | None = None) -> Path | None:
        """The real path of a secret's file, if the secret may be read.

        Args:
            reference: of the secret.
            path: of its file; None if the secret is not in a file.

        Raises:
            NotAllowedError: the secret must not be read.
        """
        if self.secrets is not None and reference not in self.secrets:
            hint = f"add it to the operator's file: untrusted_secrets = [{json.dumps(reference)}]"
            raise NotAllowedError(f"the secret {reference} is not read: the project is not trusted", hint=hint)
        named = self.secrets is not None and path is not None and path.is_absolute()
        if path is None or (named and not path.is_relative_to(self.root or "/")):
            return path  # the operator has allowed this file outside of the project
        return self.real(path, setting=f"secret {reference}")

    def covers(self, path: Path) -> bool:
        """Whether a path may be read."""
        try:
            self.real(path)
        except NotAllowedError:
            return False
        return True


def is_inside(path: Path, root: Path) -> bool:
    """Whether a real path is a part of the project.

    Args:
        path: the path.
        root: real path of the project.
    """
    return path.is_relative_to(root) and not OWN & set(path.relative_to(root).parts)
