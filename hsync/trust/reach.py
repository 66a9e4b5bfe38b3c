"""reach: which files and secrets may be read, as a value: it goes along to whoever reads, also into another process.

Rule 1: the real path decides: where all symbolic links lead.
Rule 2: what a repository keeps for itself is not of the project: `.git` may hold the token of a pipeline.
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
"""Names in a project that are not its content: of the repository, and the key of fingerprints."""


@dataclass(frozen=True, slots=True)
class Reach:
    """What may be read.

    Args:
        root: real path of the project; None when any file may be read.
        others: real paths of files and folders outside of it, or in it and not of its content.
        secrets: the only references of secrets that may be looked up; None for any.
    """

    root: Path | None = None
    others: tuple[Path, ...] = ()
    secrets: frozenset[str] | None = None

    def real(self, path: Path, where: str = "", setting: str = "") -> Path:
        """Where a path leads, if that may be read.

        Args:
            path: of a file or folder.
            where: the line that names it, for the message.
            setting: what names it.

        Raises:
            NotAllowedError: it leads out of reach.
        """
        if self.root is None:
            return path
        found = Path(os.path.realpath(path))
        if is_inside(found, self.root) or any(found.is_relative_to(one) for one in self.others):
            return found
        claim = Claim(Kind.FILE, str(found), where, setting or str(path))
        raise NotAllowedError(f"{claim}, which is not a file of the project", claims=[claim.as_tuple()])

    def secret(self, reference: str, path: Path | None = None) -> Path | None:
        """Where the file of a secret is, if it may be looked up.

        Args:
            reference: of the secret.
            path: of its file; None when it is in no file.

        Raises:
            NotAllowedError: it may not.
        """
        if self.secrets is not None and reference not in self.secrets:
            hint = f"the operator lists it in his file: untrusted_secrets = [{json.dumps(reference)}]"
            raise NotAllowedError(f"the secret {reference} is not looked up: the project is not trusted", hint=hint)
        named = self.secrets is not None and path is not None and path.is_absolute()
        if path is None or (named and not path.is_relative_to(self.root or "/")):
            return path  # the operator has named a file outside of the project
        return self.real(path, setting=f"secret {reference}")

    def covers(self, path: Path) -> bool:
        """Whether a path may be read."""
        try:
            self.real(path)
        except NotAllowedError:
            return False
        return True


def is_inside(path: Path, root: Path) -> bool:
    """Whether a real path is of the content of a project.

    Args:
        path: the path.
        root: real path of the project.
    """
    return path.is_relative_to(root) and not OWN & set(path.relative_to(root).parts)
